"""Facebook Pages: posts with pictures, links or videos, reels, stories and a first comment
(https://developers.facebook.com/docs/pages-api)."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
    NeedsReauth,
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
    metrics_named,
)
from social.platforms import (
    facebook_api,
    facebook_content,
    facebook_lookup,
    facebook_media,
    facebook_metrics,
    graph_api,
    sentences,
)
from social.platforms.deleting import deleting, require_yes
from social.platforms.facebook_api import NAME
from social.platforms.facebook_content import POST, REEL, STORY, chosen, comment_of, kind_of, video_of

INSIGHTS_SCOPE = "read_insights"
OPTIONAL_SCOPES = ("pages_manage_engagement", "pages_read_user_content", INSIGHTS_SCOPE)
PAGE_FIELDS = "id,name,username,category,access_token,tasks,picture.type(large)"
PUBLISHING_TASK = "CREATE_CONTENT"
# After a video was taken: looks before this worker leaves it to the later ones. Together well within one call's time.
LOOKS_AFTER_SECONDS = (2.0, 3.0, 5.0)
WAITS_FOR_POST_SECONDS = (2.0, 4.0)
GLANCE = http.Timeouts(connect=2, read=4, total=4)


class Facebook(Platform):
    """One grant opens every Page that was ticked; each Page has a token of its own, which has no end."""

    slug = "facebook"
    name = NAME
    docs_url = "https://developers.facebook.com/docs/pages-api"
    scopes = ("pages_show_list", "pages_manage_posts", "pages_read_engagement")
    version_ends = graph_api.VERSION_ENDS
    other_hosts = ("facebook.com", "fb.watch", "fb.com")
    needs = (
        Need(
            "A Page",
            "Facebook lets no tool post to a personal profile or a group. A Page is free and made in a minute.",
        ),
        Need("You may create content there", "You run the Page, or whoever does has given you a role with content."),
        Need(
            "Tick your Pages and leave every permission on",
            "What is left out there cannot be published to. More Pages can be added later.",
        ),
    )
    opens_several = True
    ends_with = ("instagram",)
    pause_between_commits = 2.0
    check_after_seconds = (5, 15, 60, 300, 600, 1200)
    refresh_early = timedelta(days=10)
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]
        return facebook_content.capabilities()

    def capabilities_for(self, traits: Mapping[str, Any]) -> Capabilities:
        """Without the permission for insights there are only the counts that everybody sees."""
        if INSIGHTS_SCOPE not in traits.get("lacks", ()):
            return self.capabilities
        return replace(self.capabilities, metrics=metrics_named(facebook_metrics.COUNTS))

    def enabled(self) -> bool:
        return bool(settings.FACEBOOK_CLIENT_ID and settings.FACEBOOK_CLIENT_SECRET)

    def on_sandbox(self) -> bool:
        return bool(settings.FACEBOOK_ON_SANDBOX)

    def permalink(self, username: str, remote_id: str) -> str:
        """Facebook leads from here to the proper address, whatever the Page is called."""
        return f"{settings.FACEBOOK_WEB_URL}/{remote_id}"

    def profile_url(self, username: str) -> str:
        return f"{settings.FACEBOOK_WEB_URL}/{username}"

    # -- the Pages ---------------------------------------------------------------------------------

    def profiles(self, tokens: Tokens, *, token_secret: str = "") -> list[Profile]:
        """The Pages that were ticked and on which the person may publish.

        Raises Refused when there is none, with what to do (https://developers.facebook.com/docs/graph-api/reference/user/accounts).
        """
        token = tokens.access_token
        person = graph_api.repeatable(facebook_api.graph(), "GET", "/me", token, query={"fields": "id,name"})
        if not person.get("id"):
            raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without id")
        pages = {str(page.get("id")): page for page in _pages(token, tokens.scopes)}
        ours = [page for page in pages.values() if page.get("access_token")]
        allowed = [page for page in ours if PUBLISHING_TASK in (page.get("tasks") or ())]
        if not allowed:
            sentence = sentences.no_page_allows(NAME) if pages else sentences.no_page_ticked(NAME)
            raise Refused(sentence, code="nothing_to_connect", next_step=sentences.RECONNECT)
        shared = {"lacks": [scope for scope in OPTIONAL_SCOPES if scope not in tokens.scopes], **_ends(token)}
        return [_profile(page, str(person["id"]), shared) for page in allowed]

    def refresh(self, refresh_token: str) -> Tokens:
        """Renew the person's token while it is good. One that merely ran out is kept: the Pages' tokens live on without it."""
        try:
            fresh = facebook_api.exchange(refresh_token, timeouts=facebook_api.QUICK)
        except NeedsReauth:
            if facebook_api.has_run_out(refresh_token):
                return Tokens(access_token=refresh_token, refresh_token=refresh_token)
            raise
        return Tokens(access_token=fresh, refresh_token=fresh)

    def revoke(self, tokens: Tokens, *, token_secret: str = "") -> None:
        """Ends the tokens of all Pages of the person (https://developers.facebook.com/docs/facebook-login/guides/permissions/request-revoke)."""
        token = tokens.refresh_token or tokens.access_token
        graph_api.repeatable(facebook_api.graph(), "DELETE", "/me/permissions", token)

    # -- publishing --------------------------------------------------------------------------------

    def problems(self, variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
        return facebook_content.problems(variant, traits)

    def commits(self, variant: Variant) -> int:
        """The post, and then its first comment."""
        return 2 if comment_of(variant) else 1

    def prepare(self, job: Job) -> None:
        """Bring photos and videos there; nobody sees them yet."""
        if job.committed:
            return  # what is left is the comment
        part, kind = job.variant.parts[0], kind_of(job.variant)
        for media in dict.fromkeys(part.media):
            if not video_of(part):
                facebook_media.stage_photo(job, media, kind)
            elif kind == POST:
                facebook_media.check_taken(job, media, facebook_lookup.EDGES[POST])
                facebook_media.File(job, media).run()
            else:
                facebook_media.Session(job, media, facebook_lookup.EDGES[kind]).run()

    def commit(self, job: Job, number: int) -> Proof:
        """Make the post public (1), or write the first comment (2)."""
        if number > 1:
            return self._comment(job)
        if video_of(job.variant.parts[0]):
            return self._video(job)
        return self._photo_story(job) if kind_of(job.variant) == STORY else self._post(job)

    def _post(self, job: Job) -> Proof:
        """https://developers.facebook.com/docs/pages-api/posts#publish-a-page-post"""
        part = job.variant.parts[0]
        body: dict[str, Any] = {"published": True}
        if part.text.strip():
            body["message"] = part.text
        if part.media:
            ids = [facebook_media.ready(job, media, POST, "photo_id") for media in part.media]
            body["attached_media"] = [{"media_fbid": photo_id} for photo_id in ids]
        elif chosen(job.variant, "link"):
            body["link"] = chosen(job.variant, "link")
        page = job.account.remote_id
        answer = self._send(job, f"/{page}/feed", body, query={"fields": "id,permalink_url"}, use=POST)
        return facebook_lookup.post_proof(answer)

    def _photo_story(self, job: Job) -> Proof:
        """https://developers.facebook.com/docs/page-stories-api#photo-stories"""
        photo_id = facebook_media.ready(job, job.variant.parts[0].media[0], STORY, "photo_id")
        path = f"/{job.account.remote_id}/photo_stories"
        answer = self._send(job, path, {"photo_id": photo_id}, use=STORY, named="post_id")
        story = str(answer["post_id"])
        return Proof(story, f"{settings.FACEBOOK_WEB_URL}/stories/{story}")

    def _video(self, job: Job) -> Proof:
        """Ask for a video, reel or story to be published. Taken is not yet public: that is looked at afterwards."""
        part, kind = job.variant.parts[0], kind_of(job.variant)
        edge, began = facebook_lookup.EDGES[kind], time.monotonic()
        body: dict[str, Any] = {"title": chosen(job.variant, "title")} if chosen(job.variant, "title") else {}
        if kind == POST:
            handle = facebook_media.ready(job, part.media[0], "file", "handle")
            # The number of an earlier video may not stand for this one while nobody knows its own.
            facebook_media.forget(job, part.media[0], edge)
            body |= {"fbuploader_video_file_chunk": handle, "description": part.text, "published": True}
        else:
            video_id = facebook_media.ready(job, part.media[0], edge, "ready")
            body |= {"upload_phase": "finish", "video_id": video_id}
            if kind == REEL:
                body |= {"video_state": "PUBLISHED", "description": part.text}
            if chosen(job.variant, "ai_generated"):
                body["is_ai_generated"] = True
        named = "id" if kind == POST else "success"
        answer = self._send(job, f"/{job.account.remote_id}/{edge}", body, use=edge, named=named)
        taken = str(answer["id"]) if kind == POST else video_id
        if kind == POST:
            self._remember(job, edge, taken)
        return self._await(job, taken, answer, until=began + settings.PUBLISH_CALL_TIMEOUT_SECONDS)

    def _remember(self, job: Job, edge: str, video_id: str) -> None:
        """Facebook has taken it, so not being able to write its number down may not look as if nothing was sent."""
        name = facebook_media.stash_name(job.account, job.variant.parts[0].media[0], edge)
        try:
            job.stash.put(name, {"video_id": video_id}, lives_seconds=facebook_media.LIVES_SECONDS)
        except PlatformError as error:
            raise Unknown(
                sentences.no_answer(NAME),
                code="no_answer",
                detail=f"video {video_id}: {error.code}",
                next_step=sentences.WE_LOOK,
            ) from None

    def _await(self, job: Job, video_id: str, answer: Mapping[str, Any], *, until: float) -> Proof:
        """A few looks at what processing makes of it, as long as there is time. Raises Processing when it takes longer."""
        for seconds in LOOKS_AFTER_SECONDS:
            if time.monotonic() + seconds + GLANCE.total > until:
                break
            self.sleep(seconds)
            try:
                body = facebook_media.video(job.account, video_id, timeouts=GLANCE)
            except PlatformError:
                continue  # it was taken; a look that fails says nothing about it
            if facebook_media.is_public(body):
                post = {"post_id": answer["post_id"]} if answer.get("post_id") else {}
                return facebook_lookup.video_proof(job, {**body, "id": video_id, **post})
            failure = facebook_media.failure_of(facebook_media.status_of(body))
            if failure is not None:
                self._forget(job)
                raise facebook_media.media_refused(failure)
        raise Processing(
            sentences.taken_and_processing(NAME),
            code="still_processing",
            detail=f"video {video_id}",
            next_step=sentences.NOTHING_TO_DO,
        )

    def _comment(self, job: Job) -> Proof:
        """https://developers.facebook.com/docs/graph-api/reference/object/comments. A post of a moment ago may not be
        there yet for Facebook; it says so clearly, so asking again is safe."""
        post, waits = job.committed[0], iter(WAITS_FOR_POST_SECONDS)
        body = {"message": comment_of(job.variant)}
        path = f"/{post.remote_id}/comments"
        while True:
            try:
                answer = graph_api.committing(facebook_api.graph(), path, job.account.access_token, json_body=body)
            except Refused as error:
                seconds = next(waits, None)
                if error.code != facebook_media.NOT_FOUND or seconds is None:
                    raise
                self.sleep(seconds)
            else:
                return facebook_lookup.comment_proof(post.remote_url, str(answer["id"]))

    def _send(
        self, job: Job, path: str, body: Mapping[str, Any], *, use: str, named: str = "id", **details: Any
    ) -> dict[str, Any]:
        """The committing call. After a clear no the media are forgotten: publishing again brings them anew."""
        token = job.account.access_token
        try:
            return graph_api.committing(
                facebook_api.graph(), path, token, answer=named, json_body=dict(body), **details
            )
        except Refused as error:
            if error.code == facebook_media.NOT_FOUND and facebook_api.is_dead(token):
                raise NeedsReauth(
                    sentences.ended(NAME),
                    code="needs_reauth",
                    http_status=error.http_status,
                    detail=error.detail,
                    next_step=sentences.RECONNECT,
                ) from None
            self._forget(job)
            raise

    def _forget(self, job: Job) -> None:
        part, kind = job.variant.parts[0], kind_of(job.variant)
        edge = facebook_lookup.EDGES[kind]
        uses = (kind,) if not video_of(part) else (("file", edge) if kind == POST else (edge,))
        for media in part.media:
            for use in uses:
                facebook_media.forget(job, media, use)

    def settle(self, job: Job, attempt: AttemptRef) -> Settlement:
        return facebook_lookup.settle(job, attempt)

    # -- afterwards --------------------------------------------------------------------------------

    def delete(self, account: Account, remote_id: str) -> None:
        """https://developers.facebook.com/docs/pages-api/posts#delete-a-post. What is not there any more counts as deleted."""
        try:
            with deleting(self.name):
                body = graph_api.repeatable(facebook_api.graph(), "DELETE", f"/{remote_id}", account.access_token)
            require_yes(self.name, body.get("success"))
        except Refused as error:
            if error.code != facebook_media.NOT_FOUND:
                raise

    def metrics(self, account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
        return facebook_metrics.read(account, remote_ids)


def asked_scopes() -> tuple[str, ...]:
    """What the dialog asks for: what publishing needs, what comments and numbers need, and what the settings add."""
    return tuple(dict.fromkeys((*Facebook.scopes, *OPTIONAL_SCOPES, *settings.FACEBOOK_EXTRA_SCOPES)))


def _pages(token: str, scopes: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Of the person, and with business_management those of the businesses as well."""
    graph, query = facebook_api.graph(), {"fields": PAGE_FIELDS, "limit": "100"}
    yield from graph_api.pages(graph, "/me/accounts", token, query)
    if "business_management" not in scopes:
        return
    for business in graph_api.pages(graph, "/me/businesses", token, {"fields": "id"}):
        for edge in ("owned_pages", "client_pages"):
            try:
                yield from graph_api.pages(graph, f"/{business.get('id')}/{edge}", token, query)
            except PlatformError:
                continue  # a business that may not be read does not keep the others away


def _profile(page: Mapping[str, Any], person: str, shared: Mapping[str, Any]) -> Profile:
    picture = page.get("picture")
    data = picture.get("data") if isinstance(picture, dict) else None
    return Profile(
        remote_id=str(page["id"]),
        # A Page without a name of its own is reached by its number.
        username=str(page.get("username") or page["id"]),
        name=str(page.get("name", "")),
        avatar_url=str((data or {}).get("url", "")),
        kind="page",
        traits={"category": str(page.get("category", "")), **shared},
        access_token=str(page.get("access_token", "")),
        owner_id=person,
    )


def _ends(token: str) -> dict[str, str]:
    """When Facebook stops letting us read for this person; publishing is not said to end then."""
    try:
        ends = facebook_api.moment(facebook_api.inspected(token).get("data_access_expires_at"))
    except PlatformError:
        return {}  # only told, never needed
    return {"data_access_ends_at": ends.isoformat()} if ends else {}
