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
    """`url` answers between `start()` and `stop()`. What the processes said is in `logs`."""

    logs: Path
    url: str = ""
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _sandbox: Running | None = None

    @property
    def sandbox(self) -> Running:
        assert self._sandbox is not None, "start it first"
        return self._sandbox

    def start(self) -> "Live":
        port = free_port()
        self.url = f"http://localhost:{port}"
        callbacks = [f"{self.url}/connections/callback/{name}" for name in ("x", "x-oauth1")]
        callbacks += [f"{self.url}/connections/callback/{name}" for name in ("instagram", "instagram-facebook")]
        self._sandbox = start(self.logs / "sandbox", redirect_uris=callbacks)
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
        if self._sandbox is not None:
            self._sandbox.stop()

    def _environment(self, port: int) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "multivio.settings",
            "PORT": str(port),
            "BASE_URL": self.url,
            "SANDBOX_URL": self.sandbox.url,
            "DATABASE_POOL_SIZE": "4",
        }

    def _run(self, name: str, *arguments: str, env: dict[str, str]) -> None:
        with (self.logs / f"{name}.log").open("wb") as log:
            command = [sys.executable, *arguments]
            process = subprocess.Popen(command, cwd=CHECKOUT, env=env, stdout=log, stderr=subprocess.STDOUT)
        self.processes.append(process)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise AssertionError("the product did not start:\n" + (self.logs / "web.log").read_text()[-2000:])
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False
