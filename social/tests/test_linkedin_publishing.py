"""Publishing on LinkedIn: every kind of content, as it arrives there."""

from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import Account, MediaKind, VariantMedia
from social.tests.linkedin_making import (
    LINKEDIN,
    MAJA,
    NORRE,
    Naps,
    content,
    document,
    film,
    job,
    member,
    naps,
    only_post,
    operations,
    page,
    photo,
    publish,
)
from social.tests.making import Files, moving_gif

__all__ = ["naps"]


@pytest.fixture(params=["page", "member"])
def who(request: Any, sandbox: Running) -> Account:
    return page(sandbox) if request.param == "page" else member(sandbox)


def test_words_arrive(sandbox: Running, who: Account) -> None:
    (proof,) = publish(job(who, content("Good morning, Copenhagen.")))
    post = only_post(sandbox)
    assert (post["text"], post["author"]) == ("Good morning, Copenhagen.", who.remote_id)
    assert (proof.remote_id, proof.remote_url) == (post["id"], post["url"])
    assert post["visibility"] == "PUBLIC"
    assert post["is_reshare_disabled"] is False
    assert post["content"] == {}


@pytest.mark.parametrize(
    "text",
    [
        "Prices (in DKK) {from} [today] <now>: 5 * 3 ~ 15 | @ noon_ish \\ maybe",
        "C# and F#, #lamps #Nordic2026 and #",
        "Cafe\u0301 👩‍👩‍👧‍👦\nsecond line\n\nthird",
        "https://example.org/a_b?c=(d)&e=~f#g",
    ],
)
def test_nothing_of_the_text_is_cut_off(sandbox: Running, text: str) -> None:
    publish(job(page(sandbox), content(text)))
    assert only_post(sandbox)["text"] == text


def test_hashtags_stay_hashtags_and_mentions_mentions(sandbox: Running) -> None:
    publish(job(page(sandbox), content("#lamps by @[Alma (Lamps)](urn:li:organization:10482040) #1")))
    post = only_post(sandbox)
    assert post["commentary"] == "#lamps by @[Alma \\(Lamps\\)](urn:li:organization:10482040) #1"
    assert post["text"] == "#lamps by Alma (Lamps) #1"


def test_a_picture_keeps_its_alt_text(sandbox: Running, who: Account) -> None:
    files = Files()
    media = photo(files, alt_text="A brass lamp (old)")
    publish(job(who, content("Lamp", media), files))
    (shown,) = only_post(sandbox)["media"]
    assert (shown["sha256"], shown["alt_text"]) == (media.sha256, "A brass lamp (old)")


def test_several_pictures_keep_their_order(sandbox: Running, who: Account) -> None:
    files = Files()
    media = tuple(photo(files, alt_text=f"Lamp {number}") for number in range(5))
    publish(job(who, content("Five", *media), files))
    post = only_post(sandbox)
    assert [one["sha256"] for one in post["media"]] == [one.sha256 for one in media]
    assert [one["alt_text"] for one in post["media"]] == [f"Lamp {number}" for number in range(5)]
    assert "multiImage" in post["content"]


def test_a_gif_is_a_picture_there(sandbox: Running) -> None:
    files = Files()
    media = files.add(moving_gif(), kind=MediaKind.GIF, mime="image/gif", frames=3)
    publish(job(page(sandbox), content("", media), files))
    assert only_post(sandbox)["media"][0]["sha256"] == media.sha256


def test_a_video_goes_in_parts_and_keeps_its_title(sandbox: Running, who: Account) -> None:
    sandbox.control.settings(linkedin_part_bytes=30_000)
    files = Files()
    media = film(files)
    publish(job(who, content("A film", media, title="How it is made"), files))
    (shown,) = only_post(sandbox)["media"]
    assert (shown["sha256"], shown["title"]) == (media.sha256, "How it is made")
    assert operations(sandbox).count("part") == 3
    assert files.opened == [media.uid]


def test_a_document_shows_under_its_title(sandbox: Running, who: Account) -> None:
    files = Files()
    media = document(files)
    publish(job(who, content("Our year", media, title="Annual report"), files))
    (shown,) = only_post(sandbox)["media"]
    assert (shown["sha256"], shown["title"]) == (media.sha256, "Annual report")


def test_a_link_has_the_card_that_was_written_for_it(sandbox: Running) -> None:
    files = Files()
    media = photo(files)
    options = {"link": "https://example.org/lamps", "link_title": "Lamps", "link_description": "All of them"}
    publish(job(page(sandbox), content("Look", media, **options), files))
    post = only_post(sandbox)
    article = post["content"]["article"]
    assert (article["source"], article["title"], article["description"]) == tuple(options.values())
    assert post["media"][0]["sha256"] == media.sha256


