"""The sandbox's videos: what becomes of them, who may see and change them, and what goes with them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from sandbox.testing import Control
from sandbox.tests.youtube import AUTH, GOOD, NORRE, Tube, clip, maker, norre, reason

__all__ = ["maker", "norre"]


def public(video_id: str, **status: Any) -> dict[str, Any]:
    return {"id": video_id, "snippet": GOOD["snippet"], "status": {"privacyStatus": "public", **status}}


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 36), (200, 80, 40)).save(out, "JPEG")
    return out.getvalue()


# -- processing --------------------------------------------------------------------------------------


def test_a_video_walks_from_uploaded_to_processed(norre: Tube, control: Control) -> None:
    video_id = norre.uploaded()
    assert norre.status(video_id)["uploadStatus"] == "uploaded"
    control.advance(3)
    assert norre.status(video_id)["uploadStatus"] == "processed"


@pytest.mark.parametrize(
    ("content", "settings", "expected"),
    [
        (b"no video" * 500, {}, {"uploadStatus": "failed", "failureReason": "invalidFile"}),
        (None, {"video_fails": True}, {"uploadStatus": "failed", "failureReason": "conversion"}),
        (None, {"youtube_rejection": "claim"}, {"uploadStatus": "rejected", "rejectionReason": "claim"}),
    ],
)
def test_or_to_an_end_of_another_kind(
    norre: Tube, control: Control, content: bytes | None, settings: dict[str, Any], expected: dict[str, str]
) -> None:
    if settings:
        control.settings(**settings)
    video_id = norre.uploaded(content)
    control.advance(3)
    assert expected.items() <= norre.status(video_id).items()


def test_the_same_file_twice_is_two_videos_unless_youtube_minds(norre: Tube, control: Control) -> None:
    film = clip()
    assert norre.uploaded(film) != norre.uploaded(film)
    control.settings(youtube_rejects_duplicates=True)
    third = norre.uploaded(film)
    control.advance(3)
    assert norre.status(third)["rejectionReason"] == "duplicate"


# -- who may see and change them ---------------------------------------------------------------------


def test_a_private_video_is_the_owners_alone(norre: Tube, maker: Callable[..., Tube]) -> None:
    video_id = norre.uploaded()
    other = maker("almalamps")
    assert other.get("/videos", part="status", id=video_id).json()["items"] == []
    norre.update(public(video_id))
    assert len(other.get("/videos", part="status", id=video_id).json()["items"]) == 1
    assert reason(other.update(public(video_id))) == (403, "forbidden")
    assert reason(other.get("/videos", part="fileDetails", id=video_id)) == (403, "forbidden")


def test_an_update_replaces_whole_sections(norre: Tube, control: Control) -> None:
    video_id = norre.uploaded(
        body={
            "snippet": {**GOOD["snippet"], "description": "Words", "tags": ["a"]},
            "status": {"privacyStatus": "private", "embeddable": False, "selfDeclaredMadeForKids": True},
        }
    )
    norre.update({"id": video_id, "snippet": {"title": "New", "categoryId": "26"}, "status": {}})
    (video,) = control.posts("youtube")
    assert (video["title"], video["text"], video["tags"], video["category_id"]) == ("New", "", [], "26")
    assert (video["privacy"], video["embeddable"], video["made_for_kids"]) == ("public", True, None)


@pytest.mark.parametrize(
    ("body", "part", "expected"),
    [
        ({"snippet": {"title": "A"}}, "snippet", (400, "invalidCategoryId")),
        ({"snippet": {"categoryId": "22"}}, "snippet", (400, "invalidTitle")),
        ({"status": {"privacyStatus": "public"}}, "snippet", (400, "unexpectedPart")),
        ({"id": "nothing", "status": {"privacyStatus": "public"}}, "status", (404, "videoNotFound")),
    ],
)
def test_what_an_update_may_not_leave_out(
    norre: Tube, body: dict[str, Any], part: str, expected: tuple[int, str]
) -> None:
    video_id = norre.uploaded()
    assert reason(norre.update({"id": video_id, **body}, part)) == expected


def test_a_project_without_an_audit_keeps_everything_private_without_an_error(norre: Tube, control: Control) -> None:
    control.settings(youtube_forced_private=True)
    body = {"snippet": GOOD["snippet"], "status": {"privacyStatus": "public"}}
    video_id = norre.uploaded(body=body)
    assert norre.status(video_id)["privacyStatus"] == "private"
    answer = norre.update(public(video_id))
    assert (answer.status_code, answer.json()["status"]["privacyStatus"]) == (200, "private")


def test_a_time_that_was_set_makes_it_public(norre: Tube, control: Control) -> None:
    moment = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    body = {"snippet": GOOD["snippet"], "status": {"privacyStatus": "private", "publishAt": moment}}
    video_id = norre.uploaded(body=body)
    assert datetime.fromisoformat(norre.status(video_id)["publishAt"]) == datetime.fromisoformat(moment)
    assert control.posts("youtube") == []
    control.advance(3601)
    assert [video["id"] for video in control.posts("youtube")] == [video_id]


def test_deleting_is_for_the_owner_and_once(norre: Tube, maker: Callable[..., Tube]) -> None:
    video_id = norre.uploaded()
    assert reason(maker("almalamps").call("DELETE", "/youtube/v3/videos", params={"id": video_id})) == (
        403,
        "forbidden",
    )
    assert norre.call("DELETE", "/youtube/v3/videos", params={"id": video_id}).status_code == 204
    assert reason(norre.call("DELETE", "/youtube/v3/videos", params={"id": video_id})) == (404, "videoNotFound")


@pytest.mark.parametrize(
    ("scopes", "works"),
    [(["youtube.upload"], False), (["youtube.readonly"], True), (["youtube.force-ssl"], True), (["youtube"], True)],
)
def test_reading_needs_a_scope_for_it(maker: Callable[..., Tube], scopes: list[str], works: bool) -> None:
    answer = maker(scopes=[f"{AUTH}{scope}" for scope in scopes]).get("/channels", part="id", mine="true")
    if works:
        assert answer.json()["items"][0]["id"] == NORRE
    else:
        assert reason(answer) == (403, "insufficientPermissions")
        assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_an_account_without_a_channel_has_nothing(maker: Callable[..., Tube]) -> None:
    alma = maker("alma.berg")
    assert "items" not in alma.get("/channels", part="snippet", mine="true").json()
    assert reason(alma.start(1000)) == (401, "youtubeSignupRequired")


def test_numbers_are_texts(norre: Tube, control: Control) -> None:
    video_id = norre.uploaded(body={"snippet": GOOD["snippet"], "status": {"privacyStatus": "public"}})
    control.advance(3000)
    (video,) = norre.get("/videos", part="statistics", id=video_id).json()["items"]
    assert all(isinstance(value, str) and value.isdigit() for value in video["statistics"].values())
    hidden = public(video_id, publicStatsViewable=False)
    norre.update(hidden)
    (video,) = norre.get("/videos", part="statistics", id=video_id).json()["items"]
    assert "likeCount" not in video["statistics"]


# -- the list of uploads -----------------------------------------------------------------------------


def test_uploads_are_listed_newest_first_after_a_while(norre: Tube, control: Control) -> None:
    control.settings(visibility_delay_seconds=60.0)
    first, second = norre.uploaded(), norre.uploaded()
    asked = {"part": "snippet,contentDetails,status", "playlistId": f"UU{NORRE[2:]}", "maxResults": "50"}
    assert norre.get("/playlistItems", **asked).json()["items"] == []
    control.advance(61)
    rows = norre.get("/playlistItems", **asked).json()["items"]
    assert [row["contentDetails"]["videoId"] for row in rows] == [second, first]
    assert [row["status"]["privacyStatus"] for row in rows] == ["private", "private"]


def test_lists_come_in_pages(norre: Tube) -> None:
    made = [norre.uploaded() for _ in range(3)]
    asked = {"part": "contentDetails", "playlistId": f"UU{NORRE[2:]}", "maxResults": "2"}
    page = norre.get("/playlistItems", **asked).json()
    rest = norre.get("/playlistItems", **asked, pageToken=page["nextPageToken"]).json()
    found = [row["contentDetails"]["videoId"] for row in (*page["items"], *rest["items"])]
    assert (sorted(found), "nextPageToken" in rest) == (sorted(made), False)


# -- what goes with a video --------------------------------------------------------------------------


def test_thumbnails_are_for_verified_channels(norre: Tube, maker: Callable[..., Tube], control: Control) -> None:
    def put(tube: Tube, content: bytes) -> Any:
        params = {"videoId": tube.uploaded(), "uploadType": "media"}
        headers = {"Content-Type": "image/jpeg"}
        return tube.call("POST", "/upload/youtube/v3/thumbnails/set", params=params, data=content, headers=headers)

    assert put(norre, picture()).json()["items"][0]["default"]["url"]
    assert reason(put(norre, b"no picture")) == (400, "invalidImage")
    assert reason(put(norre, b"")) == (400, "mediaBodyRequired")
    refused = put(maker("tomaseriksen"), picture())
    assert reason(refused) == (403, "forbidden")
    assert refused.json()["error"]["errors"][0]["domain"] == "youtube.thumbnail"


def test_comments_need_a_video_that_has_some(norre: Tube, control: Control) -> None:
    def say(video_id: str) -> Any:
        text = {"snippet": {"textOriginal": "Hello"}}
        body = {"snippet": {"videoId": video_id, "topLevelComment": text}}
        return norre.call("POST", "/youtube/v3/commentThreads", params={"part": "snippet"}, json=body)

    video_id = norre.uploaded()
    control.advance(3)
    assert reason(say(video_id)) == (403, "commentsDisabled")  # private
    norre.update(public(video_id, selfDeclaredMadeForKids=True))
    assert reason(say(video_id)) == (403, "commentsDisabled")
    norre.update(public(video_id, selfDeclaredMadeForKids=False))
    made = say(video_id)
    assert made.status_code == 200, made.text
    (row,) = norre.get("/commentThreads", part="snippet", videoId=video_id).json()["items"]
    assert row["snippet"]["topLevelComment"]["snippet"]["textOriginal"] == "Hello"
    assert reason(say("nothing")) == (404, "videoNotFound")


def test_playlists_take_ones_own_videos(norre: Tube, maker: Callable[..., Tube]) -> None:
    def add(tube: Tube, playlist: str, video_id: str) -> Any:
        resource = {"kind": "youtube#video", "videoId": video_id}
        body = {"snippet": {"playlistId": playlist, "resourceId": resource}}
        return tube.call("POST", "/youtube/v3/playlistItems", params={"part": "snippet"}, json=body)

    video_id = norre.uploaded()
    (mine,) = norre.get("/playlists", part="snippet", mine="true").json()["items"]
    assert add(norre, mine["id"], video_id).status_code == 200
    rows = norre.get("/playlistItems", part="id", playlistId=mine["id"], videoId=video_id).json()["items"]
    assert len(rows) == 1
    assert reason(add(norre, "PLnowhere", video_id)) == (404, "playlistNotFound")
    assert reason(add(maker("almalamps"), mine["id"], video_id)) == (403, "playlistItemsNotAccessible")


def test_categories_say_which_may_be_used(norre: Tube) -> None:
    rows = norre.get("/videoCategories", part="snippet", regionCode="US").json()["items"]
    usable = {row["id"] for row in rows if row["snippet"]["assignable"]}
    assert ("22" in usable, "18" in usable) == (True, False)


# -- as the public sees it ---------------------------------------------------------------------------


def test_pages_show_what_people_may_see(norre: Tube, control: Control) -> None:
    seen = norre.uploaded(body={"snippet": {"title": "Brass & oak"}, "status": {"privacyStatus": "public"}})
    quiet = norre.uploaded(body={"snippet": {"title": "By address only"}, "status": {"privacyStatus": "unlisted"}})
    hidden = norre.uploaded(body={"snippet": {"title": "For nobody"}, "status": {"privacyStatus": "private"}})
    for path in ("/youtube", "/youtube/@norrestudio"):
        page = norre.call("GET", f"{norre.url}{path}").text
        assert "Brass &amp; oak" in page
        assert "By address only" not in page
        assert "For nobody" not in page
    assert norre.call("GET", f"{norre.url}/youtube/watch?v={seen}").status_code == 200
    assert "By address only" in norre.call("GET", f"{norre.url}/youtube/watch?v={quiet}").text
    assert norre.call("GET", f"{norre.url}/youtube/watch?v={hidden}").status_code == 403
    assert norre.call("GET", f"{norre.url}/youtube/media/{hidden}.mp4").status_code == 404
    assert norre.call("GET", f"{norre.url}/youtube/media/{seen}.mp4").headers["content-type"] == "video/mp4"


def test_an_upright_video_is_a_short(norre: Tube) -> None:
    norre.uploaded(clip(width=48, height=64), {"snippet": {"title": "Tall"}, "status": {"privacyStatus": "public"}})
    page = norre.call("GET", f"{norre.url}/youtube").text
    assert 'href="/youtube/shorts/' in page


def test_scenery_has_pages_too(norre: Tube) -> None:
    page = norre.call("GET", f"{norre.url}/youtube/watch?v=skagenfog02")
    assert (page.status_code, "Fog at Skagen" in page.text) == (200, True)
    assert norre.call("GET", f"{norre.url}/youtube/vi/skagenfog02.jpg").headers["content-type"] == "image/jpeg"
