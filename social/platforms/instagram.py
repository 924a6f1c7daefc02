"""Instagram's professional accounts: pictures, carousels, reels, stories and a first comment, by either of its log-ins
(https://developers.facebook.com/docs/instagram-platform/content-publishing)."""

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
    AttemptRef,
    Capabilities,
    Job,
    Metrics,
    Need,
    NeedsReauth,
    NotSent,
    Platform,
    PlatformError,
    Profile,
    Proof,
    RateLimited,
    Refused,
    Settlement,
    Tokens,
    Variant,
    VariantMedia,
    metrics_named,
)
from social.platforms import (
    graph_api,
    instagram_api,
    instagram_content,
    instagram_lookup,
    instagram_metrics,
    instagram_pages,
    instagram_upload,
    sentences,
)
from social.platforms import sentences_instagram as ours
from social.platforms.deleting import deleting, require_yes
from social.platforms.graph_containers import Containers
from social.platforms.instagram_api import DIRECT, FACEBOOK
from social.platforms.instagram_content import CAROUSEL, NAME, comment_of, content_of, form_of, is_video, words_of

INSIGHTS_SCOPES = frozenset({"instagram_business_manage_insights", "instagram_manage_insights"})
DELETING_SCOPE = "instagram_manage_contents"
OPTIONAL_SCOPES = ("instagram_business_manage_comments", "instagram_business_manage_insights")
ACCOUNT_FIELDS = "user_id,username,name,account_type,profile_picture_url,followers_count"
PROFESSIONAL = frozenset({"BUSINESS", "MEDIA_CREATOR", "CREATOR"})
# How long a worker waits for Meta to fetch what a container is made of; the next try goes on waiting.
WAITS_FOR_PICTURES, WAITS_FOR_VIDEOS = 60.0, 180.0
GLANCE = http.Timeouts(connect=2, read=4, total=4)
WAITS_FOR_POST_SECONDS = (2.0, 4.0)
QUOTA_WAIT = timedelta(hours=1)


