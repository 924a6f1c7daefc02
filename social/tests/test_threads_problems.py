"""What Threads would refuse, told before anything is sent."""

from typing import Any

import pytest

from social.contract import MediaKind, Part, Variant
from social.platforms.threads_content import topic_of
from social.tests.making import make_media
from social.tests.threads_making import THREADS, content

JPEG = {"mime": "image/jpeg"}
MP4 = {"kind": MediaKind.VIDEO, "mime": "video/mp4", "duration_ms": 1000}


def found(variant: Variant, **traits: Any) -> list[tuple[str, str, str]]:
    return [(one.field, one.code, one.severity) for one in THREADS.problems(variant, traits)]


def errors(variant: Variant, **traits: Any) -> list[tuple[str, str]]:
    return [(field, code) for field, code, severity in found(variant, **traits) if severity == "error"]


@pytest.mark.parametrize(
    ("variant", "field", "code"),
    [
        (content(""), "parts.0.text", "empty"),
        (content("a" * 501), "parts.0.text", "too_long"),
        (content("a" * 497 + "💡"), "parts.0.text", "too_long"),
        (content("One", "b" * 501), "parts.1.text", "too_long"),
        (content("One", "  "), "parts.1.text", "empty"),
        (content(*("Part" for _ in range(26))), "parts", "too_many_parts"),
        (content(" ".join(f"https://example.com/{n}" for n in range(6))), "parts.0.text", "too_many_links"),
        (
            content(" ".join(f"https://example.com/{n}" for n in range(5)), link="https://example.com/6"),
            "parts.0.text",
            "too_many_links",
        ),
        (content("Fog", topic_tag="Fog. Sea"), "options.topic_tag", "bad_topic"),
        (content("Fog", topic_tag="Salt & Sea"), "options.topic_tag", "bad_topic"),
        (content("Fog", topic_tag="x" * 51), "options.topic_tag", "wrong_option"),
        (content("Fog", reply_control="nobody"), "options.reply_control", "wrong_option"),
        (content("Fog", link="norre.studio"), "options.link", "wrong_option"),
        (content("Fog", poll=["One"]), "options.poll", "bad_poll"),
        (content("Fog", poll=["One", "One"]), "options.poll", "bad_poll"),
        (content("Fog", poll=["One", " "]), "options.poll", "bad_poll"),
        (content("Fog", poll=["One", "x" * 26]), "options.poll", "wrong_option"),
        (content("Fog", poll=["1", "2", "3", "4", "5"]), "options.poll", "wrong_option"),
        (content("Fog", quote="https://www.threads.com/@a/post/B"), "options.quote", "bad_quote"),
        (content("Fog", ghost=True), "options.ghost", "unknown_option"),
        (content("", media=(make_media(),) * 21), "parts.0.media", "too_many_media"),
        (content("", media=(make_media(**JPEG),) * 11 + (make_media(**MP4),) * 10), "parts.0.media", "too_many_media"),
        (content("", media=(make_media(mime="image/webp"),)), "parts.0.media.0", "wrong_type"),
        (content("", media=(make_media(kind=MediaKind.GIF, mime="image/gif"),)), "parts.0.media.0", "kind_not_taken"),
        (content("", media=(make_media(size=9 * 1024**2),)), "parts.0.media.0", "too_big"),
        (content("", media=(make_media(width=1101, height=100),)), "parts.0.media.0", "wrong_shape"),
        (content("", media=(make_media(**MP4 | {"duration_ms": 301_000}),)), "parts.0.media.0", "lasts_too_long"),
        (content("", media=(make_media(**MP4, size=2 * 1024**3),)), "parts.0.media.0", "too_big"),
        (content("", media=(make_media(**MP4, width=2000),)), "parts.0.media.0", "too_many_pixels"),
        (content("", media=(make_media(alt_text="x" * 1001),)), "parts.0.media.0.alt_text", "alt_text_too_long"),
        (content("Fog", media=(make_media(),), link="https://example.com"), "options.link", "words_only"),
        (content("Fog", media=(make_media(),), poll=["One", "Two"]), "options.poll", "words_only"),
        (content("Fog", media=(make_media(),), quote="123"), "options.quote", "words_only"),
    ],
)
def test_it_names_what_is_wrong(variant: Variant, field: str, code: str) -> None:
    assert (field, code) in errors(variant)


@pytest.mark.parametrize(
    "variant",
    [
        content("a" * 500),
        content("a" * 496 + "💡"),
        content("One", "Two", topic_tag="Fog at sea", reply_control="mentioned_only"),
        content("", link="https://example.com/lamp"),
        content("", poll=["One", "Two"]),
        content("", quote="17890000000000001"),
        content("Fog", topic_tag="  ", poll=[]),
        content("", media=(make_media(), make_media(**MP4))),
        content("", media=(make_media(),) * 20),
        content("", media=(make_media(width=1000, height=100),)),
        content(" ".join("https://example.com/same" for _ in range(9))),
    ],
)
def test_what_threads_takes_is_no_problem(variant: Variant) -> None:
    assert errors(variant) == []


def test_words_may_be_missing_only_where_something_else_stands_there() -> None:
    assert errors(content("", "Two", link="https://example.com")) == []
    assert errors(content("One", "", link="https://example.com")) == [("parts.1.text", "empty")]


def test_a_thread_wants_the_permission_for_replies() -> None:
    lacks = ["threads_manage_replies"]
    assert errors(content("One", "Two"), lacks=lacks) == [("parts", "may_not_reply")]
    assert errors(content("One"), lacks=lacks) == []


def test_more_hashtags_than_one_are_only_pointed_out() -> None:
    assert found(content("Fog #lamps and #sea")) == [("parts.0.text", "one_topic", "warning")]
    assert found(content("Fog #lamps and #42")) == []
    assert found(content("Fog #lamps", topic_tag="Sea")) == [("options.topic_tag", "topic_instead", "warning")]
    assert found(content("Fog #lamps", topic_tag="Lamps")) == []


@pytest.mark.parametrize(
    ("text", "topic"),
    [("Fog #lamps!", "lamps"), ("#sea first", "sea"), ("#42 is none", ""), ("a#b", ""), ("#one #two", "one"), ("", "")],
)
def test_the_first_hashtag_is_the_topic(text: str, topic: str) -> None:
    assert topic_of(text) == topic


def test_media_need_an_address_that_threads_reaches(settings: Any) -> None:
    settings.THREADS_ON_SANDBOX, settings.MEDIA_CAN_BE_FETCHED = False, False
    variant = Variant((Part("Fog"), Part("Lamp", (make_media(),))))
    assert errors(variant) == [("parts.1.media", "media_not_fetchable")]
    settings.MEDIA_CAN_BE_FETCHED = True
    assert errors(variant) == []


def test_the_settings_hold_the_limits(settings: Any) -> None:
    settings.THREADS_VIDEO_MAX_SECONDS, settings.THREADS_MAX_LINKS = 10, 1
    variant = content("https://example.com https://example.org", media=(make_media(**MP4 | {"duration_ms": 11_000}),))
    assert {code for _, code in errors(variant)} >= {"lasts_too_long", "too_many_links"}
