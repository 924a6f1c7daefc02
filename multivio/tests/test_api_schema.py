"""The OpenAPI document is complete and true, and its reading rooms and the browsable pages open under our policy."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from rest_framework.test import APIClient

from posts.models import Post
from posts.tests import outcomes
from posts.tests.callers import caller
from posts.tests.factories import NOW, Cast, make_cast, make_connection, make_media, make_post

POSTS = "/api/v1/posts"
WITH_BODY = {"post", "put", "patch"}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def api(cast: Cast) -> APIClient:
    return caller(cast.alice, cast.workspace)


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(Client().get("/api/v1/schema?format=json").content)
    return answer


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by `method address`."""
    return {
        f"{method} {address}": operation
        for address, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


class InlineScripts(HTMLParser):
    """Collects what a strict policy would stop: scripts in the page, handlers in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append(str(self.getpos()))
        self.found += [name for name in given if name.startswith("on")]
        if str(given.get("href", "")).startswith("javascript:"):
            self.found.append("javascript:")


def inline_scripts(html: str) -> list[str]:
    parser = InlineScripts()
    parser.feed(html)
    return parser.found


class DocumentTests:
    def test_it_is_valid_and_without_a_warning(self, db: None, tmp_path: Path) -> None:
        call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))
        assert "openapi: 3.1.0" in (tmp_path / "schema.yml").read_text()

    def test_every_operation_of_posts_and_publications_is_there(self, document: dict[str, Any]) -> None:
        mine = {name for name in operations(document) if "/posts" in name or "/publications" in name}
        one, two = "/api/v1/posts/{uid}", "/api/v1/publications/{uid}"
        assert mine == {
            f"get {POSTS}", f"post {POSTS}", f"post {POSTS}/validate",
            f"get {one}", f"put {one}", f"patch {one}", f"delete {one}", f"post {one}/publish", f"post {one}/cancel",
            f"post {one}/approval", f"post {one}/approval/approve", f"post {one}/approval/changes",
            f"post {one}/approval/withdraw",
            f"get {one}/notes", f"post {one}/notes", f"delete {one}/notes/{{note}}",
            "get /api/v1/publications", f"get {two}",
            f"post {two}/retry", f"post {two}/cancel", f"post {two}/decide", f"post {two}/delete-remote",
            f"get {two}/metrics", f"post {two}/metrics/refresh",
        }  # fmt: skip

    def test_every_operation_says_what_it_does_and_how_it_refuses(self, document: dict[str, Any]) -> None:
        for name, operation in operations(document).items():
            assert operation.get("summary"), name
            assert operation["operationId"], name
            refusal = operation["responses"]["4XX"]["content"]["application/problem+json"]["schema"]
            assert refusal == {"$ref": "#/components/schemas/ProblemDetails"}, name

    def test_every_answer_with_a_body_has_a_shape(self, document: dict[str, Any]) -> None:
        for name, operation in operations(document).items():
            for status, answer in operation["responses"].items():
                if status != "204":
                    assert all("schema" in content for content in answer["content"].values()), name

    def test_what_writes_posts_has_examples(self, document: dict[str, Any]) -> None:
        for name, operation in operations(document).items():
            if (
                name.split()[0] in WITH_BODY
                and "/posts" in name
                and not name.endswith(("publish", "cancel", "withdraw"))
            ):
                assert operation["requestBody"]["content"]["application/json"]["examples"], name

    def test_every_post_takes_an_idempotency_key_and_nothing_else_does(self, document: dict[str, Any]) -> None:
        for name, operation in operations(document).items():
            headers = {item["name"] for item in operation.get("parameters", []) if item["in"] == "header"}
            assert ("Idempotency-Key" in headers) == name.startswith("post "), name

    def test_edits_take_if_match(self, document: dict[str, Any]) -> None:
        for method in ("put", "patch", "delete"):
            operation = operations(document)[f"{method} /api/v1/posts/{{uid}}"]
            assert "If-Match" in {item["name"] for item in operation["parameters"]}

    def test_every_example_of_a_request_is_taken_by_its_own_schema(self, document: dict[str, Any]) -> None:
        tried = 0
        for name, operation in operations(document).items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                validate(document, content["schema"], example["value"], name)
                tried += 1
        assert tried >= 8


def validate(document: dict[str, Any], schema: dict[str, Any], value: Any, name: str = "") -> None:
    found = [
        f"{name} {'.'.join(map(str, error.path))}: {error.message}"
        for error in Draft202012Validator({**schema, "components": document["components"]}).iter_errors(value)
    ]
    assert found == []


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every shape closed: a field that it does not name is a mistake."""
    schemas = document["components"]["schemas"]
    shut = {
        name: {**schema, "additionalProperties": False} if "properties" in schema else schema
        for name, schema in schemas.items()
    }
    return {**document, "components": {**document["components"], "schemas": shut}}


class TruthTests:
    """What the API answers is what the document says."""

    def answer(self, document: dict[str, Any], answer: Any, operation: str) -> None:
        described = operations(document)[operation]["responses"][str(answer.status_code)]
        validate(closed(document), described["content"]["application/json"]["schema"], answer.json(), operation)

    def full(self, cast: Cast) -> Post:
        connection = make_connection(cast.workspace)
        post = make_post(cast.alice, cast.workspace, connection, parts=("One", "Two"), plan=NOW())
        outcomes.public(post, step=1)
        outcomes.refused(post, step=2)
        return post

    def test_posts(self, api: APIClient, cast: Cast, document: dict[str, Any]) -> None:
        post = self.full(cast)
        media = str(make_media(cast.workspace).uid)
        connection = str(make_connection(cast.workspace).uid)
        wall = {"date": "2027-12-01", "time": "09:30", "zone": "Europe/Copenhagen"}
        sent = {"text": "Hi", "media": [media], "connections": [connection], "publish_at": wall}
        self.answer(document, api.post(POSTS, {**sent, "media": []}), f"post {POSTS}")
        self.answer(document, api.post(f"{POSTS}/validate", {**sent, "text": "x" * 500}), f"post {POSTS}/validate")
        self.answer(document, api.get(f"{POSTS}/{post.uid}"), "get /api/v1/posts/{uid}")
        self.answer(document, api.get(POSTS), f"get {POSTS}")

    def test_publications(self, api: APIClient, cast: Cast, document: dict[str, Any]) -> None:
        publication = outcomes.publication_of(self.full(cast))
        address = f"/api/v1/publications/{publication.uid}"
        self.answer(document, api.get(address), "get /api/v1/publications/{uid}")
        self.answer(document, api.get("/api/v1/publications"), "get /api/v1/publications")
        asked = api.post(f"{address}/delete-remote")
        self.answer(document, asked, "post /api/v1/publications/{uid}/delete-remote")
        assert asked.json()["deletion"]["state"] == "asked"
        self.answer(document, api.get(f"{address}/metrics"), "get /api/v1/publications/{uid}/metrics")

    @pytest.mark.parametrize("sent", [{"text": 1}, {"text": "Hi", "publish_now": True}])
    def test_refusals(self, api: APIClient, document: dict[str, Any], sent: dict[str, Any]) -> None:
        refusal = operations(document)[f"post {POSTS}"]["responses"]["4XX"]["content"]["application/problem+json"]
        validate(document, refusal["schema"], api.post(POSTS, sent).json())


class ReadingRoomTests:
    @pytest.mark.parametrize("address", ["/docs", "/redoc"])
    def test_it_opens_for_anybody_without_a_script_in_the_page(self, db: None, address: str) -> None:
        answer = Client().get(address)
        assert answer.status_code == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        html = answer.content.decode()
        assert inline_scripts(html) == []
        outside = re.findall(r'(?:src|href)="(https?://[^"]+)"', html)
        assert outside == []

    def test_the_script_of_swagger_is_a_file_of_its_own(self, db: None) -> None:
        (address,) = re.findall(r'src="(/docs\?[^"]+)"', Client().get("/docs").content.decode())
        answer = Client().get(address.replace("&amp;", "&"))
        assert answer.headers["Content-Type"].startswith("application/javascript")
        assert "/api/v1/schema" in answer.content.decode()

    def test_the_document_opens_for_anybody(self, db: None) -> None:
        answer = Client().get("/api/v1/schema")
        assert answer.status_code == 200
        assert "openapi" in answer.headers["Content-Type"]


class BrowsableTests:
    @pytest.fixture
    def browser(self, cast: Cast) -> Client:
        browser = Client(headers={"accept": "text/html"})
        browser.force_login(cast.alice)
        return browser

    def test_every_page_opens_for_a_member(self, browser: Client, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), text="<b>Alma</b>", plan=NOW())
        publication = outcomes.refused(post)
        for address in (
            "/api/v1/",
            POSTS,
            f"{POSTS}/{post.uid}",
            "/api/v1/publications",
            f"/api/v1/publications/{publication.uid}",
        ):
            answer = browser.get(address)
            assert answer.status_code == 200, address
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            html = answer.content.decode()
            assert inline_scripts(html) == [], address
            assert "<b>Alma" not in html

    def test_addresses_that_only_take_a_post_show_their_form(self, browser: Client, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace)
        for action in ("validate", f"{post.uid}/publish", f"{post.uid}/cancel"):
            answer = browser.get(f"{POSTS}/{action}")
            assert answer.status_code == 405
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert inline_scripts(answer.content.decode()) == []

    def test_a_problem_is_a_page_too(self, browser: Client) -> None:
        answer = browser.get(f"{POSTS}?state=nonsense")
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, "text/html; charset=utf-8")
        assert "invalid_choice" in answer.content.decode()

    def test_it_is_not_open_to_nobody(self, db: None) -> None:
        assert Client(headers={"accept": "text/html"}).get(POSTS).status_code == 401


def test_the_root_names_what_there_is(api: APIClient) -> None:
    links = api.get("/api/v1/").json()
    assert {"posts", "publications", "connections", "media", "platforms", "docs"} <= set(links)
    assert api.get(links["posts"]).status_code == 200
