"""How much later the first word of Grok comes through us, and whether many streams slow other pages.

Run as a process of its own (`python -m proof.bench.words PAIRS LOOKS`), since its settings differ; prints figures as JSON.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass

import httpx

from multivio.embedded.home import CHECKOUT
from multivio.testing.environment import free_port
from proof.bench.report import Figure, percentile
from proof.bench.stage import Stage
from sandbox.testing import Running

STREAMS = 50
PAGE = "/api/v1/posts"  # signed in by key, counted, and read from the database
KEY = "sandbox-xai-key"
TEXT = "Alma, our first rechargeable lamp, ships on 1 December. It runs sixty hours, and every part can be bought."
MODEL = "grok-4.3"
# So long the service thinks before its first word, and between words: about as the real one, so that streams overlap.
THINKS_MS = 150
WORD_MS = 60
START_SECONDS = 60.0
LONG = "word " * 250  # fifteen seconds


@dataclass
class Scene:
    """The product on a port, Grok in a box, and somebody's key."""

    url: str
    box: Running
    headers: dict[str, str]

    @property
    def grok(self) -> str:
        return f"{self.box.url}/xai/v1"


def measure(*, pairs: int, looks: int) -> list[Figure]:
    """Run it and read its figures back."""
    command = [sys.executable, "-m", "proof.bench.words", str(pairs), str(looks)]
    done = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)  # noqa: S603
    return [Figure(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def run(pairs: int, looks: int) -> list[Figure]:
    stage = Stage(sandboxed=True)
    try:
        stage.start()
        scene = _scene(stage, stage.world.sandbox)
        scene.box.control.settings(xai_word_ms=WORD_MS, api_delay_ms=THINKS_MS)
        return asyncio.run(_figures(scene, pairs, looks))
    finally:
        stage.stop()


def _scene(stage: Stage, box: Running) -> Scene:
    from accounts.services import create_api_key  # noqa: PLC0415 - Django is set up by the stage
    from accounts.tests.people import acting, make_user, make_workspace  # noqa: PLC0415

    user = make_user("Bench")
    workspace = make_workspace(user)
    with acting(user, workspace) as actor:
        _row, key = create_api_key(actor=actor, name="bench")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "multivio.asgi:application",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    stage.spawn(
        command,
        XAI_BASE_URL=f"{box.url}/xai/v1",
        XAI_API="responses",
        XAI_API_KEY=KEY,
        AI_MONTHLY_CREDITS="1000000",
        RATE_LIMITS="ai=100000/60,workspace-ai=100000/60,api=100000/60,refused=100000/60",
        PORT=str(port),
    )
    scene = Scene(f"http://localhost:{port}", box, {"Authorization": f"Bearer {key}"})
    _until_up(scene)
    return scene


def _until_up(scene: Scene) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(scene.url + PAGE, headers=scene.headers, timeout=10).status_code == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("the product did not come up")


async def _figures(scene: Scene, pairs: int, looks: int) -> list[Figure]:
    limits = httpx.Limits(max_connections=2 * STREAMS, max_keepalive_connections=STREAMS)
    async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as client:
        own, ours = [], []
        for number in range(pairs + 3):
            direct, through = (
                await _first_word(client, scene, direct=True),
                await _first_word(client, scene, direct=False),
            )
            if number >= 3:  # the first ones open connections
                own.append(direct)
                ours.append(through)
        added = [through - direct for through, direct in zip(ours, own, strict=True)]
        alone = [await _look(client, scene) for _ in range(looks)]
        beside = await _beside_streams(client, scene, looks)
    return [
        Figure("first word from the service itself, median", percentile(own, 50), "ms"),
        Figure("first word through us, median", percentile(ours, 50), "ms"),
        Figure("what we add to the first word, median", percentile(added, 50), "ms"),
        Figure("what we add to the first word, p95", percentile(added, 95), "ms", 50),
        Figure("the list of posts, nothing else going on, median", percentile(alone, 50), "ms"),
        Figure("the list of posts, nothing else going on, p95", percentile(alone, 95), "ms"),
        Figure(f"the list of posts beside {STREAMS} streams, median", percentile(beside, 50), "ms"),
        Figure(f"the list of posts beside {STREAMS} streams, p95", percentile(beside, 95), "ms"),
    ]


async def _first_word(client: httpx.AsyncClient, scene: Scene, *, direct: bool) -> float:
    """Milliseconds until the first word is there."""
    url = f"{scene.grok}/responses" if direct else f"{scene.url}/api/v1/ai/stream"
    turns = [{"role": "system", "content": "Shorten it."}, {"role": "user", "content": TEXT}]
    asked = {"model": MODEL, "input": turns, "stream": True} if direct else {"task": "shorten", "text": TEXT}
    headers = {"Authorization": f"Bearer {KEY}"} if direct else scene.headers
    sign = b"Alma" if direct else b"event: words"
    began, heard, first = time.perf_counter(), b"", 0.0
    async with client.stream("POST", url, json=asked, headers=headers) as answer:
        async for block in answer.aiter_bytes():
            heard += block
            if not first and sign in heard:
                first = (time.perf_counter() - began) * 1000
    if not first:
        raise RuntimeError(f"no word came: {heard[:300]!r}")
    return first


async def _look(client: httpx.AsyncClient, scene: Scene) -> float:
    began = time.perf_counter()
    answer = await client.get(scene.url + PAGE, headers=scene.headers)
    answer.raise_for_status()
    return (time.perf_counter() - began) * 1000


async def _beside_streams(client: httpx.AsyncClient, scene: Scene, looks: int) -> list[float]:
    """How long a page takes while fifty answers are being written."""
    scene.box.control.grok_says(*[LONG] * STREAMS)
    speaking = asyncio.Semaphore(0)

    async def listen() -> None:
        body = {"task": "expand", "text": TEXT}
        async with client.stream("POST", f"{scene.url}/api/v1/ai/stream", json=body, headers=scene.headers) as answer:
            is_first = True
            async for block in answer.aiter_bytes():
                if is_first and b"event: words" in block:
                    is_first = False
                    speaking.release()

    listeners = [asyncio.create_task(listen()) for _ in range(STREAMS)]
    for _ in range(STREAMS):
        await asyncio.wait_for(speaking.acquire(), 60)
    found = [await _look(client, scene) for _ in range(looks)]
    going_on = sum(not listener.done() for listener in listeners)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    if going_on < STREAMS:
        raise RuntimeError(f"only {going_on} of {STREAMS} streams went on all the while: look less often")
    return found


if __name__ == "__main__":
    for figure in run(int(sys.argv[1]), int(sys.argv[2])):
        values = {
            "name": figure.name,
            "value": figure.value,
            "unit": figure.unit,
            "goal": figure.goal,
            "load": figure.load,
        }
        sys.stdout.write(f"{json.dumps(values)}\n")
