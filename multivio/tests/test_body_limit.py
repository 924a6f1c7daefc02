"""A body that is too long is refused at the door, before it is on our disk."""

import json
from typing import Any

import pytest

from multivio.body_limit import ENVELOPE, BodyLimit
from multivio.testing.waiting import run_async

SMALL, LARGE = 1000, 5000
UPLOAD, OTHER = "/api/v1/media", "/api/v1/posts"
KEY, COOKIE = (b"authorization", b"Bearer mv_x"), (b"cookie", b"sessionid=x")


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = SMALL
    settings.MEDIA_MAX_BYTES = LARGE


def send(path: str, size: int, *headers: tuple[bytes, bytes], declared: bool = True) -> tuple[int, int]:
    """Status of the answer, and how many bytes the application behind was handed."""
    read, answers = 0, []
    chunks = [min(200, size - at) for at in range(0, size, 200)]

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal read
        more = True
        while more:
            message = await receive()
            read += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * chunks.pop(0), "more_body": bool(chunks)}

    async def collect(message: Any) -> None:
        answers.append(message)

    length = [(b"content-length", str(size).encode())] if declared else []
    scope = {"type": "http", "path": path, "headers": [*headers, *length]}
    run_async(BodyLimit(application)(scope, receive, collect))
    if answers[0]["status"] == 413:
        assert json.loads(answers[1]["body"])["code"] == "too_large"
    return answers[0]["status"], read


class TestBodyLimit:
    @pytest.mark.parametrize("who", [KEY, COOKIE])
    @pytest.mark.parametrize("path", [UPLOAD, "/w/studio/media/upload"])
    def test_files_may_be_long(self, path: str, who: tuple[bytes, bytes]) -> None:
        assert send(path, LARGE + ENVELOPE, who) == (200, LARGE + ENVELOPE)

    def test_nothing_is_read_of_what_is_declared_too_long(self) -> None:
        assert send(UPLOAD, LARGE + ENVELOPE + 1, KEY) == (413, 0)

    def test_what_does_not_say_how_long_it_is_is_stopped_on_the_way(self) -> None:
        status, read = send(UPLOAD, 10 * (LARGE + ENVELOPE), KEY, declared=False)
        assert status == 413
        assert read <= LARGE + ENVELOPE

    @pytest.mark.parametrize("path", [OTHER, "/nowhere", f"{UPLOAD}/0197aaaa-0000-7000-8000-000000000001"])
    def test_everywhere_else_it_has_to_be_short(self, path: str) -> None:
        assert send(path, SMALL + ENVELOPE, KEY)[0] == 200
        assert send(path, SMALL + ENVELOPE + 1, KEY) == (413, 0)

    def test_who_shows_no_cookie_and_no_key_may_not_send_files(self) -> None:
        assert send(UPLOAD, SMALL + ENVELOPE + 1) == (413, 0)

    def test_the_server_runs_behind_it(self) -> None:
        from multivio.asgi import application  # noqa: PLC0415 - sets Django up as a server does

        assert isinstance(application, BodyLimit)
