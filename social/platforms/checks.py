"""What a platform's capabilities say about content: the checks that every platform shares."""

from collections.abc import Iterator

from multivio.errors import Problem
from social.contract import Capabilities, MediaRule, Part, Variant, VariantMedia
from social.platforms import options, sentences
from social.platforms.counting import count


def problems(variant: Variant, capabilities: Capabilities, *, name: str) -> list[Problem]:
    """Everything that the capabilities rule out, with field paths such as `parts.0.media.1.alt_text`."""
    return list(_problems(variant, capabilities, name))


def _problems(variant: Variant, allowed: Capabilities, name: str) -> Iterator[Problem]:
    number = len(variant.parts)
    if number > 1 and not allowed.thread:
        yield Problem("parts", "no_thread", sentences.no_thread(name))
    elif number > allowed.max_parts:
        yield Problem("parts", "too_many_parts", sentences.too_many_parts(name, number, allowed.max_parts))
    yield from options.problems(variant.options, allowed.options, name)
    if allowed.needs_media and variant.parts and not variant.parts[0].media:
        yield Problem("parts.0.media", "media_needed", sentences.media_needed(name))
    for position, part in enumerate(variant.parts):
        yield from _text(part, f"parts.{position}", allowed, name, is_thread=number > 1)
        yield from _media(part, f"parts.{position}.media", allowed, name)


def _text(part: Part, path: str, allowed: Capabilities, name: str, *, is_thread: bool) -> Iterator[Problem]:
    if not part.text.strip() and (allowed.text.required_without_media and not part.media):
        yield Problem(f"{path}.text", "empty", sentences.empty(is_thread=is_thread))
    length = count(part.text, counter=allowed.text.counter)
    if length > allowed.text.limit:
        yield Problem(f"{path}.text", "too_long", sentences.too_long(name, length, allowed.text.limit))


def _media(part: Part, path: str, allowed: Capabilities, name: str) -> Iterator[Problem]:
    rules = {rule.kind: rule for rule in allowed.media}
    kinds = [media.kind for media in part.media]
    if len(set(kinds)) > 1 and not allowed.mixes_kinds:
        yield Problem(path, "mixed_media", sentences.mixed_kinds(name))
    for kind in dict.fromkeys(kinds):
        rule, number = rules.get(kind), kinds.count(kind)
        if rule is not None and number > rule.most:
            yield Problem(path, "too_many_media", sentences.too_many_media(name, kind, number, rule.most))
    for position, media in enumerate(part.media):
        rule = rules.get(media.kind)
        if rule is None:
            yield Problem(f"{path}.{position}", "kind_not_taken", sentences.kind_not_taken(name, media.kind))
            continue
        yield from _one(media, f"{path}.{position}", rule, name)
        yield from _alt_text(media, f"{path}.{position}.alt_text", allowed, name)


def _one(media: VariantMedia, path: str, rule: MediaRule, name: str) -> Iterator[Problem]:
    if media.mime not in rule.mimes:
        yield Problem(path, "wrong_type", sentences.wrong_type(name, media.mime, rule.mimes))
    if media.size > rule.max_bytes:
        yield Problem(path, "too_big", sentences.too_big(name, media.kind, media.size, rule.max_bytes))
    if (rule.max_width and media.width > rule.max_width) or (rule.max_height and media.height > rule.max_height):
        size = (media.width, media.height, rule.max_width, rule.max_height)
        yield Problem(path, "too_many_pixels", sentences.too_wide(name, *size))
    if rule.max_frames and media.frames > rule.max_frames:
        yield Problem(path, "too_many_frames", sentences.too_many_frames(name, media.frames, rule.max_frames))
    if rule.max_pixels and media.width * media.height * media.frames > rule.max_pixels:
        yield Problem(path, "too_heavy", sentences.too_many_pixels(name))
    yield from _lasting(media, path, rule, name)


def _lasting(media: VariantMedia, path: str, rule: MediaRule, name: str) -> Iterator[Problem]:
    seconds = media.duration_ms / 1000
    if seconds < rule.min_seconds:
        yield Problem(path, "too_short", sentences.too_short(name, seconds, rule.min_seconds))
    if rule.max_seconds and seconds > rule.max_seconds:
        yield Problem(path, "lasts_too_long", sentences.lasts_too_long(name, seconds, rule.max_seconds))
    narrowest, widest = rule.ratio
    if widest and media.height and not narrowest <= media.width / media.height <= widest:
        yield Problem(path, "wrong_shape", sentences.wrong_shape(name, media.width, media.height))


def _alt_text(media: VariantMedia, path: str, allowed: Capabilities, name: str) -> Iterator[Problem]:
    if not allowed.alt_text_limit:
        return
    length = len(media.alt_text)
    if length > allowed.alt_text_limit:
        yield Problem(path, "alt_text_too_long", sentences.alt_text_too_long(name, length, allowed.alt_text_limit))
    if not media.alt_text.strip():
        yield Problem(path, "no_alt_text", sentences.no_alt_text(media.kind), severity="warning")