def test_a_poll(sandbox: Running, who: Account) -> None:
    options = {"poll_question": "Which lamp?", "poll_answers": ["Brass", "Steel "], "poll_days": "SEVEN_DAYS"}
    publish(job(who, content("Tell us", **options)))
    poll = only_post(sandbox)["content"]["poll"]
    assert poll["question"] == "Which lamp?"
    assert [one["text"] for one in poll["options"]] == ["Brass", "Steel"]
    assert poll["settings"] == {"duration": "SEVEN_DAYS"}


def test_who_sees_it_and_who_may_pass_it_on(sandbox: Running) -> None:
    publish(job(member(sandbox), content("Between us", visibility="CONNECTIONS", no_reshare=True)))
    post = only_post(sandbox)
    assert (post["visibility"], post["is_reshare_disabled"]) == ("CONNECTIONS", True)


def test_a_first_comment_follows_as_plain_words(sandbox: Running) -> None:
    words = "More (much more) at https://example.org/a_b #lamps"
    post_proof, comment_proof = publish(job(page(sandbox), content("Read on", first_comment=words)))
    post = only_post(sandbox)
    (comment,) = post["comments"]
    assert (comment["message"]["text"], comment["actor"]) == (words, NORRE)
    assert comment_proof.remote_id == comment["commentUrn"]
    assert comment_proof.remote_url.startswith(f"{post_proof.remote_url}?commentUrn=")


def test_a_member_with_the_permission_comments_too(sandbox: Running) -> None:
    who = member(sandbox, client_id="sandbox-linkedin-client")
    publish(job(who, content("Read on", first_comment="More")))
    assert only_post(sandbox)["comments"][0]["actor"] == MAJA


def test_a_comment_waits_for_a_post_that_is_not_there_yet(sandbox: Running, naps: Naps) -> None:
    refusal = {"status": 404, "code": "NOT_FOUND", "message": "Could not find entity"}
    sandbox.control.add_fault(platform="linkedin", operation="create_comment", kind="refuse", params=refusal)
    publish(job(page(sandbox), content("Read on", first_comment="More")))
    assert naps.taken == [2.0]
    assert len(only_post(sandbox)["comments"]) == 1


def test_every_call_names_version_and_protocol(sandbox: Running, settings: Any) -> None:
    settings.LINKEDIN_API_VERSION = "202606"
    sandbox.control.settings(linkedin_versions="202606")
    who = page(sandbox)
    publish(job(who, content("Hello")))
    assert LINKEDIN.metrics(who, ["urn:li:share:1"])["urn:li:share:1"].is_gone


def test_a_member_waits_since_looking_is_not_allowed(sandbox: Running, naps: Naps) -> None:
    files = Files()
    media: tuple[VariantMedia, ...] = (photo(files), photo(files))
    publish(job(member(sandbox), content("Two", *media), files))
    assert all(15 < seconds <= 20 for seconds in naps.taken)
    assert len(only_post(sandbox)["media"]) == 2


def test_what_was_deleted_is_gone_and_deleting_it_again_is_fine(sandbox: Running, who: Account) -> None:
    (proof,) = publish(job(who, content("Not for long")))
    LINKEDIN.delete(who, proof.remote_id)
    LINKEDIN.delete(who, proof.remote_id)
    assert sandbox.control.posts("linkedin") == []


def test_the_timeline_shows_it(sandbox: Running) -> None:
    files = Files()
    publish(job(page(sandbox), content("Our year (2026)", document(files), title="Annual report"), files))
    shown = sandbox.control.session.get(f"{sandbox.url}/linkedin").text
    assert "Our year (2026)" in shown
    assert "Annual report" in shown
    address = only_post(sandbox)["url"]
    assert "Norre Studio on LinkedIn" in sandbox.control.session.get(address).text


@pytest.mark.parametrize(
    ("link", "urn"),
    [
        ("https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/", "urn:li:share:7141138937766391808"),
        (
            "https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A7141138937766391808?utm_source=share",
            "urn:li:ugcPost:7141138937766391808",
        ),
        (
            "https://www.linkedin.com/posts/norre-studio_our-year-activity-7141138937766391808-aB1c",
            "urn:li:activity:7141138937766391808",
        ),
        ("https://www.linkedin.com/company/norre-studio/posts/", None),
        ("https://www.linkedin.com/in/maja-lindqvist/", None),
    ],
)
def test_a_post_is_known_by_its_address(link: str, urn: str | None) -> None:
    assert LINKEDIN.remote_id_in(link) == urn


def test_its_own_address_leads_back_to_it(sandbox: Running) -> None:
    (proof,) = publish(job(page(sandbox), content("Hello")))
    assert LINKEDIN.remote_id_in(proof.remote_url) == proof.remote_id
