"""Threads: threads of one or several parts with pictures, videos, carousels, a link, a topic, a poll
(https://developers.facebook.com/docs/threads)."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from multivio.errors import Problem
from social.contract import (
    Account,
    AttemptRef,
    Capabilities,
    Job,
    Metrics,
    Need,
    NotSent,
    Platform,
    PlatformError,
    Profile,
    Proof,
    Refused,
    Settled,
    Settlement,
    Tokens,
    Variant,
)
from social.platforms import (
    graph_api,
    graph_containers,
    sentences,
    threads_api,
    threads_content,
    threads_lookup,
    threads_metrics,
    threads_parts,
    threads_quota,
)
from social.platforms import sentences_threads as own
from social.platforms.deleting import deleting, require_yes
from social.platforms.graph_containers import Containers
from social.platforms.threads_errors import NAME, NOT_READY
from social.platforms.threads_parts import Parts

PROFILE_FIELDS = "id,username,name,threads_profile_picture_url,is_verified"
PATIENT_SECONDS = 600.0  # before anything is public: a video may take minutes
LEAST_SECONDS = 8.0  # what the call that publishes gets in any case, and what is read after it
# Threads may say of a container that is ready that it does not exist.
WAITS_FOR_CONTAINER = (2.0, 4.0, 6.0)
NOT_FOUND = "not_found"
DELETING_SCOPE = "threads_delete"


class Threads(Platform):
    """One grant opens one profile. Its token lives 60 days and renews itself."""

    slug = "threads"
    name = NAME
    docs_url = "https://developers.facebook.com/docs/threads"
    other_hosts = ("threads.com", "threads.net")
    needs = (
        Need("A Threads profile", "It is made with an Instagram account, in the app of Threads."),
        Need(
            "Be signed in as that profile", "Threads asks for the one that is signed in at threads.com in this browser."
        ),
        Need("Say yes to all of it", "Access lasts for 60 days, and we renew it before they are over."),
    )
    scopes = threads_api.PUBLISHING
    pulls_media = True
    pause_between_commits = 2.0
    check_after_seconds = (5, 15, 45, 90, 180, 400, 900)
    refresh_early = timedelta(days=30)
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]
        return threads_content.capabilities()

    def capabilities_for(self, traits: Mapping[str, Any]) -> Capabilities:
        """Numbers and deleting each want a permission of their own."""
        allowed, lacks = self.capabilities, traits.get("lacks", ())
        if threads_metrics.SCOPE in lacks:
            allowed = replace(allowed, metrics=(), why_no_metrics=sentences.may_not_measure(NAME))
        if DELETING_SCOPE in lacks:
            allowed = replace(allowed, deletes=False, why_no_delete=sentences.may_not_delete(NAME))
        return allowed

    def enabled(self) -> bool:
        return bool(settings.THREADS_CLIENT_ID and settings.THREADS_CLIENT_SECRET)

    def on_sandbox(self) -> bool:
        return bool(settings.THREADS_ON_SANDBOX)

    def permalink(self, username: str, remote_id: str) -> str:
        """Addresses of threads hold another name than their number; without that, the profile is the nearest place."""
        return self.profile_url(username)

    def remote_id_in(self, link: str) -> str | None:
        """An address names a post by a code that the API does not know."""
        return "" if "/post/" in link else None

    def profile_url(self, username: str) -> str:
        return threads_lookup.profile_url(username)

    # -- the profile -------------------------------------------------------------------------------

    def profiles(self, tokens: Tokens, *, token_secret: str = "") -> list[Profile]:
        """The one profile behind the token (https://developers.facebook.com/docs/threads/threads-profiles)."""
        query = {"fields": PROFILE_FIELDS}
        body = graph_api.repeatable(threads_api.graph(), "GET", "/me", tokens.access_token, query=query)
        if not body.get("id"):
            raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without id")
        return [
            Profile(
                remote_id=str(body["id"]),
                username=str(body.get("username", "")),
                name=str(body.get("name") or body.get("username") or ""),
                avatar_url=str(body.get("threads_profile_picture_url") or ""),
                traits={
                    "verified": body.get("is_verified") is True,
                    "lacks": [scope for scope in threads_api.OPTIONAL if scope not in tokens.scopes],
                },
            )
        ]

    def refresh(self, refresh_token: str) -> Tokens:
        """Another 60 days for a token that lives. One that was not renewed in time is over for good."""
        return threads_api.refreshed(refresh_token)

    def revoke(self, tokens: Tokens, *, token_secret: str = "") -> None:
        """Threads has no call for it: access is only removed in the account's own settings."""
        raise NotSent(sentences.not_revoked(NAME), code="not_revocable")

    # -- publishing --------------------------------------------------------------------------------

    def problems(self, variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
        return threads_content.problems(variant, traits)

    def prepare(self, job: Job) -> None:
        """Make and fill the container of the next part, and those of all pieces after it; nobody sees them."""
        number, total = len(job.committed) + 1, len(job.variant.parts)
        if number > total:
            return
        parts = self._parts(job)
        if number == 1:
            threads_quota.check(job.account, posts=1, replies=total - 1)
        parts.making.wait(job, parts.pieces(number), at_most=PATIENT_SECONDS)
        parts.making.wait(job, [parts.make(number, _parent(job, number))], at_most=PATIENT_SECONDS)

    def commit(self, job: Job, number: int) -> Proof:
        """Publish the container of part `number` (https://developers.facebook.com/docs/threads/posts#step-2--publish-a-threads-media-container).

        That of a later part is made here, now that the part before it has a number. What takes too long is left to
        prepare(): nothing of this part is public then.
        """
        until = time.monotonic() + settings.PUBLISH_CALL_TIMEOUT_SECONDS
        parts, parent = self._parts(job), _parent(job, number)
        name = parts.name(number, parent)
        if number > 1:
            parts.make(number, parent)
            parts.making.wait(job, [name], at_most=max(0.0, _left(until) - 2 * LEAST_SECONDS))
            if _left(until) < 2 * LEAST_SECONDS:
                raise NotSent(own.took_long(NAME), code="too_slow", next_step=sentences.NOTHING_TO_DO)
        post_id = self._publish(job, parts.making, name, until)
        return threads_lookup.proof_of(job, post_id)

    def _publish(self, job: Job, making: Containers, name: str, until: float) -> str:
        """The committing call, and again with the very same container while Threads does not find it: it is published once
        at most. After the last time another container is made."""
        waits = iter(WAITS_FOR_CONTAINER)
        while True:
            try:
                return making.publish(job, name, seconds=max(LEAST_SECONDS, _left(until) - LEAST_SECONDS))
            except NotSent as error:
                if error.code != NOT_READY:
                    raise
                seconds = next(waits, None)
                if seconds is None:
                    self._give_up(job, making, name)
                    raise
                if _left(until) < seconds + 2 * LEAST_SECONDS:
                    raise
            self.sleep(seconds)

    def _give_up(self, job: Job, making: Containers, name: str) -> None:
        """Forget a container that Threads does not find, if it says that it is not public. In doubt it stays."""
        try:
            status = making.status(job.account, making.ready(job, name), timeouts=graph_containers.QUICK)
        except PlatformError as error:
            is_public = error.code != NOT_FOUND
        else:
            is_public = status.state in (graph_containers.State.PUBLISHED, graph_containers.State.UNSAID)
        if not is_public:
            making.forget(job, name)

    def settle(self, job: Job, attempt: AttemptRef) -> Settlement:
        """By the status of its container; the account's own lists then tell the number of the post."""
        number = int(attempt.step.removeprefix("commit:"))
        parent = attempt.parents[-1] if number > 1 and attempt.parents else _parent(job, number)
        parts = self._parts(job)
        name = parts.name(number, parent)
        search = threads_lookup.Search(job, attempt, number, parent)
        settled = parts.making.settle(job, name, attempt, search.find, self.profile_url(job.account.username))
        if settled.proof is not None and settled.proof.evidence.get("unlinked") and number < len(job.variant.parts):
            # The next part has to name this one, and the number of a container is no name for it.
            return Settlement(Settled.NOT_SEEN, note=settled.note)
        if settled.verdict != Settled.NOT_SEEN or parts.making.kept(job, name):
            return settled
        # A container is written down before it is published: one that is not there was never published.
        age = datetime.now(UTC) - attempt.started_at
        if graph_containers.HORIZON <= age < timedelta(seconds=graph_containers.LIVES_SECONDS):
            return Settlement(Settled.ABSENT, note="its container was never made")
        return settled

    def _parts(self, job: Job) -> Parts:
        return Parts(job, threads_parts.containers(self.sleep))

    # -- afterwards --------------------------------------------------------------------------------

    def delete(self, account: Account, remote_id: str) -> None:
        """https://developers.facebook.com/docs/threads/posts/delete-posts. What is not there any more counts as deleted, unless
        all that we ever knew was the number of its container."""
        with deleting(NAME):
            self._delete(account, remote_id)

    def _delete(self, account: Account, remote_id: str) -> None:
        try:
            body = graph_api.repeatable(threads_api.graph(), "DELETE", f"/{remote_id}", account.access_token)
            require_yes(NAME, body.get("success"))
        except (Refused, NotSent) as error:
            if error.code not in (NOT_FOUND, NOT_READY):
                raise
            if self._is_container(account, remote_id):
                sentence, step = own.number_not_known(NAME), sentences.see_platform(NAME)
                raise Refused(sentence, code="number_not_known", next_step=step) from None

    def _is_container(self, account: Account, remote_id: str) -> bool:
        try:
            status = threads_parts.containers(self.sleep).status(account, remote_id)
        except PlatformError:
            return False
        return status.state != graph_containers.State.UNSAID

    def metrics(self, account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
        return threads_metrics.read(account, remote_ids)


def asked_scopes() -> tuple[str, ...]:
    return threads_api.asked_scopes()


def _parent(job: Job, number: int) -> str:
    """The post that part `number` answers: the part before it, so that a thread reads in one line."""
    return job.committed[number - 2].remote_id if number > 1 and len(job.committed) >= number - 1 else ""


def _left(until: float) -> float:
    return until - time.monotonic()
