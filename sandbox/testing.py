"""Start a real sandbox from a test, and steer it.

running = start(tmp_path)
tokens = running.control.tokens("norrestudio")
running.control.add_fault(operation="create_post", kind="accept_then_reset")
...
running.stop()
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import requests

DEFAULT_CLIENT = "sandbox-x-client"
ROOT = Path(__file__).parent.parent
START_SECONDS = 20


class Control:
    """The control API as methods. Every method raises requests.HTTPError when the sandbox refuses."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers["X-Sandbox"] = "1"
        # Proxies of the environment have no business with loopback.
        self.session.trust_env = False

    def reset(self, *, platform: str | None = None, keep_accounts: bool = True) -> None:
        self._call("POST", "reset", {"platform": platform, "keep_accounts": keep_accounts})

    def add_app(
        self, client_id: str, *, platform: str = "x", redirect_uris: Sequence[str] = (), **values: Any
    ) -> dict[str, Any]:
        body = {"platform": platform, "client_id": client_id, "redirect_uris": list(redirect_uris), **values}
        return self._call("POST", "apps", body)

    def accounts(self, platform: str = "x") -> list[dict[str, Any]]:
        return list(self._call("GET", f"accounts?platform={platform}")["accounts"])

    def add_account(self, username: str, *, platform: str = "x", **values: Any) -> dict[str, Any]:
        return self._call("POST", "accounts", {"platform": platform, "username": username, **values})

    def tokens(
        self,
        username: str,
        *,
        platform: str = "x",
        client_id: str = DEFAULT_CLIENT,
        scopes: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Mint tokens: access_token, refresh_token, expires_in, scope, user_id, oauth1 {token, secret}."""
        body = {"username": username, "client_id": client_id, "scopes": None if scopes is None else list(scopes)}
        return self._call("POST", f"{platform}/tokens", body)

    def posts(self, platform: str = "x", **filters: Any) -> list[dict[str, Any]]:
        """Published posts, oldest first; filters: username, since_id, limit, deleted=1, foreign=1."""
        return list(self._call("GET", f"{platform}/posts", params=filters)["posts"])

    def delete_post(self, post_id: str, platform: str = "x") -> None:
        self._call("DELETE", f"{platform}/posts/{post_id}")

    def faults(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "faults")["faults"])

    def add_fault(
        self, *, kind: str, operation: str = "*", platform: str = "x", times: int = 1, **others: Any
    ) -> dict[str, Any]:
        """Arm a fault; others: username, match_text, params."""
        body = {"platform": platform, "operation": operation, "kind": kind, "times": times, **others}
        return self._call("POST", "faults", body)

    def remove_fault(self, fault_id: int) -> None:
        self._call("DELETE", f"faults/{fault_id}")

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def ledger(self, **filters: Any) -> list[dict[str, Any]]:
        """Rows oldest first; filters: platform, operation, since_id, limit (default 1000)."""
        return list(self._call("GET", "ledger", params=filters)["rows"])

    def clear_ledger(self) -> None:
        self._call("POST", "ledger/clear")

    def clock(self) -> dict[str, float]:
        return self._call("GET", "clock")

    def advance(self, seconds: float) -> dict[str, float]:
        return self._call("POST", "clock", {"advance_seconds": seconds})

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change settings, or only read them; returns all."""
        return self._call("POST" if changes else "GET", "settings", changes or None)

    def consent(
        self,
        authorize_url: str,
        username: str | None,
        *,
        platform: str = "x",
        ticks: Mapping[str, Sequence[str]] | None = None,
    ) -> str:
        """Open a consent page and approve as the account, or deny (None); returns where the browser is sent.

        `ticks` are the lines left ticked in the page's lists, by the list's name; without it everything stays ticked.
        """
        shown = self.session.get(authorize_url)
        shown.raise_for_status()
        ask = re.search(r'name="ask" value="([^"]+)"', shown.text)
        if ask is None:
            raise AssertionError(f"no consent form at {authorize_url}")
        form: dict[str, Any] = {"ask": unescape(ask[1]), "decision": "approve" if username else "deny"}
        if ticks is not None:
            form |= {"ticks": " ".join(ticks), **{name: list(left) for name, left in ticks.items()}}
        if username:
            ids = {account["username"]: account["id"] for account in self.accounts(platform)}
            form["account"] = ids[username]
        answer = self.session.post(authorize_url.partition("?")[0], data=form, allow_redirects=False)
        answer.raise_for_status()
        return answer.headers["location"]

    def grok_says(self, *texts: str, **others: Any) -> None:
        """What Grok says next, one text for each question; others: finish, refusal, tells_ticks, error,
        failure, ends."""
        self._call("POST", "xai/answers", {"answers": [{"text": text, **others} for text in texts]})

    def grok_was_asked(self) -> list[dict[str, Any]]:
        """The bodies of its latest requests, oldest first."""
        return [row["body"] for row in self._call("GET", "xai/requests")["requests"]]

    def grok_noted(self) -> list[str]:
        """What should not have been sent so, of its latest requests."""
        return [note for row in self._call("GET", "xai/requests")["requests"] for note in row["notes"]]

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A call of one platform's own, such as `facebook/roles`."""
        return self._call(method, path, body)

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, params: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = self.session.request(method, f"{self.url}/_sandbox/api/{path}", json=body, params=params, timeout=30)
        if not answer.ok:
            raise requests.HTTPError(f"{method} {path}: {answer.status_code} {answer.text}", response=answer)
        result: dict[str, Any] = answer.json()
        return result


class Running:
    """A sandbox process of one's own. A restart keeps the address and the data."""

    def __init__(
        self, data_dir: Path, port: int, redirect_uris: Sequence[str], stripe_webhooks: Sequence[str] = ()
    ) -> None:
        self.data_dir = data_dir
        self.stripe_webhooks = tuple(stripe_webhooks)
        self.redirect_uris = tuple(redirect_uris)
        self._port = port
        self._launch()

    def stop(self) -> int:
        """Ask it to end (SIGTERM); returns the exit status."""
        self.process.terminate()
        return self._wait()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        self.process.kill()
        self._wait()

    def restart(self) -> None:
        if self.process.poll() is None:
            self.stop()
        self._launch()

    def _wait(self) -> int:
        status = self.process.wait(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status

    def _launch(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", str(self._port), "--data", str(self.data_dir)]
        for uri in self.redirect_uris:
            command += ["--redirect-uri", uri]
        for url in self.stripe_webhooks:
            command += ["--stripe-webhook", url]
        # stderr is inherited: what goes wrong inside shows up in the test's output.
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert self.process.stdout is not None  # noqa: S101 - asked for above
        line = self.process.stdout.readline()
        match = re.search(r"ready on (http://\S+:(\d+))", line)
        if match is None:
            raise RuntimeError(f"the sandbox did not start: {line!r}, status {self.process.wait(START_SECONDS)}")
        self.url, self._port = match[1], int(match[2])
        self.control = Control(self.url)


def start(
    data_dir: Path, port: int = 0, redirect_uris: Sequence[str] = (), stripe_webhooks: Sequence[str] = ()
) -> Running:
    """Start `python -m sandbox` and wait until it serves; port 0 takes a free one."""
    return Running(data_dir, port, redirect_uris, stripe_webhooks)
