"""LinkedIn: posts of members and pages with pictures, a video, a document, a link or a poll, and a first comment
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api)."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from multivio.errors import Problem
from social.contract import (
    Account,
    AttemptRef,
    Capabilities,
    Job,
    MediaKind,
    Metrics,
    Need,
    NeedsReauth,
    Platform,
    PlatformError,
    Profile,
    Proof,
    Refused,
    Settlement,
    Tokens,
    Variant,
)
from social.findings import Finding
from social.platforms import (
    linkedin_api,
    linkedin_content,
    linkedin_errors,
    linkedin_lookup,
    linkedin_media,
    linkedin_metrics,
    linkedin_people,
    linkedin_text,
    sentences,
)
from social.platforms import sentences_linkedin as words
from social.platforms.deleting import deleting
from social.platforms.linkedin_content import chosen, comment_of, has_poll, words_of
from social.platforms.linkedin_people import PAGE_KIND

# A post of a moment ago may not be there yet for whoever comments.
WAITS_FOR_POST_SECONDS = (2.0, 4.0)
WARNED_BEFORE = timedelta(days=60)


class LinkedIn(Platform):
    """One grant opens the member and the pages they look after. All of them use the member's token."""

    slug = "linkedin"
    name = words.NAME
    docs_url = "https://learn.microsoft.com/en-us/linkedin/"
    other_hosts = ("linkedin.com", "lnkd.in")
    needs = (
        Need(
            "Your profile, or a page you run", "LinkedIn lets tools post as yourself, and as pages that you administer."
        ),
        Need(
            "Be signed in as that person",
            "Pages come with the person who runs them. For another one, switch on linkedin.com first.",
        ),
        Need(
            "Say yes to all of it",
            "Access has an end. We renew it where LinkedIn allows that, and write to you well before.",
        ),
    )
    scopes = ("w_member_social",)
    opens_several = True
    pause_between_commits = 2.0
    # Soon enough that a repeat which a person asks for still meets LinkedIn's filter: it is documented for ten minutes.
    check_after_seconds = (5, 15, 60, 180)
    refresh_early = timedelta(days=10)
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]
        return linkedin_content.capabilities()

    def capabilities_for(self, traits: Mapping[str, Any]) -> Capabilities:
        return linkedin_content.capabilities_for(traits)

    def enabled(self) -> bool:
        return bool(settings.LINKEDIN_CLIENT_ID and settings.LINKEDIN_CLIENT_SECRET)

    def on_sandbox(self) -> bool:
        return bool(settings.LINKEDIN_ON_SANDBOX)

    def permalink(self, username: str, remote_id: str) -> str:
        return linkedin_lookup.permalink(remote_id)

    def profile_url(self, username: str) -> str:
        """Of a member; whoever has no name of that kind is led to their own posts."""
        return f"{settings.LINKEDIN_WEB_URL}/in/{username or 'me'}/recent-activity/all/"

    def account_url(self, *, username: str, kind: str) -> str:
        if kind == PAGE_KIND:
            return f"{settings.LINKEDIN_WEB_URL}/company/{username}/posts/"
        return self.profile_url(username)

    def remote_id_in(self, link: str) -> str | None:
        """The URN behind an address of a post, in either of LinkedIn's forms; None for any other address."""
        return linkedin_lookup.urn_in(link)

    # -- the accounts ------------------------------------------------------------------------------

    def profiles(self, tokens: Tokens, *, token_secret: str = "") -> list[Profile]:
        return linkedin_people.profiles(tokens)

    def left_out(self, scopes: Sequence[str]) -> str:
        return linkedin_api.left_out(scopes)

    def refresh(self, refresh_token: str) -> Tokens:
        return linkedin_api.refreshed(refresh_token)

    def revoke(self, tokens: Tokens, *, token_secret: str = "") -> None:
        """Raises a PlatformError when LinkedIn did not confirm it."""
        response = linkedin_api.client_call("/v2/revoke", {"token": tokens.access_token})
        if not response.ok:
            raise linkedin_errors.of_repeatable(response)

    # -- publishing --------------------------------------------------------------------------------

    def problems(self, variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
        return linkedin_content.problems(variant, traits)

    def commits(self, variant: Variant) -> int:
        """The post, and then its first comment."""
        return 2 if comment_of(variant) else 1

    def prepare(self, job: Job) -> None:
        """Bring pictures, the video or the document there; nobody sees them yet."""
        if not job.committed:
            linkedin_media.stage(job, tuple(dict.fromkeys(job.variant.parts[0].media)), self.sleep)

    def commit(self, job: Job, number: int) -> Proof:
        """Make the post public (1), or write the first comment (2)."""
        return self._post(job) if number == 1 else self._comment(job)

    def _post(self, job: Job) -> Proof:
        media = job.variant.parts[0].media
        try:
            urn, _ = linkedin_api.committing("/rest/posts", job.account.access_token, body_of(job))
        except linkedin_errors.Duplicate as error:
            self._note_duplicate(job, error)
            raise
        except Refused as error:
            if error.code == "asset_failed" and media:
                linkedin_media.forget(job, media)  # which of them it was is not said in a way to rely on
                raise linkedin_media.failed(job, media[0]) from None
            linkedin_media.forget(job, media)
            raise
        return Proof(urn, linkedin_lookup.permalink(urn), {"http_status": 201})

    def _note_duplicate(self, job: Job, error: linkedin_errors.Duplicate) -> None:
        """The post that LinkedIn names is ours if an earlier try of this very content ended unknown: settle() decides."""
        try:
            name = linkedin_lookup.named_name(job)
            job.stash.put(name, {"urn": error.urn}, lives_seconds=linkedin_lookup.NAMED_LIVES_SECONDS)
        except PlatformError:
            return  # only a hint; the refusal itself is what counts

    def _comment(self, job: Job) -> Proof:
        """https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api. Plain words here: a
        comment knows no escapes."""
        post, waits = job.committed[0].remote_id, iter(WAITS_FOR_POST_SECONDS)
        body = {"actor": job.account.remote_id, "object": post, "message": {"text": comment_of(job.variant)}}
        path = f"/rest/socialActions/{linkedin_api.encoded(post)}/comments"
        while True:
            try:
                number, told = linkedin_api.committing(path, job.account.access_token, body)
            except NeedsReauth as error:
                if error.code != "access_denied":
                    raise
                # The account is well, only comments are not allowed to us.
                raise Refused(
                    words.may_not_comment(),
                    code="may_not_comment",
                    http_status=error.http_status,
                    detail=error.detail,
                    next_step=sentences.NOTHING_TO_DO,
                ) from None
            except Refused as error:
                seconds = next(waits, None)
                if error.code != "not_found" or seconds is None:
                    raise
                self.sleep(seconds)
            else:
                return linkedin_lookup.comment_proof(post, str(told.get("commentUrn") or number))

    def settle(self, job: Job, attempt: AttemptRef) -> Settlement:
        return linkedin_lookup.settle(job, attempt)

    # -- afterwards --------------------------------------------------------------------------------

    def delete(self, account: Account, remote_id: str) -> None:
        """https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api#delete-posts. What is not
        there any more counts as deleted."""
        path = f"/rest/posts/{linkedin_api.encoded(remote_id)}"
        try:
            with deleting(self.name):
                linkedin_api.repeatable("DELETE", path, account.access_token, rest_method="DELETE")
        except Refused as error:
            if error.code != "not_found":
                raise

    def metrics(self, account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
        return linkedin_metrics.read(account, remote_ids)

    # -- the set-up --------------------------------------------------------------------------------

    def advice(self) -> Iterator[Finding]:
        """Versions of the API end after a year, and pages need a product of their own."""
        version = settings.LINKEDIN_API_VERSION
        ends = linkedin_api.version_ends(version)
        now = datetime.now(UTC)
        if ends is None:
            yield Finding("bad", words.version_is(version), words.RAISE_VERSION)
        elif ends <= now:
            yield Finding("bad", words.version_is_over(version, ends), words.RAISE_VERSION)
        else:
            level = "warn" if ends - now < WARNED_BEFORE else "ok"
            yield Finding(level, words.version_ends(version, ends), words.RAISE_VERSION if level == "warn" else "")
        if settings.LINKEDIN_PRODUCT not in linkedin_api.SCOPES:
            yield Finding("bad", words.unknown_product(settings.LINKEDIN_PRODUCT), words.set_product())
        elif linkedin_api.left_out(linkedin_api.asked_scopes()):
            yield Finding("warn", words.members_only(), words.set_product())


def body_of(job: Job) -> dict[str, Any]:
    """The post as LinkedIn wants it. Unknown fields are refused there, so only what is meant is in it."""
    part, variant = job.variant.parts[0], job.variant
    body: dict[str, Any] = {
        "author": job.account.remote_id,
        "commentary": linkedin_text.escaped(part.text),
        "visibility": chosen(variant, "visibility"),
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": bool(chosen(variant, "no_reshare")),
    }
    content = _content(job)
    return body | ({"content": content} if content else {})


def _content(job: Job) -> dict[str, Any]:
    part, variant = job.variant.parts[0], job.variant
    if has_poll(variant):
        answers = [{"text": str(one).strip()} for one in chosen(variant, "poll_answers") or ()]
        settings_of_poll = {"duration": chosen(variant, "poll_days")}
        question = words_of(variant, "poll_question")
        return {"poll": {"question": question, "options": answers, "settings": settings_of_poll}}
    if words_of(variant, "link"):
        return {"article": _article(job)}
    if not part.media:
        return {}
    urns = [linkedin_media.ready(job, media) for media in part.media]
    if len(urns) > 1:
        return {"multiImage": {"images": [_described(*one) for one in zip(urns, part.media, strict=True)]}}
    (media,) = part.media
    if media.kind in (MediaKind.IMAGE, MediaKind.GIF):
        return {"media": _described(urns[0], media)}
    title = words_of(variant, "title")
    return {"media": {"id": urns[0], **({"title": title} if title else {})}}


def _article(job: Job) -> dict[str, Any]:
    """LinkedIn does not look at the page behind the link: what its card shows has to be sent."""
    variant, media = job.variant, job.variant.parts[0].media
    article = {"source": words_of(variant, "link"), "title": words_of(variant, "link_title")}
    if words_of(variant, "link_description"):
        article["description"] = words_of(variant, "link_description")
    if media:
        article["thumbnail"] = linkedin_media.ready(job, media[0])
    return article


def _described(urn: str, media: Any) -> dict[str, Any]:
    return {"id": urn, **({"altText": media.alt_text} if media.alt_text.strip() else {})}
