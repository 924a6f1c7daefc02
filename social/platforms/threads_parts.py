"""The containers of a thread: one for each part, and one more for each piece of a carousel.

https://developers.facebook.com/docs/threads/posts and …/docs/threads/reply-management. The first part and all pieces are made
before anything is public. A later part needs the number of the post that it answers, so its container is made when that
one is public, which may be repeated like every making of containers.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from social.contract import Job, MediaKind, NotSent, Part, PlatformError, Refused, VariantMedia
from social.platforms import graph_containers, sentences, threads_api
from social.platforms import sentences_threads as own
from social.platforms.graph_containers import Containers
from social.platforms.threads_content import EVERYONE, chosen
from social.platforms.threads_errors import NAME, NOT_READY, UNFETCHED

# What names something else by its number: that may be too young to be there for Threads, and is asked for so often.
OTHERS = ("reply_to_id", "quote_post_id", "children")
MOST_TRIES = 6
WAITS_FOR_OTHERS = (2.0, 3.0, 5.0)
MOST_FETCHES = 3
# Meta's names, one of which is spelt so; what is not listed may be better with another container.
FINAL = frozenset(own.FAILURES) - {"FAILED_DOWNLOADING_VIDEO", "UNKNOWN"}
POLL_NAMES = ("option_a", "option_b", "option_c", "option_d")


def containers(sleep: Callable[[float], None]) -> Containers:
    return Containers(
        slug="threads",
        graph=threads_api.graph(),
        create_edge="threads",
        publish_edge="threads_publish",
        state_field="status",
        words_field="error_message",
        failed=failed,
        sleep=sleep,
    )


def failed(words: str) -> PlatformError:
    """What a container in ERROR means: Refused for a file that Threads cannot use, NotSent where another try may do."""
    name = words.strip().partition(" ")[0].strip(":.").upper()
    if name in FINAL:
        sentence = sentences.media_refused(NAME, own.FAILURES[name])
        return Refused(sentence, code="media_refused", detail=words, next_step=sentences.EDIT)
    return NotSent(
        own.media_not_fetched(NAME) if "DOWNLOADING" in name else sentences.upload_failed(NAME),
        code="not_uploaded",
        detail=words,
        next_step=sentences.NOTHING_TO_DO,
    )


@dataclass(frozen=True)
class Parts:
    """The containers of one job."""

    job: Job
    making: Containers

    def name(self, number: int, parent: str) -> str:
        """Of the container of part `number`, bound to everything that is in it and to what it answers."""
        part = self.job.variant.parts[number - 1]
        said = json.dumps([dict(self.job.variant.options) if number == 1 else {}, parent], sort_keys=True, default=str)
        media = [f"{one.uid}:{one.sha256}:{one.alt_text}" for one in part.media]
        return self.making.stash_name(self.job.account, f"part{number}", part.text, said, *media)

    # -- pieces ------------------------------------------------------------------------------------

    def pieces(self, first: int) -> list[str]:
        """The names of the containers of all pieces from part `first` on, made where they are missing.

        A later part with a single picture or video gets one as well that is never published: it shows whether Threads can
        use the file before the beginning of the thread is public.
        """
        found = []
        for number, media in self._pieces(first):
            name = self._piece(number, media)
            if not self.making.living(self.job, name):
                self._make(name, {**self._of_media(media), "is_carousel_item": True})
            found.append(name)
        return found

    def _pieces(self, first: int) -> Iterator[tuple[int, VariantMedia]]:
        for number, part in enumerate(self.job.variant.parts, start=1):
            needs = len(part.media) > 1 or (part.media and number > first)
            yield from ((number, media) for media in part.media if needs and number >= first)

    def _piece(self, number: int, media: VariantMedia) -> str:
        content = (media.uid, media.sha256, media.alt_text)
        return self.making.stash_name(self.job.account, f"piece{number}", *content)

    # -- parts -------------------------------------------------------------------------------------

    def make(self, number: int, parent: str) -> str:
        """The name of the container of a part, made where it is missing. Raises NotSent while it cannot be made."""
        name = self.name(number, parent)
        if self.making.living(self.job, name):
            return name
        body, tries = self._body(number, parent), f"threads:tries:{name}"
        for seconds in (*WAITS_FOR_OTHERS, None):
            try:
                self._make(name, body)
                break
            except NotSent as error:
                if error.code != NOT_READY:
                    raise
                is_over = not self._may_try_again(tries, MOST_TRIES)
                if is_over and (parent or body.get("quote_post_id")):
                    raise _gone(error, own.parent_gone(NAME) if parent else own.quoted_gone(NAME)) from None
                if seconds is None:
                    raise
            self.making.sleep(seconds)
        return name

    def _make(self, name: str, body: Mapping[str, Any]) -> None:
        making = self.making
        if any(body.get(key) for key in OTHERS):
            making = replace(making, graph=threads_api.naming_graph())
        try:
            making.make(self.job, name, body)
        except Refused as error:
            if error.code != UNFETCHED or not self._may_try_again(f"threads:fetch:{name}", MOST_FETCHES):
                raise
            raise NotSent(
                error.sentence,
                code=UNFETCHED,
                http_status=error.http_status,
                detail=error.detail,
                next_step=sentences.NOTHING_TO_DO,
            ) from None

    def _may_try_again(self, name: str, most: int) -> bool:
        before = int((self.job.stash.get(name) or {}).get("tries", 0))
        self.job.stash.put(name, {"tries": before + 1}, lives_seconds=graph_containers.LIVES_SECONDS)
        return before + 1 < most

    def _body(self, number: int, parent: str) -> dict[str, Any]:
        part = self.job.variant.parts[number - 1]
        body: dict[str, Any] = {"text": part.text} if part.text.strip() else {}
        body |= self._with_media(number, part)
        if parent:
            return body | {"reply_to_id": parent}
        return body | self._of_options()

    def _with_media(self, number: int, part: Part) -> dict[str, Any]:
        if not part.media:
            return {"media_type": "TEXT"}
        if len(part.media) == 1:
            return self._of_media(part.media[0])
        children = [self.making.ready(self.job, self._piece(number, media)) for media in part.media]
        return {"media_type": "CAROUSEL", "children": children}

    def _of_media(self, media: VariantMedia) -> dict[str, Any]:
        kind = "video" if media.kind == MediaKind.VIDEO else "image"
        return {
            "media_type": kind.upper(),
            f"{kind}_url": self.job.address(media),
            "alt_text": media.alt_text.strip() or None,
        }

    def _of_options(self) -> dict[str, Any]:
        """What was chosen, for the first part alone."""
        variant = self.job.variant
        audience, poll = chosen(variant, "reply_control"), chosen(variant, "poll")
        answers = dict(zip(POLL_NAMES, (str(answer).strip() for answer in poll or ()), strict=False))
        return {
            "reply_control": None if audience == EVERYONE else audience,
            "topic_tag": chosen(variant, "topic_tag"),
            "link_attachment": chosen(variant, "link"),
            "quote_post_id": chosen(variant, "quote"),
            "poll_attachment": json.dumps(answers) if answers else None,
        }


def _gone(error: PlatformError, sentence: str) -> Refused:
    return Refused(
        sentence,
        code="parent_gone",
        http_status=error.http_status,
        detail=error.detail,
        next_step=sentences.see_platform(NAME),
    )
