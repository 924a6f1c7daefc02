"""The product as a visitor meets it: uvicorn, the publishing engine and the sandbox, on the run's test database."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from multivio.embedded.home import CHECKOUT
from multivio.testing.environment import free_port
from sandbox.testing import Running, start

START_SECONDS = 40


@dataclass
class Live:
    """`url` answers until `stop()`. What the processes said is in `logs`."""

    logs: Path
    url: str = ""
    sandbox: Running | None = None
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> "Live":
        port = free_port()
        self.url = f"http://localhost:{port}"
        callbacks = [f"{self.url}/connections/callback/{name}" for name in ("x", "x-oauth1")]
        self.sandbox = start(self.logs / "sandbox", redirect_uris=callbacks)
        env = self._environment(port)
        self._run("web", "-m", "uvicorn", "multivio.asgi:application", "--port", str(port), env=env)
        self._run("engine", "manage.py", "run_publisher", env={**env, "MULTIVIO_DB_ROLE": "system"})
        self._wait()
        return self

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.sandbox is not None:
            self.sandbox.stop()

    def _environment(self, port: int) -> dict[str, str]:
        assert self.sandbox is not None
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "multivio.settings",
            "PORT": str(port),
            "BASE_URL": self.url,
            "SANDBOX_URL": self.sandbox.url,
            "DATABASE_POOL_SIZE": "4",
            "ACCOUNT_RATE_LIMITS": "off",
        }

    def _run(self, name: str, *arguments: str, env: dict[str, str]) -> None:
        log = (self.logs / f"{name}.log").open("wb")
        command = [sys.executable, *arguments]
        self.processes.append(subprocess.Popen(command, cwd=CHECKOUT, env=env, stdout=log, stderr=subprocess.STDOUT))
        log.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=5):
                    return
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() > deadline:
                    said = (self.logs / "web.log").read_text()[-2000:]
                    raise AssertionError(f"the product did not start: {error}\n{said}") from error
                time.sleep(0.1)
