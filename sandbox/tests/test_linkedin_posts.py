"""LinkedIn's posts, uploads, comments and numbers in the sandbox: strict where LinkedIn is, and just as silent."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image

from sandbox.platforms.linkedin import little
from sandbox.testing import Control, Running, start
from sandbox.tests.linkedin import (
    LAMPS,
    MAJA,
    NORRE,
    Member,
    encoded,
    maja,
    maker,
    post,
    refusal,
    shared,
)

__all__ = ["maja", "maker", "shared"]
FILM = b"\0\0\0\x18ftypisom" + bytes(80_000)


def png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def only(control: Control) -> dict[str, Any]:
    (found,) = control.posts("linkedin")
    return found


def image(control: Control, who: Member, owner: str = NORRE) -> str:
    value = who.begin("images", owner)
    assert who.call("PUT", value["uploadUrl"], data=png()).status_code == 201
    control.advance(2)
    return str(value["image"])


# -- little text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commentary", "shown"),
    [
        ("plain", "plain"),
        ("a \\(b\\) c", "a (b) c"),
        ("before (after)", "before "),
        ("mail me@example.org", "mail me"),
        ("#lamps and {hashtag|\\#|Nordic}", "#lamps and #Nordic"),
        ("C# rest", "C"),
        ("by @[Alma \\(Lamps\\)](urn:li:organization:1) here", "by Alma (Lamps) here"),
        ("by @[Alma](urn:li:share:1) here", "by "),
        ("back\\slash", "back"),
        ("two\\\\", "two\\"),
    ],
)
def test_an_unescaped_character_silently_ends_the_text(
    control: Control, maja: Member, commentary: str, shown: str
) -> None:
    maja.said(commentary)
    assert only(control)["text"] == shown == little.shown(commentary)


def test_hashtags_are_read_back_as_templates(maja: Member) -> None:
    urn = maja.said("#lamps \\#not")
    assert maja.get(f"/rest/posts/{encoded(urn)}").json()["commentary"] == "{hashtag|\\#|lamps} \\#not"


# -- what a post may be ------------------------------------------------------------------------------

POLL = {"question": "Which?", "options": [{"text": "A"}, {"text": "B"}], "settings": {"duration": "ONE_DAY"}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"extra": 1}, (422, "UNPERMITTED_FIELDS")),
        ({"author": "urn:li:person:nobody"}, (400, "INVALID_URN_ID")),
        ({"author": 1}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"visibility": "FRIENDS"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"visibility": "CONNECTIONS"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"lifecycleState": "DRAFT"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"distribution": {}}, (400, "MISSING_FIELD")),
        ({"commentary": "a" * 3001}, (400, "FIELD_LENGTH_TOO_LONG")),
        ({"commentary": ""}, (400, "MISSING_FIELD")),
        ({"content": {"article": {"source": "https://a.example"}}}, (400, "FIELD_LENGTH_TOO_LONG")),
        ({"content": {"article": {"source": "lamps", "title": "A"}}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"content": {"media": {"id": "urn:li:image:none"}}}, (400, "INVALID_URN_ID")),
        ({"content": {"media": {"id": "urn:li:share:1"}}}, (400, "INVALID_URN_TYPE")),
        ({"content": {"multiImage": {"images": []}}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"content": {"poll": {**POLL, "options": POLL["options"][:1]}}}, (400, "INVALID_VALUE_FOR_FIELD")),  # type: ignore[index]
        ({"content": {"poll": {**POLL, "settings": {}}}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"content": {"poll": POLL, "article": {}}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"content": {"carousel": {}}}, (422, "UNPERMITTED_FIELDS")),
    ],
)
def test_a_post_is_checked_field_by_field(
    control: Control, maja: Member, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refusal(maja.post("/rest/posts", post("Hello") | change)) == expected
    assert control.posts("linkedin") == []


@pytest.mark.parametrize("name", ["author", "commentary", "visibility", "distribution", "lifecycleState"])
def test_what_is_needed_is_needed(maja: Member, name: str) -> None:
    body = post("Hello")
    del body[name]
    assert refusal(maja.post("/rest/posts", body)) == (400, "MISSING_FIELD")


def test_polls_and_reshares(control: Control, maja: Member) -> None:
    poll = maja.said("Tell us", content={"poll": POLL})
    assert poll.startswith("urn:li:ugcPost:")
    maja.said("Look", reshareContext={"parent": poll})
    assert control.posts("linkedin")[-1]["parent"] == poll
    closed = maja.said("Not further", isReshareDisabledByAuthor=True)
    assert refusal(maja.say("Look", reshareContext={"parent": closed})) == (400, "RESHARE_DISABLED")


def test_one_posts_only_as_oneself_and_where_one_has_a_role(control: Control, maja: Member, shared: Member) -> None:
    assert maja.said("As Maja", MAJA)
    assert refusal(maja.say("As Tomas", "urn:li:person:782bbtaQ02")) == (403, "ACCESS_DENIED")
    assert refusal(shared.say("As Norre", NORRE)) == (403, "ACCESS_DENIED")
    control.call("POST", "linkedin/roles", {"person": "maja-lindqvist", "organisation": "norre-studio"})
    assert refusal(maja.say("As Norre", NORRE)) == (403, "ACCESS_DENIED")


# -- duplicates --------------------------------------------------------------------------------------


def test_the_same_within_ten_minutes_is_refused_and_named(control: Control, maja: Member) -> None:
    urn = maja.said("Twice")
    answer = maja.say("Twice")
    assert refusal(answer) == (422, "DUPLICATE_POST")
    assert answer.json()["message"].endswith(f"Content is a duplicate of {urn}")
    assert maja.said("Twice", LAMPS)
    control.advance(601)
    assert maja.said("Twice")


def test_deleting_does_not_open_the_way(maja: Member) -> None:
    urn = maja.said("Twice")
    assert maja.call("DELETE", f"/rest/posts/{encoded(urn)}").status_code == 204
    assert maja.call("DELETE", f"/rest/posts/{encoded(urn)}").status_code == 204
    assert maja.say("Twice").status_code == 422


def test_the_named_post_may_be_a_ghost(control: Control, maja: Member) -> None:
    control.settings(linkedin_ghost_duplicates=True)
    maja.said("Twice")
    urn = maja.say("Twice").json()["message"].rpartition(" ")[2]
    assert maja.get(f"/rest/posts/{encoded(urn)}").status_code == 404


# -- reading -----------------------------------------------------------------------------------------


def test_a_pages_posts_are_read_and_a_members_are_not(control: Control, maja: Member) -> None:
    control.settings(visibility_delay_seconds=30.0)
    urn = maja.said("Hello")
    maja.said("As Maja", MAJA)
    path = f"/rest/posts?q=author&author={encoded(NORRE)}"
    assert maja.get(path).json()["elements"] == []
    control.advance(30)
    assert [one["id"] for one in maja.get(path).json()["elements"]] == [urn]
    assert refusal(maja.get(f"/rest/posts?q=author&author={encoded(MAJA)}")) == (403, "ACCESS_DENIED")


def test_urns_are_percent_encoded_or_refused(maja: Member) -> None:
    urn = maja.said("Hello")
    assert refusal(maja.get(f"/rest/posts/{urn}")) == (400, "ILLEGAL_ARGUMENT")
    assert refusal(maja.get(f"/rest/posts?q=author&author={NORRE}")) == (400, "ILLEGAL_ARGUMENT")


def test_the_words_can_be_changed(control: Control, maja: Member) -> None:
    path = f"/rest/posts/{encoded(maja.said('Before'))}"
    change = {"patch": {"$set": {"commentary": "After"}}}
    assert maja.post(path, change).status_code == 400
    assert maja.post(path, change, headers={"X-RestLi-Method": "PARTIAL_UPDATE"}).status_code == 204
    assert only(control)["text"] == "After"


# -- uploads -----------------------------------------------------------------------------------------


def test_a_picture_is_put_with_a_token_and_needs_a_moment(control: Control, maja: Member) -> None:
    value = maja.begin("images")
    urn, path = value["image"], f"/rest/images/{encoded(value['image'])}"
    content = {"media": {"id": urn, "altText": "A lamp"}}
    assert maja.get(path).json()["status"] == "WAITING_UPLOAD"
    assert refusal(maja.say("Hello", content=content)) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    assert maja.call("PUT", value["uploadUrl"], data=png(), drop=("Authorization",)).status_code == 401
    assert maja.call("PUT", value["uploadUrl"], data=png()).status_code == 201
    assert maja.get(path).json()["status"] == "PROCESSING"
    control.advance(2)
    assert maja.get(path).json()["status"] == "AVAILABLE"
    maja.said("Hello", content=content)
    assert only(control)["media"][0]["alt_text"] == "A lamp"


def test_what_is_no_picture_fails(control: Control, maja: Member) -> None:
    value = maja.begin("images")
    maja.call("PUT", value["uploadUrl"], data=b"not a picture")
    control.advance(2)
    assert maja.get(f"/rest/images/{encoded(value['image'])}").json()["status"] == "PROCESSING_FAILED"
    answer = maja.say("Hello", content={"media": {"id": value["image"]}})
    assert refusal(answer) == (400, "MEDIA_ASSET_PROCESSING_FAILED")


def test_an_upload_belongs_to_the_author(control: Control, maja: Member) -> None:
    urn = image(control, maja)
    assert refusal(maja.say("Hello", LAMPS, content={"media": {"id": urn}})) == (403, "ACCESS_DENIED")


def test_a_member_may_look_at_films_only(shared: Member) -> None:
    value = shared.begin("images", MAJA)
    assert refusal(shared.get(f"/rest/images/{encoded(value['image'])}")) == (403, "ACCESS_DENIED")
    film = shared.begin("videos", MAJA, fileSizeBytes=len(FILM))
    assert shared.get(f"/rest/videos/{encoded(film['video'])}").json()["status"] == "WAITING_UPLOAD"


def test_a_document_needs_a_title(control: Control, maja: Member) -> None:
    value = maja.begin("documents")
    maja.call("PUT", value["uploadUrl"], data=b"%PDF-1.7 and so on")
    control.advance(2)
    assert refusal(maja.say("Hello", content={"media": {"id": value["document"]}})) == (400, "MISSING_FIELD")
    maja.said("Hello", content={"media": {"id": value["document"], "title": "Report"}})


def parts(value: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [(one["uploadUrl"], FILM[one["firstByte"] : one["lastByte"] + 1]) for one in value["uploadInstructions"]]


def finish(who: Member, value: dict[str, Any], etags: list[str]) -> requests.Response:
    asked = {"video": value["video"], "uploadToken": value["uploadToken"], "uploadedPartIds": etags}
    return who.post("/rest/videos?action=finalizeUpload", {"finalizeUploadRequest": asked})


def test_a_film_goes_in_exact_parts_without_a_token(control: Control, maja: Member) -> None:
    control.settings(linkedin_part_bytes=30_000)
    value = maja.begin("videos", fileSizeBytes=len(FILM))
    pieces = parts(value)
    assert [len(data) for _, data in pieces] == [30_000, 30_000, len(FILM) - 60_000]
    assert maja.call("PUT", pieces[0][0], data=pieces[0][1]).status_code == 401
    assert requests.put(pieces[0][0], data=pieces[0][1][:-1], timeout=10).status_code == 400
    etags = [requests.put(address, data=data, timeout=10).headers["etag"].strip('"') for address, data in pieces]
    assert refusal(finish(maja, value, etags[:-1]))[0] == 400
    assert refusal(finish(maja, value, etags[::-1]))[0] == 400
    assert finish(maja, value, etags).status_code == 200
    control.advance(3)
    assert maja.get(f"/rest/videos/{encoded(value['video'])}").json()["status"] == "AVAILABLE"
    maja.said("A film", content={"media": {"id": value["video"], "title": "Film"}})


def test_the_addresses_end_after_a_day(control: Control, maja: Member) -> None:
    value = maja.begin("videos", fileSizeBytes=len(FILM))
    control.advance(25 * 3600)
    answer = requests.put(*parts(value)[0], timeout=10)
    assert refusal(answer)[1] == "EXPIRED_UPLOAD_URL"


# -- comments, numbers -------------------------------------------------------------------------------


def comment(who: Member, urn: str, words: str = "More (here)", actor: str = NORRE, **others: Any) -> requests.Response:
    body = {"actor": actor, "object": urn, "message": {"text": words}, **others}
    return who.post(f"/rest/socialActions/{encoded(urn)}/comments", body)


def test_a_comment_is_plain_words(control: Control, maja: Member) -> None:
    urn = maja.said("Hello")
    answer = comment(maja, urn)
    assert answer.status_code == 201
    assert answer.headers["x-restli-id"] == answer.json()["id"]
    assert only(control)["comments"][0]["message"]["text"] == "More (here)"
    listed = maja.get(f"/rest/socialActions/{encoded(urn)}/comments").json()["elements"]
    assert [one["commentUrn"] for one in listed] == [answer.json()["commentUrn"]]
    assert comment(maja, urn, "a" * 1251).status_code == 400
    assert comment(maja, urn, object="urn:li:share:1").status_code == 400


def test_comments_want_their_own_scope_unless_the_world_is_lenient(control: Control, shared: Member) -> None:
    urn = shared.said("Hello", MAJA)
    assert refusal(comment(shared, urn, actor=MAJA)) == (403, "ACCESS_DENIED")
    control.settings(linkedin_comment_scope=False)
    assert comment(shared, urn, actor=MAJA).status_code == 201


def test_numbers_want_the_organisation_and_leave_quiet_posts_out(control: Control, maja: Member) -> None:
    urn = maja.said("Hello")
    path = f"/rest/organizationalEntityShareStatistics?q=organizationalEntity&shares=List({encoded(urn)})"
    assert refusal(maja.get(path)) == (400, "MISSING_FIELD")
    path += f"&organizationalEntity={encoded(NORRE)}"
    assert maja.get(path).json()["elements"] == []
    control.advance(86_400)
    (element,) = maja.get(path).json()["elements"]
    assert element["share"] == urn
    assert element["totalShareStatistics"]["impressionCount"] > 0


def test_a_members_numbers_come_one_by_one(control: Control, maja: Member, shared: Member) -> None:
    urn = maja.said("Hello", MAJA)
    control.advance(86_400)
    path = (
        f"/rest/memberCreatorPostAnalytics?q=entity&entity=(share:{encoded(urn)})&queryType=REACTION&aggregation=TOTAL"
    )
    assert maja.get(path).json()["elements"][0]["count"] > 0
    assert refusal(shared.get(path)) == (403, "ACCESS_DENIED")
    assert maja.get(path.replace("REACTION", "LOVE")).status_code == 400


# -- faults, pages, restarts -------------------------------------------------------------------------


def test_a_post_can_be_made_without_saying_so(control: Control, maja: Member) -> None:
    control.add_fault(platform="linkedin", operation="create_post", kind="missing_id")
    answer = maja.say("Hello")
    assert answer.status_code == 201
    assert "x-restli-id" not in answer.headers
    assert only(control)["text"] == "Hello"


@pytest.mark.parametrize("kind", ["accept_then_reset", "late_delivery"])
def test_a_post_can_arrive_although_the_line_broke(control: Control, maja: Member, kind: str) -> None:
    control.add_fault(platform="linkedin", operation="create_post", kind=kind, params={"seconds": 3600})
    with pytest.raises(requests.ConnectionError):
        maja.say("Hello")
    control.advance(3600)
    assert only(control)["text"] == "Hello"


def test_the_world_is_kept_over_a_restart(tmp_path: Any) -> None:
    running: Running = start(tmp_path)
    try:
        tokens = running.control.tokens("maja-lindqvist", platform="linkedin", client_id="sandbox-linkedin-client")
        maja = Member(running.url, tokens)
        first = maja.said("Before")
        running.kill()
        running.restart()
        second = Member(running.url, tokens).said("After")
        assert [one["id"] for one in running.control.posts("linkedin")] == [first, second]
    finally:
        running.stop()


def test_the_pages_show_what_was_posted(control: Control, url: str, maker: Callable[..., Member]) -> None:
    who = maker()
    who.said("Hello \\<b\\>there\\</b\\> #lamps")
    urn = who.said("A card", content={"article": {"source": "https://norre.example/a", "title": "Alma"}})
    for path in ("", "/company/norre-studio", f"/feed/update/{urn}/"):
        page = requests.get(f"{url}/linkedin{path}", timeout=10)
        assert page.status_code == 200
        assert "linkedin.css" in page.text
    assert "Alma" in page.text
    home = requests.get(f"{url}/linkedin", timeout=10).text
    assert "&lt;b&gt;there" in home
    assert '<span class="tag">#lamps</span>' in home
    assert requests.get(f"{url}/linkedin/in/norre-studio", timeout=10).status_code == 404
    assert requests.get(f"{url}/static/linkedin.css", timeout=10).status_code == 200
