"""Every request of ours against Google's own description of its API, as its Python client carries it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from multivio import http
from sandbox.testing import Running
from social.platforms import youtube_content
from social.platforms.youtube import asked_scopes
from social.tests.making import Files
from social.tests.youtube_making import PLAYLIST, YOUTUBE, channel, content, film, job, naps, publish, thumbnail

__all__ = ["naps"]
DOCUMENTS = resources.files("googleapiclient.discovery_cache.documents")
SIMPLE: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCUMENTS / name).read_text())
    return found


DATA, ANALYTICS = document("youtube.v3.json"), document("youtubeAnalytics.v2.json")


def methods(resource: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from methods(inner)


@dataclass(frozen=True)
class Sent:
    verb: str
    path: str
    query: dict[str, str]
    body: Any


def described(sent: Sent) -> dict[str, Any]:
    """The method that a request is: by verb and path, uploads by the path for media."""
    path = sent.path.partition("/youtube/api")[2]
    if path.startswith("/analytics/"):
        return next(one for one in methods(ANALYTICS) if f"/analytics/{one['path']}" == path)
    for one in methods(DATA):
        simple = one.get("mediaUpload", {}).get("protocols", {}).get("simple", {}).get("path")
        if one["httpMethod"] == sent.verb and path in (f"/{one['path']}", simple):
            return one
    raise AssertionError(f"Google knows no {sent.verb} {path}")


def check(value: Any, schema: Mapping[str, Any], place: str) -> None:
    if "$ref" in schema:
        schema = DATA["schemas"][schema["$ref"]]
    kind = schema["type"]
    fits: bool = isinstance(value, SIMPLE[kind])
    assert fits, place
    assert "enum" not in schema or value in schema["enum"], place
    if kind == "array":
        for one in value:
            check(one, schema["items"], place)
    if kind == "object":
        for name, one in value.items():
            assert name in schema["properties"], f"{place}.{name}"
            check(one, schema["properties"][name], f"{place}.{name}")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """What leaves us for the API; bytes of a session go to an address that Google made up itself."""
    seen: list[Sent] = []
    original = http.request

    def watched(method: str, url: str, **details: Any) -> http.Response:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        if "upload_id" not in query:
            seen.append(Sent(method, parts.path, query, details.get("json_body")))
        return original(method, url, **details)

    monkeypatch.setattr(http, "request", watched)
    return seen


def test_all_that_we_ask_is_what_google_describes(sandbox: Running, sent: list[Sent]) -> None:
    files, who = Files(), channel(sandbox)
    options = {"tags": ["lamp"], "first_comment": "Hello", "playlist": PLAYLIST, "synthetic_media": True}
    one = job(who, content("About it", film(files), thumbnail(files), **options), files)
    video, _ = publish(one)
    sandbox.control.advance(3 * 86_400)
    who = channel(sandbox)
    YOUTUBE.metrics(who, [video.remote_id])
    YOUTUBE.delete(who, video.remote_id)
    known = set()
    for request in sent:
        method = described(request)
        known.add(method["id"])
        parameters = {**DATA["parameters"], **method["parameters"]}
        for name, value in request.query.items():
            if name == "uploadType":  # of the media protocol
                continue
            assert name in parameters, (method["id"], name)
            told = parameters[name]
            assert "maximum" not in told or int(value) <= int(told["maximum"]), (method["id"], name)
            assert "enum" not in told or value in told["enum"], (method["id"], name)
        needed = {name for name, told in method["parameters"].items() if told.get("required")}
        assert needed <= set(request.query), method["id"]
        assert any(scope in method["scopes"] for scope in asked_scopes()), method["id"]
        if request.body is not None:
            check(request.body, method["request"], method["id"])
    assert known == {
        *("youtube.videos.insert", "youtube.videos.update", "youtube.videos.list", "youtube.videos.delete"),
        *("youtube.thumbnails.set", "youtube.playlistItems.list", "youtube.playlistItems.insert"),
        *("youtube.commentThreads.insert", "youtubeAnalytics.reports.query"),
    }


def test_limits_are_those_of_the_description(settings: Any) -> None:
    upload = DATA["resources"]["videos"]["methods"]["insert"]["mediaUpload"]
    picture = DATA["resources"]["thumbnails"]["methods"]["set"]["mediaUpload"]
    assert int(upload["maxSize"]) == settings.YOUTUBE_VIDEO_MAX_BYTES
    assert int(picture["maxSize"]) == settings.YOUTUBE_THUMBNAIL_MAX_BYTES


def test_every_choice_is_one_that_google_knows() -> None:
    status = DATA["schemas"]["VideoStatus"]["properties"]
    choices = {option.key: {value for value, _ in option.choices} for option in youtube_content.OPTIONS}
    assert choices["privacy"] == set(status["privacyStatus"]["enum"])
    assert choices["license"] == set(status["license"]["enum"])


def test_every_reason_for_which_a_video_is_lost_has_a_sentence() -> None:
    from social.platforms import sentences_youtube  # noqa: PLC0415

    status = DATA["schemas"]["VideoStatus"]["properties"]
    assert set(sentences_youtube.FAILURES) == set(status["failureReason"]["enum"])
    assert set(sentences_youtube.REJECTIONS) == set(status["rejectionReason"]["enum"])
