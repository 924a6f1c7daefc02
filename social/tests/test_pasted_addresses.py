"""The address of a post that a person pastes: whether it is one of the platform's, and which post it names."""

import pytest

from social import platforms

GOOD: list[tuple[str, str, str]] = [
    ("x", "https://x.com/norrestudio/status/1860000000000000001?s=20", "1860000000000000001"),
    ("x", "https://twitter.com/norrestudio/status/1860000000000000001", "1860000000000000001"),
    ("facebook", "https://www.facebook.com/norrestudio/posts/122093821234567890", "122093821234567890"),
    (
        "linkedin",
        "https://www.linkedin.com/feed/update/urn:li:share:7265000000000000001/",
        "urn:li:share:7265000000000000001",
    ),
    ("youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1", "dQw4w9WgXcQ"),
    ("youtube", "https://youtu.be/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
    ("youtube", "https://youtube.com/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
    ("tiktok", "https://www.tiktok.com/@norre.studio/video/7440000000000000001", "7440000000000000001"),
    ("threads", "https://www.threads.com/@norre.studio/post/DCabcdEfGhI", ""),
]
BAD: list[tuple[str, str]] = [
    ("x", "https://x.com/norrestudio"),
    ("x", "https://x.com.evil.example/norrestudio/status/1860000000000000001"),
    ("x", "javascript:alert(1860000000000000001)"),
    ("x", "https://[half/1860000000000000001"),
    ("facebook", "https://x.com/norrestudio/status/1860000000000000001"),
    ("youtube", "https://www.youtube.com/@norrestudio"),
    ("youtube", "https://www.youtube.com/watch?v=short"),
    ("threads", "https://www.threads.com/@norre.studio"),
    ("linkedin", "https://www.linkedin.com/in/maja-lindqvist/"),
]


def found(slug: str, link: str) -> str | None:
    platform = platforms.get(slug)
    return platform.remote_id_in(link) if platform.is_its_address(link) else None


@pytest.mark.parametrize(("slug", "link", "remote_id"), GOOD)
def test_an_address_names_its_post(slug: str, link: str, remote_id: str) -> None:
    assert found(slug, link) == remote_id


@pytest.mark.parametrize(("slug", "link"), BAD)
def test_what_is_no_post_of_the_platform_is_not_taken_for_one(slug: str, link: str) -> None:
    assert found(slug, link) is None
