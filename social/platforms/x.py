"""X: posts and threads with pictures, GIFs, a video or a poll (https://docs.x.com/x-api)."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from multivio import http
from multivio.errors import Problem
from social.contract import (
    Account,
    AppBlocked,
    AttemptRef,
    Capabilities,
    Job,
    MediaKind,
    MediaRule,
    Metrics,
    Need,
    NeedsReauth,
    NotSent,
    Platform,
    PlatformError,
    Profile,
    Proof,
    Refused,
    Settlement,
    TextRule,
    Tokens,
    Variant,
)
from social.platforms import checks, sentences, x_api, x_errors, x_media, x_metrics, x_poll, x_timeline
from social.platforms.counting import has_invalid_characters
from social.platforms.deleting import deleting, require_yes

MEGABYTE = 1024**2
LONG_TEXT = 25_000
PAYING = frozenset({"Premium", "PremiumPlus"})
USER_FIELDS = "id,name,username,profile_image_url,verified,verified_type,subscription_type"
CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")
# A refresh holds a row lock, so it may not take long.
REFRESH_TIMEOUTS = http.Timeouts(connect=2, read=4, total=5)

PICTURES = MediaRule(MediaKind.IMAGE, most=4, mimes=("image/jpeg", "image/png", "image/webp"), max_bytes=5 * MEGABYTE)
GIF = MediaRule(
    MediaKind.GIF,
    most=1,
    mimes=("image/gif",),
    max_bytes=15 * MEGABYTE,
    max_width=1280,
    max_height=1080,
    max_frames=350,
    max_pixels=300_000_000,
)
VIDEO = MediaRule(
    MediaKind.VIDEO,
    most=1,
    mimes=("video/mp4", "video/quicktime"),
    max_bytes=5 * 1024 * MEGABYTE,  # 1,000 segments of 5 MB; X itself allows more
    min_seconds=0.5,
    ratio=(1 / 3, 3),
)


class X(Platform):
    """One grant opens one account. Everything works with OAuth 2.0 and with OAuth 1.0a."""

    slug = "x"
    name = "X"
    docs_url = "https://docs.x.com/x-api"
    scopes = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
    other_hosts = ("x.com", "twitter.com")
    needs = (
        Need("An account on X", "Any account will do; one with Premium may write longer posts and longer videos."),
        Need(
            "Be signed in as that account",
            "X asks for the account that is signed in at x.com in this browser. Switch there first.",
        ),
        Need(
            "Say yes to all of it",
            "We ask to read and write posts and to upload media, and to stay connected until you disconnect.",
        ),
    )
    pause_between_commits = 1.0
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]
        """Of an ordinary account."""
        return Capabilities(
            text=TextRule("x-weighted", limit=280, url_weight=23),
            media=(PICTURES, GIF, replace(VIDEO, max_seconds=settings.X_VIDEO_MAX_SECONDS)),
            thread=True,
            max_parts=25,
            alt_text_limit=1000,
            shapes=("1:1", "16:9"),
            deletes=True,
            metrics=x_metrics.GIVEN if settings.X_READ_METRICS else (),
            why_no_metrics="" if settings.X_READ_METRICS else x_metrics.SWITCHED_OFF,
            reads_back=True,
            options=x_poll.OPTIONS,
        )

    def capabilities_for(self, traits: Mapping[str, Any]) -> Capabilities:
        """Premium accounts write longer texts and post longer videos."""
        if traits.get("subscription_type") not in PAYING:
            return self.capabilities
        longer = replace(VIDEO, max_seconds=settings.X_VIDEO_MAX_SECONDS_PREMIUM)
        text = replace(self.capabilities.text, limit=LONG_TEXT)
        return replace(self.capabilities, text=text, media=(PICTURES, GIF, longer))

    def enabled(self) -> bool:
        return bool(settings.X_CLIENT_ID or (settings.X_CONSUMER_KEY and settings.X_CONSUMER_SECRET))

    def on_sandbox(self) -> bool:
        return bool(settings.X_ON_SANDBOX)

    def permalink(self, username: str, remote_id: str) -> str:
        return f"{settings.X_WEB_URL}/{username or 'i/web'}/status/{remote_id}"

    def profile_url(self, username: str) -> str:
        return f"{settings.X_WEB_URL}/{username}"

    # -- the account -------------------------------------------------------------------------------

    def profiles(self, tokens: Tokens, *, token_secret: str = "") -> list[Profile]:
        """The one account behind the token (https://docs.x.com/x-api/users/get-my-user)."""
        account = Account("", "", tokens.access_token, token_secret)
        body = x_api.repeatable("GET", "/2/users/me", account, query={"user.fields": USER_FIELDS})
        data = body.get("data")
        if not isinstance(data, dict) or not data.get("id"):
            raise NotSent(sentences.trouble(self.name), code="platform_trouble", detail="answer without data.id")
        traits = {name: data[name] for name in ("subscription_type", "verified", "verified_type") if name in data}
        return [
            Profile(
                remote_id=str(data["id"]),
                username=str(data.get("username", "")),
                name=str(data.get("name", "")),
                avatar_url=str(data.get("profile_image_url") or "").replace("_normal.", "."),
                traits=traits,
            )
        ]

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens; the old refresh token is dead from then on.

        https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/authorization-code#refresh-token
        """
        response = self._client_call(
            "/2/oauth2/token", {"grant_type": "refresh_token", "refresh_token": refresh_token}, REFRESH_TIMEOUTS
        )
        body = response.object()
        if response.ok and body.get("access_token"):
            return tokens_from(body)
        raise self._not_refreshed(response)

    def revoke(self, tokens: Tokens, *, token_secret: str = "") -> None:
        """https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/user-access-token#revoke.
        OAuth 1.0a access is only removed in the account's own settings. Raises NotSent when X did not confirm it."""
        if token_secret:
            raise NotSent(sentences.not_revoked(self.name), code="not_revocable")
        response = self._client_call("/2/oauth2/revoke", {"token": tokens.refresh_token or tokens.access_token})
        if not response.ok:
            raise x_errors.of_repeatable(response)

    def _client_call(self, path: str, form: Mapping[str, str], timeouts: http.Timeouts | None = None) -> http.Response:
        headers = x_api.client_authorization()
        own = {} if headers else {"client_id": settings.X_CLIENT_ID}
        try:
            return http.request(
                "POST", x_api.url(path), headers=headers, form={**form, **own}, timeouts=timeouts or http.Timeouts()
            )
        except http.HttpError as error:
            raise NotSent(sentences.not_reached(self.name), code="not_reached", detail=str(error)) from None

    def _not_refreshed(self, response: http.Response) -> PlatformError:
        body = response.object()
        said = f"{body.get('error', '')}: {body.get('error_description', '')}"
        details: dict[str, Any] = {"http_status": response.status, "detail": said[:300]}
        # A missing parameter is an invalid_request too, and would be our mistake: only this text means a dead token.
        if response.status == 400 and (body.get("error") == "invalid_grant" or "token was invalid" in said):
            return NeedsReauth(
                sentences.ended(self.name), code="needs_reauth", next_step=sentences.RECONNECT, **details
            )
        if response.status == 401 or body.get("error") in {"invalid_client", "unauthorized_client"}:
            return AppBlocked(
                sentences.app_keys_refused(self.name),
                code="app_keys",
                until=datetime.now(UTC) + timedelta(minutes=15),
                next_step=sentences.ASK_OPERATOR,
                **details,
            )
        if response.status == 429:
            return x_errors.of_repeatable(response)
        return NotSent(sentences.trouble(self.name), code="platform_trouble", **details)

    # -- publishing --------------------------------------------------------------------------------

    def problems(self, variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
        found = checks.problems(variant, self.capabilities_for(traits), name=self.name)
        for position, part in enumerate(variant.parts):
            cashtags = len(set(CASHTAG.findall(part.text)))
            if cashtags > 1:
                sentence = sentences.too_many_cashtags(self.name, cashtags)
                found.append(Problem(f"parts.{position}.text", "too_many_cashtags", sentence))
            if has_invalid_characters(part.text):
                sentence = sentences.bad_characters(self.name)
                found.append(Problem(f"parts.{position}.text", "bad_character", sentence))
        return [*found, *x_poll.problems(variant)]

    def prepare(self, job: Job) -> None:
        """Upload what the parts carry; each picture or video once."""
        for media in dict.fromkeys(media for part in job.variant.parts for media in part.media):
            x_media.Upload(job, media, self.sleep).run()

    def commit(self, job: Job, number: int) -> Proof:
        """POST /2/tweets (https://docs.x.com/x-api/posts/create-post), as a reply to the part before it."""
        part = job.variant.parts[number - 1]
        try:
            response = x_api.call("POST", "/2/tweets", job.account, json_body=self._body(job, number))
        except http.NotSentError as error:
            raise NotSent(
                sentences.not_reached(self.name),
                code="not_reached",
                detail=str(error),
                next_step=sentences.NOTHING_TO_DO,
            ) from None
        except http.AmbiguousError as error:
            raise x_errors.unknown(str(error)) from None
        data = response.object().get("data")
        if response.ok and isinstance(data, dict) and data.get("id"):
            remote_id = str(data["id"])
            return Proof(remote_id, self.permalink(job.account.username, remote_id), {"http_status": response.status})
        refusal = x_errors.of_commit(response)
        if isinstance(refusal, Refused) and part.media and response.status == 400:
            # Perhaps the uploads are what it did not want: publishing again then renews them.
            x_media.forget(job, part.media)
        raise refusal

    def _body(self, job: Job, number: int) -> dict[str, Any]:
        part = job.variant.parts[number - 1]
        body: dict[str, Any] = {"text": part.text} if part.text.strip() else {}
        if part.media:
            body["media"] = {"media_ids": x_media.media_ids(job, part.media)}
        if number == 1 and x_poll.answers(job.variant):
            body["poll"] = x_poll.body(job.variant)
        if number > 1:
            body["reply"] = {"in_reply_to_tweet_id": job.committed[-1].remote_id}
        return body

    def settle(self, job: Job, attempt: AttemptRef) -> Settlement:
        return x_timeline.settle(job, attempt, permalink=self.permalink(job.account.username, "{id}"))

    def delete(self, account: Account, remote_id: str) -> None:
        """https://docs.x.com/x-api/posts/delete-post. A post that is not there any more counts as deleted."""
        try:
            with deleting(self.name):
                body = x_api.repeatable("DELETE", f"/2/tweets/{remote_id}", account)
            require_yes(self.name, (body.get("data") or {}).get("deleted"))
        except Refused as error:
            if error.http_status != 404:
                raise

    def metrics(self, account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
        """https://docs.x.com/x-api/posts/get-posts-by-ids. Each read is billed."""
        return x_metrics.read(account, remote_ids)


def tokens_from(body: Mapping[str, Any]) -> Tokens:
    """Tokens out of the token endpoint's answer, for the exchange of a code and for a refresh alike."""
    seconds = body.get("expires_in")
    return Tokens(
        access_token=str(body["access_token"]),
        refresh_token=str(body.get("refresh_token", "")),
        expires_at=datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds else None,
        scopes=tuple(str(body.get("scope", "")).split()),
    )
