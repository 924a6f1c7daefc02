"""TikTok: videos and photo posts (https://developers.tiktok.com/doc/content-posting-api-get-started)."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings

from multivio import http
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
    Processing,
    Profile,
    Proof,
    Refused,
    Settlement,
    Tokens,
    Unknown,
    Variant,
    VariantMedia,
)
from social.findings import Finding
from social.platforms import (
    sentences,
    sentences_tiktok,
    tiktok_api,
    tiktok_content,
    tiktok_errors,
    tiktok_lookup,
    tiktok_media,
    tiktok_metrics,
    tiktok_status,
)
from social.platforms.tiktok_api import NAME

# Username, counts, and the list in which an unknown outcome is looked for and numbers are read.
OPTIONAL_SCOPES = ("user.info.profile", "user.info.stats", tiktok_api.LISTING)
# A field without its scope is refused together with all others.
USER_FIELDS = {
    "user.info.basic": ("open_id", "avatar_url", "display_name"),
    "user.info.profile": ("username", "is_verified"),
}
# After everything was taken: looks before this worker leaves it to the later ones.
LOOKS_AFTER_SECONDS = (2.0, 3.0, 5.0)
GLANCE = http.Timeouts(connect=2, read=4, total=4)


class TikTok(Platform):
    """One grant opens one account. A video is public with its last byte; photos are fetched by TikTok itself."""

    slug = "tiktok"
    name = NAME
    docs_url = "https://developers.tiktok.com/doc/content-posting-api-get-started"
    other_hosts = ("tiktok.com",)
    needs = (
        Need(
            "A TikTok account",
            "Any will do. Who may see and answer a post is chosen for each one, from what the account allows.",
        ),
        Need(
            "Be signed in as that account", "TikTok asks for the one that is signed in at tiktok.com in this browser."
        ),
        Need(
            "Say yes to posting",
            "An application that TikTok has not audited may only post privately; the set-up page tells.",
        ),
    )
    scopes = ("user.info.basic", "video.publish")
    rereads = True
    # Processing takes a minute for a gigabyte, and moderation gives a public post its id some time later.
    check_after_seconds = (5, 10, 20, 40, 60, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)
    refresh_early = timedelta(minutes=20)
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]
        return tiktok_content.capabilities()

    def capabilities_for(self, traits: Mapping[str, Any]) -> Capabilities:
        return tiktok_content.capabilities_for(traits)

    def why_not_measured(self, traits: Mapping[str, Any], options: Mapping[str, Any]) -> str:
        """TikTok counts for us only what everybody may see."""
        if options.get("privacy_level") not in (None, "PUBLIC_TO_EVERYONE"):
            return sentences_tiktok.NUMBERS_OF_PUBLIC
        return super().why_not_measured(traits, options)

    def enabled(self) -> bool:
        return bool(settings.TIKTOK_CLIENT_ID and settings.TIKTOK_CLIENT_SECRET)

    def on_sandbox(self) -> bool:
        return bool(settings.TIKTOK_ON_SANDBOX)

    def advice(self) -> Iterable[Finding]:
        """What an operator has to know before the first post."""
        if settings.TIKTOK_ON_SANDBOX or not self.enabled():
            return
        if not settings.TIKTOK_APP_AUDITED:
            yield Finding("warn", _UNAUDITED, sentences_tiktok.AFTER_AUDIT)
        if not tiktok_content.can_be_fetched():
            yield Finding("warn", sentences_tiktok.PICTURES_CANNOT_BE_FETCHED, _SET_ADDRESS)

    def permalink(self, username: str, remote_id: str) -> str:
        return tiktok_lookup.permalink(username, remote_id)

    def profile_url(self, username: str) -> str:
        return f"{settings.TIKTOK_WEB_URL}/@{username}"

    # -- the account -------------------------------------------------------------------------------

    def profiles(self, tokens: Tokens, *, token_secret: str = "") -> list[Profile]:
        """The one account behind the token, with what it may do (https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info)."""
        fields = [name for scope, names in USER_FIELDS.items() if scope in tokens.scopes for name in names]
        query = {"fields": ",".join(fields or USER_FIELDS["user.info.basic"])}
        user = tiktok_api.repeatable("GET", "/v2/user/info/", tokens.access_token, query=query).get("user")
        if not isinstance(user, dict) or not user.get("open_id"):
            raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without open_id")
        creator = self._creator(tokens)
        traits = tiktok_content.traits_of(creator) if creator else {}
        traits["lacks"] = [scope for scope in OPTIONAL_SCOPES if scope not in tokens.scopes]
        return [
            Profile(
                remote_id=str(user["open_id"]),
                username=str(user.get("username") or creator.get("creator_username") or ""),
                name=str(user.get("display_name") or creator.get("creator_nickname") or ""),
                avatar_url=str(user.get("avatar_url") or ""),
                traits={**traits, "verified": bool(user.get("is_verified"))},
            )
        ]

    def _creator(self, tokens: Tokens) -> dict[str, Any]:
        """Empty where TikTok does not say: an account that may not post today can be connected all the same."""
        if "video.publish" not in tokens.scopes:
            return {}
        try:
            return tiktok_api.creator(tokens.access_token)
        except PlatformError:
            return {}

    def current_traits(self, account: Account) -> Mapping[str, Any]:
        """https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info"""
        return tiktok_content.traits_of(tiktok_api.creator(account.access_token, timeouts=GLANCE))

    def refresh(self, refresh_token: str) -> Tokens:
        return tiktok_api.refreshed(refresh_token)

    def revoke(self, tokens: Tokens, *, token_secret: str = "") -> None:
        """https://developers.tiktok.com/doc/oauth-user-access-token-management#revoke-access"""
        tiktok_api.revoke(tokens.access_token)

    # -- publishing --------------------------------------------------------------------------------

    def problems(self, variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
        return tiktok_content.problems(variant, traits)

    def prepare(self, job: Job) -> None:
        """Ask what the account may do, begin the task, and bring all of the video there but its last chunk."""
        tiktok_media.Task(job).run()

    def commits(self, variant: Variant) -> int:
        return 1

    def commit(self, job: Job, number: int) -> Proof:
        """Send the last chunk of a video, or tell TikTok where the photos are."""
        began = time.monotonic()
        state = tiktok_media.state_of(job)
        if not state.get("done") or state.get("digest") != tiktok_content.digest(job.variant):
            video = tiktok_content.video_of(job.variant)
            state = self._photos(job) if video is None else self._last_chunk(job, state, video)
        return self._await(job, state, until=began + settings.PUBLISH_CALL_TIMEOUT_SECONDS)

    def _last_chunk(self, job: Job, state: dict[str, Any], video: VariantMedia) -> dict[str, Any]:
        """Whoever sends a last byte has noted it before: from then on the task is asked about, never merely replaced."""
        is_ours = state.get("digest") == tiktok_content.digest(job.variant)
        if not is_ours or state.get("is_dead") or not tiktok_media.is_at_last_chunk(state):
            raise NotSent(sentences.upload_expired(NAME), code="upload_expired", next_step=sentences.NOTHING_TO_DO)
        state = tiktok_media.keep(job, {**state, "sent": True, "sent_at": time.time()})
        try:
            response = tiktok_media.put_last(job, state, video)
        except http.NotSentError as error:
            raise tiktok_errors.not_reached(str(error)) from None
        except http.AmbiguousError as error:
            raise tiktok_errors.unknown(str(error)) from None
        if response.status != 201:
            return self._not_taken(job, state, response)
        return _remembered(job, {**state, "taken": True})

    def _not_taken(self, job: Job, state: dict[str, Any], response: http.Response) -> dict[str, Any]:
        """An answer that is not TikTok's yes. What the task itself says then decides, where it says anything."""
        detail, status = tiktok_errors.excerpt(response), response.status
        try:
            standing = tiktok_status.look(job.account, str(state["publish_id"]), timeouts=GLANCE)
        except PlatformError:
            raise tiktok_errors.unknown(detail, http_status=status) from None
        if standing.is_failed or standing.is_complete:
            return state
        # These three say that this chunk was not taken, and the task says that bytes are missing.
        if status not in (400, 403, 404) or not tiktok_media.is_partial(state, standing):
            raise tiktok_errors.unknown(detail, http_status=status)
        tiktok_media.keep(job, {**state, "is_dead": True})
        raise tiktok_media.not_uploaded(detail, http_status=status)

    def _photos(self, job: Job) -> dict[str, Any]:
        """https://developers.tiktok.com/doc/content-posting-api-reference-photo-post. An answer that is lost leaves nothing
        to ask by, so it is the one call here whose outcome may stay unknown."""
        media = job.variant.parts[0].media
        info = tiktok_content.post_info(job.variant)
        body = {
            "media_type": "PHOTO",
            "post_mode": "DIRECT_POST",
            "post_info": info,
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_images": [job.own_address(one) for one in media],
                "photo_cover_index": tiktok_content.cover_index(job.variant),
            },
        }
        try:
            response = tiktok_api.call("POST", "/v2/post/publish/content/init/", job.account.access_token, body=body)
        except http.NotSentError as error:
            raise tiktok_errors.not_reached(str(error)) from None
        except http.AmbiguousError as error:
            raise tiktok_errors.unknown(str(error)) from None
        publish_id = tiktok_api.data_of(response).get("publish_id")
        if not tiktok_errors.is_success(response) or not publish_id:
            raise tiktok_errors.of_commit(response)
        state = {"kind": "photo", "publish_id": str(publish_id), "sent": True, "taken": True, "sent_at": time.time()}
        return _remembered(
            job, {**state, "digest": tiktok_content.digest(job.variant), "privacy": info["privacy_level"]}
        )

    def _await(self, job: Job, state: Mapping[str, Any], *, until: float) -> Proof:
        """A few looks at what becomes of it, as long as there is time. Raises Processing when it takes longer."""
        needs_id = state.get("privacy") == tiktok_content.PUBLIC
        for seconds in LOOKS_AFTER_SECONDS:
            if time.monotonic() + seconds + GLANCE.total > until:
                break
            self.sleep(seconds)
            try:
                standing = tiktok_status.look(job.account, str(state["publish_id"]), timeouts=GLANCE)
            except PlatformError:
                continue  # it was taken; a look that fails says nothing about it
            if standing.is_complete and (standing.post_id or not needs_id):
                return tiktok_lookup.proof(job.account, state, standing)
            if standing.is_failed:
                tiktok_media.forget(job)
                raise tiktok_errors.of_failure(standing.reason)
        raise Processing(
            sentences_tiktok.TAKEN,
            code="still_processing",
            detail=f"publish_id {state['publish_id']}",
            next_step=sentences.NOTHING_TO_DO,
        )

    def settle(self, job: Job, attempt: AttemptRef) -> Settlement:
        return tiktok_lookup.settle(job, attempt)

    # -- afterwards --------------------------------------------------------------------------------

    def delete(self, account: Account, remote_id: str) -> None:
        raise Refused(sentences_tiktok.NO_DELETE, code="cannot_delete", next_step=sentences_tiktok.DELETE_THERE)

    def metrics(self, account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
        return tiktok_metrics.read(account, remote_ids)


_UNAUDITED = f"{sentences_tiktok.UNAUDITED} Five people can post in a day."
_SET_ADDRESS = "Set MEDIA_PUBLIC_URL to an https address that leads here, and verify it in TikTok's developer portal."


def asked_scopes() -> tuple[str, ...]:
    """What the page of TikTok asks for: what publishing needs, and what names, numbers and looking need."""
    return (*TikTok.scopes, *OPTIONAL_SCOPES)


def _remembered(job: Job, state: dict[str, Any]) -> dict[str, Any]:
    """TikTok has taken it, so not being able to write that down may not look as if nothing was sent."""
    try:
        return tiktok_media.keep(job, state)
    except PlatformError as error:
        raise Unknown(
            sentences.no_answer(NAME),
            code="no_answer",
            detail=f"publish_id {state['publish_id']}: {error.code}",
            next_step=sentences.WE_LOOK,
        ) from None