class Instagram(Platform):
    """Either one account by Instagram's own log-in, or all that stand behind somebody's Pages."""

    slug = "instagram"
    name = NAME
    docs_url = "https://developers.facebook.com/docs/instagram-platform"
    other_hosts = ("instagram.com",)
    needs = (
        Need(
            "A professional account",
            "Business or creator. A personal account on Instagram cannot be published to by any tool.",
        ),
        Need(
            "You can sign in as its owner",
            "Or run the Facebook Page that it belongs to: then choose the way through Facebook.",
        ),
        Need(
            "Say yes to every question",
            "Leaving out the publishing of content makes an account that cannot be published to.",
        ),
    )
    scopes = ("instagram_business_basic", "instagram_business_content_publish")
    opens_several = True
    pulls_media = True
    pause_between_commits = 2.0
    check_after_seconds = (5, 20, 95, 300, 600, 1200)
    refresh_early = timedelta(days=30)
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]
        return instagram_content.capabilities()

    def capabilities_for(self, traits: Mapping[str, Any]) -> Capabilities:
        """Only what came through Facebook may be deleted by an application."""
        allowed, lacks = self.capabilities, frozenset(traits.get("lacks", ()))
        if lacks & INSIGHTS_SCOPES:
            allowed = replace(allowed, metrics=metrics_named(instagram_metrics.COUNTS))
        if traits.get("login") != FACEBOOK:
            return replace(allowed, deletes=False, why_no_delete=f"{ours.NO_DELETING} {ours.DELETE_THERE}")
        if DELETING_SCOPE in lacks:
            return replace(allowed, deletes=False, why_no_delete=sentences.may_not_delete(NAME))
        return allowed

    def enabled(self) -> bool:
        own = settings.INSTAGRAM_CLIENT_ID and settings.INSTAGRAM_CLIENT_SECRET
        through = settings.INSTAGRAM_FACEBOOK_CLIENT_ID and settings.INSTAGRAM_FACEBOOK_CLIENT_SECRET
        return bool(own or through)

    def on_sandbox(self) -> bool:
        return bool(settings.INSTAGRAM_ON_SANDBOX)

    def permalink(self, username: str, remote_id: str) -> str:
        """The profile: an address of a post cannot be made from its number."""
        return self.profile_url(username)

    def remote_id_in(self, link: str) -> str | None:
        """An address names a post by a code that the API does not know."""
        return "" if any(folder in link for folder in ("/p/", "/reel/", "/tv/", "/stories/")) else None

    def profile_url(self, username: str) -> str:
        return f"{settings.INSTAGRAM_WEB_URL}/{username}"

    # -- accounts ----------------------------------------------------------------------------------

    def missing_scopes(self, granted: Sequence[str]) -> list[str]:
        """Each log-in has names of its own for the same permissions."""
        is_direct = any(scope.startswith("instagram_business_") for scope in granted)
        needed = self.scopes if is_direct or not granted else instagram_pages.NEEDED
        return [scope for scope in needed if scope not in granted]

    def profiles(self, tokens: Tokens, *, token_secret: str = "") -> list[Profile]:
        """https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/get-started"""
        if instagram_pages.is_ours(tokens.refresh_token):
            return instagram_pages.profiles(tokens)
        query = {"fields": ACCOUNT_FIELDS}
        body = graph_api.repeatable(instagram_api.direct(), "GET", "/me", tokens.access_token, query=query)
        if not body.get("user_id"):
            raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without user_id")
        account_type = str(body.get("account_type", "")).upper()
        if account_type and account_type not in PROFESSIONAL:
            raise Refused(ours.PERSONAL_ACCOUNT, code="nothing_to_connect", next_step=sentences.RECONNECT)
        traits = {
            "login": DIRECT,
            "account_type": account_type,
            "scoped_id": str(body.get("id", "")),
            "lacks": [scope for scope in OPTIONAL_SCOPES if scope not in tokens.scopes],
        }
        return [
            Profile(
                remote_id=str(body["user_id"]),
                username=str(body.get("username", "")),
                name=str(body.get("name") or body.get("username") or ""),
                avatar_url=str(body.get("profile_picture_url", "")),
                traits=traits,
            )
        ]

    def refresh(self, refresh_token: str) -> Tokens:
        if instagram_pages.is_ours(refresh_token):
            return instagram_pages.refresh(refresh_token)
        return instagram_api.refresh(refresh_token)

    def revoke(self, tokens: Tokens, *, token_secret: str = "") -> None:
        """Instagram's own log-in has no call for it, which is said rather than passed over."""
        if not instagram_pages.is_ours(tokens.refresh_token):
            raise NotSent(ours.NO_REVOKING, code="not_revocable")
        instagram_pages.revoke(tokens.access_token)

    # -- publishing --------------------------------------------------------------------------------

    def problems(self, variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
        reachable = self.on_sandbox() or bool(settings.MEDIA_CAN_BE_FETCHED)
        media = [one for part in variant.parts for one in part.media]
        brings_all = all(instagram_upload.is_brought(one, traits) for one in media)
        return instagram_content.problems(variant, traits, reachable=reachable or brings_all)

    def commits(self, variant: Variant) -> int:
        """The post, and then its first comment."""
        return 2 if comment_of(variant) else 1

    def prepare(self, job: Job) -> None:
        """Make the containers and wait until Meta has filled them; nobody sees them yet."""
        if job.committed:
            return  # what is left is the comment
        making, name = self._containers(job), self._name(job)
        media = job.variant.parts[0].media
        at_most = WAITS_FOR_VIDEOS if any(map(is_video, media)) else WAITS_FOR_PICTURES
        if not making.living(job, name):
            self._make(job, making, name, at_most)
        if form_of(job.variant) != CAROUSEL:
            instagram_upload.Filling(job, making, name, media[0]).run()
        making.wait(job, [name], at_most=at_most)
        self._check_quota(job)

    def _make(self, job: Job, making: Containers, name: str, at_most: float) -> None:
        form, media = form_of(job.variant), job.variant.parts[0].media
        body = words_of(job.variant, form)
        if form != CAROUSEL:
            source = instagram_upload.source(job, media[0])
            making.make(job, name, {**body, **source}, **instagram_upload.notes(job, media[0]))
            return
        children = [self._child_name(job, one, position) for position, one in enumerate(media)]
        for child, one in zip(children, media, strict=True):
            instagram_upload.bring_child(job, making, child, one)
        making.wait(job, children, at_most=at_most)
        making.make(job, name, {**body, "children": [making.ready(job, child) for child in children]})

    def commit(self, job: Job, number: int) -> Proof:
        """Make the post public (1), or write the first comment (2)."""
        if number > 1:
            return self._comment(job)
        media_id = self._containers(job).publish(job, self._name(job))
        return Proof(media_id, self._permalink(job, media_id))

    def _permalink(self, job: Job, media_id: str) -> str:
        """The post is public, so not being told its address is no failure."""
        graph, query = instagram_api.graph_of(job.account), {"fields": "permalink"}
        try:
            body = graph_api.repeatable(
                graph, "GET", f"/{media_id}", job.account.access_token, query=query, timeouts=GLANCE
            )
        except PlatformError:
            body = {}
        return str(body.get("permalink") or self.profile_url(job.account.username))

    def _comment(self, job: Job) -> Proof:
        """https://developers.facebook.com/docs/instagram-platform/comment-moderation. A post of a moment ago may not be there
        yet for Instagram; it says so clearly, so asking again is safe. Nothing but the words may be sent: asked for fields,
        it writes the comment and says that it failed."""
        post, waits = job.committed[0], iter(WAITS_FOR_POST_SECONDS)
        graph, path = instagram_api.graph_of(job.account), f"/{post.remote_id}/comments"
        while True:
            try:
                answer = graph_api.committing(
                    graph, path, job.account.access_token, form={"message": comment_of(job.variant)}
                )
            except Refused as error:
                seconds = next(waits, None)
                if error.code != "not_found" or seconds is None:
                    raise
                self.sleep(seconds)
            else:
                return Proof(str(answer["id"]), post.remote_url)

    def _check_quota(self, job: Job) -> None:
        """https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/content_publishing_limit.
        Raises RateLimited when nothing more may be published today; not being told keeps nobody from publishing."""
        path, query = f"/{job.account.remote_id}/content_publishing_limit", {"fields": "quota_usage,config"}
        graph = instagram_api.graph_of(job.account)
        try:
            body = graph_api.repeatable(graph, "GET", path, job.account.access_token, query=query, timeouts=GLANCE)
        except (NeedsReauth, RateLimited):
            raise
        except PlatformError:
            return
        used, total = instagram_lookup.quota(body)
        if total and used >= total:
            until = datetime.now(UTC) + QUOTA_WAIT
            raise RateLimited(
                ours.quota_used(used, total, until),
                until=until,
                code="daily_limit",
                next_step=sentences.NOTHING_TO_DO,
            )

    def settle(self, job: Job, attempt: AttemptRef) -> Settlement:
        """By the status of the container; a comment by the list of comments."""
        if attempt.step != "commit:1":
            return instagram_lookup.comment(job, attempt)
        return self._containers(job).settle(
            job,
            self._name(job),
            attempt,
            lambda is_public: instagram_lookup.posts(job, attempt, is_public=is_public),
            self.profile_url(job.account.username),
        )

    def _containers(self, job: Job) -> Containers:
        return instagram_api.containers_of(job.account, sleep=self.sleep)

    def _name(self, job: Job) -> str:
        return self._containers(job).stash_name(job.account, "post", *content_of(job.variant))

    def _child_name(self, job: Job, media: VariantMedia, position: int) -> str:
        content = (str(position), media.uid, media.sha256, media.alt_text)
        return self._containers(job).stash_name(job.account, "child", *content)

    # -- afterwards --------------------------------------------------------------------------------

    def delete(self, account: Account, remote_id: str) -> None:
        """https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media#delete. What is not
        there any more counts as deleted."""
        if account.traits.get("login") != FACEBOOK:
            raise Refused(ours.NO_DELETING, code="no_deleting", next_step=ours.DELETE_THERE)
        try:
            with deleting(self.name):
                body = graph_api.repeatable(
                    instagram_api.on_facebook(), "DELETE", f"/{remote_id}", account.access_token
                )
            require_yes(self.name, body.get("success"))
        except Refused as error:
            if error.code != "not_found":
                raise

    def metrics(self, account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
        return instagram_metrics.read(account, remote_ids)


def asked_scopes() -> tuple[str, ...]:
    """What Instagram's own dialog asks for."""
    return (*Instagram.scopes, *OPTIONAL_SCOPES)
