import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.conftest import Caller


class TestGuard:
    @pytest.mark.parametrize("path", ["reset", "faults", "clock", "settings", "apps", "accounts", "ledger/clear"])
    def test_writes_need_the_header_that_no_foreign_page_can_send(self, control: Control, url: str, path: str) -> None:
        assert requests.post(f"{url}/_sandbox/api/{path}", json={}, timeout=10).status_code == 403

    def test_forms_count_only_from_our_own_pages(self, control: Control, url: str) -> None:
        address, form = f"{url}/_sandbox/faults", {"kind": "hang", "platform": "x"}
        for origin in ({}, {"Origin": "http://evil.example"}):
            assert requests.post(address, data=form, headers=origin, timeout=10).status_code == 403
        assert control.faults() == []
        assert requests.post(address, data=form, headers={"Origin": url}, timeout=10).status_code == 200
        assert control.faults()[0]["kind"] == "hang"

    def test_it_answers_to_loopback_names_only(self, control: Control, url: str) -> None:
        for host, status in (("evil.example", 421), ("localhost:8001", 200), ("[::1]:8001", 200), ("127.0.0.1", 200)):
            assert requests.get(f"{url}/healthz", headers={"Host": host}, timeout=10).status_code == status


class TestWorld:
    def test_it_begins_with_an_app_four_accounts_and_scenery(self, control: Control) -> None:
        names = {account["username"]: account["tier"] for account in control.accounts() if not account["is_foreign"]}
        assert names == {
            "norrestudio": "free",
            "majalindqvist": "free",
            "tomas_eriksen": "premium",
            "alma_lamps": "free",
        }
        assert {post["username"] for post in control.posts(foreign="1")} == {"lighthouse_daily"}

    def test_a_reset_may_keep_accounts_and_tokens(self, norre: Caller, control: Control) -> None:
        control.add_account("newcomer", name="New Comer", tier="premium")
        norre.said("gone soon")
        control.add_fault(kind="hang")
        control.settings(dialect="new")
        control.advance(100)
        control.reset()
        assert control.posts() == control.faults() == control.ledger() == []
        assert control.settings()["dialect"] == "old"
        assert control.clock()["offset_seconds"] == 0
        assert "newcomer" in {account["username"] for account in control.accounts()}
        assert norre.get("/2/users/me").status_code == 200
        control.reset(keep_accounts=False)
        assert "newcomer" not in {account["username"] for account in control.accounts()}
        assert norre.get("/2/users/me").status_code == 401

    def test_ids_grow_even_after_the_clock_went_back(self, norre: Caller, control: Control) -> None:
        control.advance(3600)
        ahead = int(norre.said("from the future"))
        control.reset()
        assert int(norre.said("from now")) > ahead

    def test_accounts_can_be_made_and_changed(self, control: Control, url: str) -> None:
        made = control.add_account("newcomer", name="New Comer")
        changed = control.add_account("NewComer", name="New Comer", tier="premium")
        assert changed["id"] == made["id"]
        caller = Caller(url, control.tokens("newcomer"))
        assert caller.say("x" * 300).status_code == 201
        with pytest.raises(requests.HTTPError, match="tier must be one of"):
            control.add_account("other", tier="gold")

    @pytest.mark.parametrize(
        "wrong", [{"dialect": "klingon"}, {"video_fails": "yes"}, {"unknown": 1}, {"api_delay_ms": "fast"}]
    )
    def test_impossible_settings_are_refused(self, control: Control, wrong: dict[str, object]) -> None:
        before = control.settings()
        with pytest.raises(requests.HTTPError, match="400"):
            control.settings(**wrong)
        assert control.settings() == before
