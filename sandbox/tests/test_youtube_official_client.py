"""Google's own Python client (google-api-python-client) against the sandbox. Only the root of its API is another one."""

import io
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError, ResumableUploadError
from googleapiclient.http import MediaIoBaseUpload

from sandbox.testing import Control
from sandbox.tests.test_youtube_videos import picture
from sandbox.tests.youtube import CLIENT, NORRE, SECRET, UNIT, Tube, clip, maker, norre

__all__ = ["maker", "norre"]
BODY = {
    "snippet": {"title": "From the official client", "description": "Words", "tags": ["lamp"], "categoryId": "22"},
    "status": {"privacyStatus": "private", "selfDeclaredMadeForKids": False, "containsSyntheticMedia": True},
}


def client(tube: Tube, name: str = "youtube.v3.json", root: str = "", **credentials: Any) -> Any:
    document = json.loads((resources.files("googleapiclient.discovery_cache.documents") / name).read_text())
    document |= {"rootUrl": f"{tube.api}/{root}", "baseUrl": f"{tube.api}/{root}"}
    allowed = Credentials(credentials.pop("token", tube.tokens["access_token"]), **credentials)  # type: ignore[no-untyped-call]
    http = google_auth_httplib2.AuthorizedHttp(allowed, http=httplib2.Http(proxy_info=None, timeout=20))
    # 308 means "resume" here, and httplib2 would follow it; the client does the same with an Http of its own.
    http.http.redirect_codes = http.http.redirect_codes - {308}
    return build_from_document(document, http=http)


@pytest.fixture
def api(norre: Tube) -> Any:
    return client(norre)


def uploading(api: Any, content: bytes, *, chunk: int = UNIT, mime: str = "video/mp4") -> Any:
    media = MediaIoBaseUpload(io.BytesIO(content), mimetype=mime, chunksize=chunk, resumable=True)
    return api.videos().insert(part="snippet,status", body=BODY, media_body=media, notifySubscribers=False)


def to_the_end(request: Any) -> Any:
    """Chunk after chunk; the video."""
    made = None
    while made is None:
        _, made = request.next_chunk()
    return made


def test_its_resumable_upload_runs_chunk_by_chunk(api: Any, control: Control) -> None:
    request, seen, made = uploading(api, clip(1_000_000)), [], None
    while made is None:
        status, made = request.next_chunk()
        seen.append(status.resumable_progress if status else None)
    assert seen == [UNIT, 2 * UNIT, 3 * UNIT, None]
    (video,) = control.posts("youtube", private=1)
    assert (video["id"], video["title"], video["tags"]) == (made["id"], "From the official client", ["lamp"])
    assert (video["notify"], video["synthetic"], video["made_for_kids"]) == (False, True, False)


@pytest.mark.parametrize("operation", ["upload_chunk", "upload_last"])
@pytest.mark.parametrize("kind", ["reject_5xx", "accept_then_5xx"])
def test_it_goes_on_after_trouble(api: Any, control: Control, operation: str, kind: str) -> None:
    request = uploading(api, clip(1_000_000))
    control.add_fault(platform="youtube", operation=operation, kind=kind)
    with pytest.raises(HttpError):
        to_the_end(request)
    made = to_the_end(request)
    (video,) = control.posts("youtube", private=1)
    assert video["id"] == made["id"]


def test_it_goes_on_where_the_session_says(api: Any, control: Control) -> None:
    control.settings(youtube_commit_bytes=100_000)
    made = uploading(api, clip(400_000)).execute()
    assert made["status"]["uploadStatus"] == "uploaded"
    rows = [row["effect"] for row in control.ledger(platform="youtube", operation="upload_chunk")]
    assert [row["bytes"] for row in rows] == [100_000, 200_000]


