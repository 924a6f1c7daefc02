"""The program itself: its address, its memory of things, and its end."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox.config import parse
from sandbox.testing import ROOT, Control, Running, start
from sandbox.tests.conftest import CALLBACK, Caller


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Running]:
    running = start(tmp_path)
    yield running
    running.kill()


class TestAddress:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
    def test_it_refuses_any_address_but_loopback(
        self, tmp_path: Path, host: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            parse(["--host", host, "--data", str(tmp_path)])
        assert ended.value.code == 2
        assert "loopback" in capsys.readouterr().err

    def test_it_takes_its_options_from_the_environment_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SANDBOX_PORT", "8123")
        monkeypatch.setenv("SANDBOX_DATA", "/somewhere")
        monkeypatch.setenv("SANDBOX_REDIRECT_URIS", "http://localhost:1/a, http://localhost:1/b")
        config = parse(["--redirect-uri", "http://localhost:1/c"])
        assert (config.port, str(config.data)) == (8123, "/somewhere")
        assert sorted(config.redirect_uris) == [f"http://localhost:1/{name}" for name in "abc"]

    def test_it_is_well_and_knows_its_redirect_uris(self, running: Running) -> None:
        assert requests.get(f"{running.url}/healthz", timeout=10).json() == {"status": "ok"}
        apps = requests.get(f"{running.url}/_sandbox/api/apps", timeout=10).json()["apps"]
        assert apps[0]["redirect_uris"] == [CALLBACK]


class TestRestart:
    def test_everything_survives_a_crash(self, own: Running) -> None:
        caller = Caller(own.url, own.control.tokens("norrestudio"))
        post_id = caller.said("still here")
        own.control.add_fault(operation="create_post", kind="reject_5xx", times=2, match_text="no")
        assert caller.say("no").status_code == 503
        own.control.settings(dialect="new")
        own.control.advance(50)
        own.control.add_fault(operation="create_post", kind="late_delivery", match_text="late", params={"seconds": 90})
        with pytest.raises(requests.ConnectionError):
            caller.say("late")
        before = own.control.ledger()
        own.kill()
        own.restart()
        assert [post["id"] for post in own.control.posts()] == [post_id]
        assert own.control.ledger() == before
        assert own.control.faults()[0]["times"] == 1
        assert own.control.settings()["dialect"] == "new"
        assert own.control.clock()["offset_seconds"] == 50
        again = Caller(own.url, caller.tokens)
        assert again.say("no").status_code == 503
        assert int(again.said("after")) > int(post_id)
        own.control.advance(91)
        assert [post["text"] for post in own.control.posts()] == ["still here", "after", "late"]


class TestEnd:
    def test_it_ends_quickly_though_a_request_hangs(self, own: Running) -> None:
        caller = Caller(own.url, own.control.tokens("norrestudio"))
        own.control.add_fault(operation="create_post", kind="accept_then_hang")
        seen: list[type[Exception]] = []

        def hang() -> None:
            try:
                caller.say("silence")
            except requests.ConnectionError as error:
                seen.append(type(error))

        thread = threading.Thread(target=hang)
        thread.start()
        while not own.control.ledger(operation="create_post"):
            pass
        started = time.monotonic()
        assert own.stop() == 0
        assert time.monotonic() - started < 15, "it waited for the request that hangs"
        thread.join()
        assert len(seen) == 1

    def test_it_is_quiet(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(tmp_path)]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = line.split()[-1]
            requests.get(f"{address}/x", timeout=10)
            control = Control(address)
            caller = Caller(address, control.tokens("norrestudio"))
            for kind in ("reset", "accept_then_hang"):
                control.add_fault(operation="create_post", kind=kind, params={"hang_seconds": 0.1})
                with pytest.raises(requests.ConnectionError):
                    caller.say(kind)
            process.terminate()
            assert process.stdout.read() == ""
            assert line.startswith("sandbox ready on http://127.0.0.1:")
