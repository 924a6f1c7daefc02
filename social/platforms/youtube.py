"""YouTube: videos and Shorts with a thumbnail, a playlist and a first comment (https://developers.google.com/youtube/v3/docs).

The video is uploaded as private. What publishes it is the switch to the wanted visibility: it can be repeated without doing
anything twice, and happens on time however long the upload took.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    Processing,
    Profile,
    Proof,
    Refused,
    Settlement,
    Tokens,
    Variant,
)
from social.findings import Finding
from social.platforms import (
    sentences,
    youtube_api,
    youtube_content,
    youtube_errors,
    youtube_lookup,
    youtube_metrics,
    youtube_quota,
    youtube_upload,
    youtube_video,
)
from social.platforms import sentences_youtube as ours
from social.platforms.deleting import deleting
from social.platforms.sentences_youtube import NAME
from social.platforms.youtube_api import items, section
from social.platforms.youtube_metrics import ANALYTICS_SCOPE

# Enough for all that is done here, from upload to deletion: each further scope is one more line that a person may untick.
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
OPTIONAL_SCOPES = (ANALYTICS_SCOPE,)
WAITS_FOR_VIDEO_SECONDS = (2.0, 4.0)


class YouTube(Platform):
    """One grant opens the one channel that was picked in Google's chooser."""

    slug = "youtube"
    name = NAME
    docs_url = "https://developers.google.com/youtube/v3/getting-started"
    other_hosts = ("youtube.com", "youtu.be")
    needs = (
        Need("A channel", "Open YouTube once with your Google account and make a channel, if you have none yet."),
        Need(
            "Choose the channel's own account",
            "Google lists the channel of a brand by its name. Several are connected one after the other.",
        ),
        Need("Leave every box ticked", "Videos of more than 15 minutes need a channel that was verified by phone."),
    )
    scopes = (SCOPE,)
    pause_between_commits = 2.0
    check_after_seconds = (10, 70, 180, 600, 1800, 3600, 10_800, 21_600)
    leaves_behind = (youtube_upload.STASH, "video_id")
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]
        """Of a verified channel."""
        return youtube_content.capabilities({})

    def capabilities_for(self, traits: Mapping[str, Any]) -> Capabilities:
        return youtube_content.capabilities(traits)

    def enabled(self) -> bool:
        return bool(settings.YOUTUBE_CLIENT_ID and settings.YOUTUBE_CLIENT_SECRET)

    def on_sandbox(self) -> bool:
        return bool(settings.YOUTUBE_ON_SANDBOX)

    def permalink(self, username: str, remote_id: str) -> str:
        """Right for Shorts too."""
        return f"{settings.YOUTUBE_WEB_URL}/watch?v={remote_id}"

    def profile_url(self, username: str) -> str:
        """A channel without a handle is reached by its id."""
        is_id = username.startswith("UC") and len(username) == 24
        return f"{settings.YOUTUBE_WEB_URL}/{'channel/' if is_id else '@'}{username}"

    # -- the channel -------------------------------------------------------------------------------

    def profiles(self, tokens: Tokens, *, token_secret: str = "") -> list[Profile]:
        """The channel behind the token (https://developers.google.com/youtube/v3/docs/channels/list).

        Raises Refused for a Google account without one, and when the permission was unticked without which nothing works.
        """
        if any(scope not in tokens.scopes for scope in self.scopes):
            raise Refused(ours.NOT_TICKED, code="nothing_to_connect", next_step=ours.TICK_ALL)
        query = {"part": "snippet,contentDetails,statistics,status", "mine": "true"}
        try:
            body = youtube_api.repeatable("GET", youtube_api.url("/channels"), tokens.access_token, query=query)
        except Refused as error:
            if error.code != "no_channel":
                raise
            body = {}
        lacks = [scope for scope in OPTIONAL_SCOPES if scope not in tokens.scopes]
        found = [_profile(one, lacks) for one in items(body) if one.get("id")]
        if not found:
            raise Refused(ours.NO_CHANNEL, code="nothing_to_connect", next_step=sentences.RECONNECT)
        return found

    def refresh(self, refresh_token: str) -> Tokens:
        return youtube_api.refreshed(refresh_token)

    def revoke(self, tokens: Tokens, *, token_secret: str = "") -> None:
        youtube_api.revoke(tokens.refresh_token or tokens.access_token)

    # -- publishing --------------------------------------------------------------------------------

    def problems(self, variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
        return youtube_content.problems(variant, traits)

    def commits(self, variant: Variant) -> int:
        """The switch to the wanted visibility, and then the first comment."""
        return 2 if youtube_content.comment_of(variant) else 1

    def prepare(self, job: Job) -> None:
        """Upload the video as private, see what YouTube makes of it, and add what goes with it."""
        if job.committed:
            return  # what is left is the comment
        upload = youtube_upload.Upload(job, self.sleep)
        video_id = upload.run()
        video = youtube_video.await_processing(job.account, video_id, self.sleep)
        if not video:
            upload.forget()
            raise youtube_video.deleted_there()
        if youtube_video.is_unusable(video):
            upload.forget()
            raise youtube_video.refusal(video)
        try:
            self._add_to(job, video_id)
        except Refused as error:
            raise youtube_video.left_private(error, video_id) from None

    def _add_to(self, job: Job, video_id: str) -> None:
        picture = youtube_content.thumbnail_of(job.variant)
        if picture is not None:
            youtube_video.set_thumbnail(job, video_id, picture)
        playlist = str(youtube_content.chosen(job.variant, "playlist") or "").strip()
        if playlist:
            youtube_video.add_to_playlist(job, video_id, playlist)

    def commit(self, job: Job, number: int) -> Proof:
        """Let people see the video (1), or write the first comment (2)."""
        return self._publish(job) if number == 1 else self._comment(job)

    def _publish(self, job: Job) -> Proof:
        """https://developers.google.com/youtube/v3/docs/videos/update. Only what YouTube says that the video *is* counts:
        it keeps the videos of applications that it has not audited private, without an error."""
        video_id = youtube_lookup.uploaded(job)
        if not video_id:
            raise NotSent(sentences.upload_expired(NAME), code="upload_expired", next_step=sentences.NOTHING_TO_DO)
        wanted = str(youtube_content.chosen(job.variant, "privacy"))
        body = {"id": video_id, **youtube_content.body_of(job.variant, privacy=wanted)}
        try:
            video = youtube_api.committing(
                "PUT",
                youtube_api.url("/videos"),
                job.account.access_token,
                query={"part": "snippet,status"},
                json_body=body,
            )
        except Refused as error:
            if error.http_status != 404:
                raise youtube_video.left_private(error, video_id) from None
            youtube_upload.Upload(job, self.sleep).forget()
            raise
        status = section(video, "status")
        if not status.get("privacyStatus"):
            raise youtube_errors.unknown("answer without status.privacyStatus")
        if status["privacyStatus"] != wanted:
            raise Refused(
                ours.FORCED_PRIVATE,
                code="forced_private",
                detail=f"video {video_id} is {status['privacyStatus']}, wanted {wanted}",
                next_step=ours.AUDIT,
            )
        return self._seen(job, video)

    def _seen(self, job: Job, video: Mapping[str, Any]) -> Proof:
        """The proof, once there is something to watch. Raises Processing before that, Refused when there never will be."""
        if youtube_video.is_unusable(video):
            youtube_upload.Upload(job, self.sleep).forget()
            raise youtube_video.refusal(video)
        if youtube_video.is_processed(video):
            return youtube_lookup.proof_of(job, video)
        raise Processing(
            ours.STILL_PREPARING,
            code="still_processing",
            detail=f"video {video['id']} is {youtube_video.upload_status(video) or 'without a status'}",
            next_step=sentences.NOTHING_TO_DO,
        )

    def _comment(self, job: Job) -> Proof:
        """https://developers.google.com/youtube/v3/docs/commentThreads/insert. A video of a moment ago may not be there yet
        for comments; YouTube says so clearly, so asking again is safe."""
        video_id, waits = job.committed[0].remote_id, iter(WAITS_FOR_VIDEO_SECONDS)
        text = {"snippet": {"textOriginal": youtube_content.comment_of(job.variant)}}
        body = {"snippet": {"videoId": video_id, "topLevelComment": text}}
        while True:
            try:
                answer = youtube_api.committing(
                    "POST",
                    youtube_api.url("/commentThreads"),
                    job.account.access_token,
                    query={"part": "snippet"},
                    json_body=body,
                )
            except Refused as error:
                seconds = next(waits, None)
                if error.http_status != 404 or seconds is None:
                    raise
                self.sleep(seconds)
            else:
                return youtube_lookup.comment_proof(job, video_id, str(answer["id"]))

    def settle(self, job: Job, attempt: AttemptRef) -> Settlement:
        return youtube_lookup.settle(job, attempt)

    # -- afterwards --------------------------------------------------------------------------------

    def clear_up(self, account: Account, remote_id: str) -> bool:
        return youtube_video.clear_up(account, remote_id)

    def delete(self, account: Account, remote_id: str) -> None:
        """https://developers.google.com/youtube/v3/docs/videos/delete; 50 units of the project's quota."""
        with deleting(self.name):
            youtube_video.delete(account, remote_id)

    def remote_id_in(self, link: str) -> str | None:
        """`watch?v=…`, `youtu.be/…`, `/shorts/…`."""
        found = re.search(r"(?:[?&]v=|youtu\.be/|/shorts/)([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])", link)
        return found.group(1) if found else None

    def advice(self) -> Iterable[Finding]:
        """The two things in which most installations get stuck, long after everything seemed to work."""
        if self.on_sandbox():
            return
        used, most = youtube_quota.uploads_today(), settings.YOUTUBE_UPLOADS_PER_DAY
        level = "warn" if used >= most * youtube_quota.WORTH_TELLING else "ok"
        yield Finding(level, ours.uploads_so_far(used, most), ours.ASK_FOR_MORE)
        if settings.YOUTUBE_ONLY_PRIVATE:
            yield Finding("warn", ours.ONLY_PRIVATE_HERE, ours.AFTER_THE_AUDIT)
        else:
            yield Finding("ok", ours.NEEDS_AUDIT, ours.UNTIL_THE_AUDIT)

    def metrics(self, account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
        return youtube_metrics.read(account, remote_ids)


def asked_scopes() -> tuple[str, ...]:
    """What the consent page asks for: what publishing needs, and what numbers need."""
    return (*YouTube.scopes, *OPTIONAL_SCOPES)


def _profile(channel: Mapping[str, Any], lacks: list[str]) -> Profile:
    snippet, channel_id = section(channel, "snippet"), str(channel["id"])
    thumbnails = section(snippet, "thumbnails")
    pictures = [section(thumbnails, size).get("url") for size in ("high", "medium", "default")]
    playlists = section(section(channel, "contentDetails"), "relatedPlaylists")
    return Profile(
        remote_id=channel_id,
        username=str(snippet.get("customUrl") or "").removeprefix("@") or channel_id,
        name=str(snippet.get("title", "")),
        avatar_url=str(next((url for url in pictures if url), "")),
        kind="channel",
        traits={
            "uploads": str(playlists.get("uploads") or ""),
            "long_uploads": str(section(channel, "status").get("longUploadsStatus") or "allowed"),
            "lacks": lacks,
        },
    )