def test_it_publishes_reads_comments_and_deletes(api: Any, control: Control) -> None:
    made = uploading(api, clip()).execute()
    control.advance(3)
    status = {"privacyStatus": "public", "selfDeclaredMadeForKids": False}
    shown = api.videos().update(part="status", body={"id": made["id"], "status": status}).execute()
    assert shown["status"]["privacyStatus"] == "public"
    (read,) = api.videos().list(part="snippet,status,statistics,processingDetails", id=made["id"]).execute()["items"]
    assert (read["status"]["uploadStatus"], read["processingDetails"]["processingStatus"]) == ("processed", "succeeded")
    text = {"snippet": {"textOriginal": "Hello"}}
    body = {"snippet": {"videoId": made["id"], "topLevelComment": text}}
    said = api.commentThreads().insert(part="snippet", body=body).execute()
    listed = api.commentThreads().list(part="snippet", videoId=made["id"]).execute()
    assert [one["id"] for one in listed["items"]] == [said["id"]]
    api.videos().delete(id=made["id"]).execute()
    assert control.posts("youtube", private=1) == []


def test_it_finds_the_channel_and_its_uploads(api: Any, control: Control) -> None:
    (channel,) = api.channels().list(part="snippet,contentDetails,status", mine=True).execute()["items"]
    assert (channel["id"], channel["status"]["longUploadsStatus"]) == (NORRE, "allowed")
    made = [uploading(api, clip()).execute()["id"] for _ in range(3)]
    playlist, found = channel["contentDetails"]["relatedPlaylists"]["uploads"], []
    request = api.playlistItems().list(part="contentDetails", playlistId=playlist, maxResults=2)
    while request is not None:
        page = request.execute()
        found += [row["contentDetails"]["videoId"] for row in page["items"]]
        request = api.playlistItems().list_next(request, page)
    assert found == made[::-1]


def test_it_sets_a_thumbnail_and_fills_a_playlist(api: Any, control: Control) -> None:
    made = uploading(api, clip()).execute()["id"]
    image = MediaIoBaseUpload(io.BytesIO(picture()), mimetype="image/jpeg")
    assert api.thumbnails().set(videoId=made, media_body=image).execute()["items"]
    (playlist,) = api.playlists().list(part="snippet", mine=True).execute()["items"]
    resource = {"kind": "youtube#video", "videoId": made}
    api.playlistItems().insert(
        part="snippet", body={"snippet": {"playlistId": playlist["id"], "resourceId": resource}}
    ).execute()
    (video,) = control.posts("youtube", private=1)
    assert (video["thumbnail"], video["playlists"]) == ("image/jpeg", [playlist["id"]])


def test_it_reads_reports(norre: Tube, api: Any, control: Control, maker: Callable[..., Tube]) -> None:
    made = uploading(api, clip()).execute()["id"]
    api.videos().update(part="status", body={"id": made, "status": {"privacyStatus": "public"}}).execute()
    control.advance(3 * 86_400)
    analytics = client(maker(), "youtubeAnalytics.v2.json", "analytics/")
    table = analytics.reports().query(
        ids="channel==MINE",
        startDate="2026-01-01",
        endDate="2026-12-31",
        metrics="views,shares",
        dimensions="video",
        filters=f"video=={made}",
    )
    answer = table.execute()
    assert [column["name"] for column in answer["columnHeaders"]] == ["video", "views", "shares"]
    assert answer["rows"][0][0] == made


def test_it_meets_errors_as_its_own(api: Any, control: Control) -> None:
    with pytest.raises(HttpError) as refused:
        api.videos().delete(id="nothing").execute()
    assert (refused.value.status_code, refused.value.error_details[0]["reason"]) == (404, "videoNotFound")
    control.settings(youtube_uploads_per_day=0)
    with pytest.raises(ResumableUploadError) as full:
        uploading(api, clip()).execute()
    assert full.value.status_code == 429


def test_its_credentials_renew_themselves(norre: Tube, control: Control) -> None:
    control.advance(3600)
    api = client(
        norre,
        refresh_token=norre.tokens["refresh_token"],
        token_uri=f"{norre.api}/token",
        client_id=CLIENT,
        client_secret=SECRET,
    )
    assert api.channels().list(part="id", mine=True).execute()["items"][0]["id"] == NORRE
    assert "token_refresh" in [row["operation"] for row in control.ledger(platform="youtube")]
