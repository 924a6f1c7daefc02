from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image

from sandbox.testing import Control, Running
from sandbox.tests.conftest import Caller


def page(url: str, path: str, status: int = 200) -> str:
    answer = requests.get(f"{url}{path}", timeout=10)
    assert answer.status_code == status
    return answer.text


class TestTimelinePage:
    def test_a_newcomer_sees_what_was_published(self, norre: Caller, url: str) -> None:
        norre.said("Lamps <b>for</b> the dark https://example.com/lamps?a=1&b=2 #lamps @alma_lamps")
        shown = page(url, "/x")
        assert "Norre Studio" in shown
        assert "@norrestudio" in shown
        assert "Lamps &lt;b&gt;for&lt;/b&gt; the dark" in shown
        assert 'href="https://example.com/lamps?a=1&amp;b=2"' in shown
        assert 'href="/x/alma_lamps"' in shown
        assert shown.index("Norre Studio") < shown.index("Lindesnes")

    def test_pictures_are_shown_and_served(self, norre: Caller, url: str) -> None:
        target = BytesIO()
        Image.new("RGB", (9, 9), "blue").save(target, "PNG")
        files, form = {"media": ("a", target.getvalue())}, {"media_category": "tweet_image"}
        media_id = norre.post("/2/media/upload", data=form, files=files).json()["data"]["id"]
        norre.said("", media={"media_ids": [media_id]})
        address = f"/x/media/3_{media_id}.png"
        assert f'src="{address}"' in page(url, "/x/norrestudio")
        served = requests.get(f"{url}{address}", timeout=10)
        assert served.content == target.getvalue()
        assert served.headers["content-type"] == "image/png"
        assert served.headers["x-content-type-options"] == "nosniff"
        part = requests.get(f"{url}{address}", headers={"Range": "bytes=1-3"}, timeout=10)
        assert (part.status_code, part.content) == (206, b"PNG")

    def test_a_thread_is_joined_in_one_card(self, norre: Caller, url: str) -> None:
        last = norre.said("part 0")
        for number in range(1, 9):
            last = norre.said(f"part {number}", reply={"in_reply_to_tweet_id": last})
        shown = page(url, "/x/norrestudio")
        assert shown.count("<article") == 1
        assert shown.count("entry--joined") == 7
        assert "part 6" in shown
        assert "part 7" not in shown
        assert "Show 2 more" in shown
        whole = page(url, f"/x/norrestudio/status/{last}")
        assert all(f"part {number}" in whole for number in range(9))

    def test_a_post_has_a_page_with_or_without_the_name(self, norre: Caller, url: str, control: Control) -> None:
        post_id = norre.said("Find me")
        assert "Find me" in page(url, f"/x/norrestudio/status/{post_id}")
        assert "Find me" in page(url, f"/x/i/web/status/{post_id}")
        control.delete_post(post_id)
        page(url, f"/x/i/web/status/{post_id}", 404)

    def test_polls_show_their_choices(self, norre: Caller, url: str) -> None:
        norre.said("Which?", poll={"options": ["Tea", "Coffee"], "duration_minutes": 60})
        assert "Coffee" in page(url, "/x")

    def test_older_posts_are_one_page_away(self, norre: Caller, url: str) -> None:
        for number in range(31):
            norre.said(f"number {number}!")
        first = page(url, "/x/norrestudio")
        assert "number 0!" not in first
        older = first.split('href="/x/norrestudio?before=')[1].split('"')[0]
        assert "number 0!" in page(url, f"/x/norrestudio?before={older}")

    @pytest.mark.parametrize("path", ["/x/nobody", "/x/norrestudio/status/1", "/x/media/3_1.png", "/nowhere"])
    def test_what_is_not_there_is_said_kindly(self, control: Control, url: str, path: str) -> None:
        assert "<h1>" in page(url, path, 404)


class TestApiAddresses:
    def test_an_unknown_one_is_answered_in_json(self, control: Control, url: str) -> None:
        answer = requests.get(f"{url}/x/api/2/nothing", timeout=10)
        assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


class TestPolicy:
    @pytest.mark.parametrize("path", ["/", "/x", "/x/norrestudio", "/_sandbox"])
    def test_pages_run_no_scripts_and_load_nothing_from_elsewhere(self, control: Control, url: str, path: str) -> None:
        answer = requests.get(f"{url}{path}", timeout=10)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<script" not in answer.text
        assert "style=" not in answer.text


class TestAdminPage:
    def test_it_shows_and_filters_the_ledger(self, norre: Caller, url: str) -> None:
        norre.said("for the ledger")
        norre.get("/2/users/me")
        assert "/x/api/2/users/me" in page(url, "/_sandbox")
        filtered = page(url, "/_sandbox?operation=create_post&username=norrestudio&platform=")
        assert "/x/api/2/tweets" in filtered
        assert "/x/api/2/users/me" not in filtered
        assert "create_post" in page(url, "/")

    def test_faults_and_the_clock_are_handled_by_form(self, control: Control, url: str) -> None:
        origin = {"Origin": url}
        form = {"platform": "x", "operation": "create_post", "kind": "slow", "times": "-1", "seconds": "2"}
        requests.post(f"{url}/_sandbox/faults", data=form, headers=origin, timeout=10)
        fault = control.faults()[0]
        assert (fault["kind"], fault["times"], fault["params"]) == ("slow", -1, {"seconds": 2})
        requests.post(f"{url}/_sandbox/faults/{fault['id']}/remove", headers=origin, timeout=10)
        assert control.faults() == []
        requests.post(f"{url}/_sandbox/clock", data={"seconds": "60"}, headers=origin, timeout=10)
        assert control.clock()["offset_seconds"] == 60


def test_stripe_has_a_tile_and_a_ledger_though_it_publishes_nothing(sandbox: Running, client: Any) -> None:
    client.v1.customers.create(params={"email": "a@example.org"})
    assert "0 living subscriptions" in requests.get(sandbox.url, timeout=5).text
    assert '<option value="stripe"' in requests.get(f"{sandbox.url}/_sandbox", timeout=5).text
    assert [row["operation"] for row in sandbox.control.ledger(platform="stripe")][-1:] == ["customer_create"]
    account = {"platform": "stripe", "username": "x", "name": "x", "tier": "free", "avatar_color": "#000000"}
    answer = requests.post(f"{sandbox.url}/_sandbox/api/accounts", json=account, headers={"X-Sandbox": "1"}, timeout=5)
    assert (answer.status_code, "stripe" in answer.json()["error"]) == (400, False)
