"""How long a post waits when its worker is killed with -9, before and after the call left. Against the faithful sandbox.

Run as a process of its own (`python -m proof.bench.recovery POSTS`), since its settings differ; prints figures as JSON.
"""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from multivio.embedded.home import CHECKOUT
from proof.bench import load
from proof.bench.report import Figure, percentile
from proof.bench.stage import Stage

GIVE_UP_SECONDS = 240.0
# Before the journal says that a call leaves, nothing can have been sent: it goes back into the queue. After it the outcome
# is unknown, and settled by looking.
PARTS = (
    ("before_intent", "killed before the call: longest until public", 65.0),
    ("after_send", "killed after the call: p95 until settled", 120.0),
)


def measure(posts: int) -> list[Figure]:
    """Run it and read its figures back."""
    command = [sys.executable, "-m", "proof.bench.recovery", str(posts)]
    done = subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return [Figure(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def run(posts: int) -> list[Figure]:
    stage = Stage(sandboxed=True)
    try:
        stage.start()
        connections = _accounts(stage, posts)
        figures = []
        for number, (point, name, goal) in enumerate(PARTS):
            # The platform refuses the same words twice, so each part has its own.
            figures += _one(stage, connections, point, name, goal, first=1 + number * posts)
            load.empty(stage.url)
        return figures
    finally:
        stage.stop()


def _accounts(stage: Stage, count: int) -> list[int]:
    from posts.tests.factories import make_connection, make_user, make_workspace  # noqa: PLC0415 - needs Django

    workspace = make_workspace(make_user("Bench"))
    found = []
    for number in range(count):
        stage.world.sandbox.control.add_account(f"bench{number}")
        granted = stage.world.sandbox.control.tokens(f"bench{number}")
        connection = make_connection(
            workspace,
            username=f"bench{number}",
            remote_id=granted["user_id"],
            access_token=granted["access_token"],
            expires_at=datetime.now(UTC) + timedelta(hours=2),
        )
        found.append(connection.pk)
    return found


def _one(stage: Stage, connections: list[int], point: str, name: str, goal: float, *, first: int) -> list[Figure]:
    """A worker that dies at `point`, and another that is there. Only what the dead one held counts."""
    doomed = stage.spawn((sys.executable, "manage.py", "run_publisher", "--skip-checks"), PUBLISH_FAILPOINT=point)
    stage.until_alive("worker")  # before the posts are due, so that it is the one that claims them
    load.schedule(stage.url, connections, len(connections), due="now() + interval '1 s'", first=first)
    doomed.wait(60)
    stage.running.remove(doomed)
    killed_at = time.time()
    held = _rows(
        stage,
        """select p.id, po.text from posts_publication p join posts_post po on po.id = p.post_id
           where p.lease_until is not null""",
    )
    arrived = {post["text"] for post in stage.world.sandbox.control.posts()}
    # Of what was about to leave when the worker died, some never did: no list can prove that, so a person is asked.
    waiting = {number for number, text in held if point == "before_intent" or text in arrived}
    fresh = stage.spawn((sys.executable, "manage.py", "run_publisher", "--skip-checks"))
    seconds: dict[int, float] = {}
    while waiting - seconds.keys() and time.time() < killed_at + GIVE_UP_SECONDS:
        for row in _rows(
            stage, "select id, extract(epoch from finished_at) from posts_publication where state = 'published'"
        ):
            if row[0] in waiting:
                seconds[row[0]] = float(row[1]) - killed_at
        time.sleep(0.5)
    stage.end(fresh)
    if not seconds:
        raise RuntimeError(f"nothing was recovered; see {stage.log}")
    chosen = max(seconds.values()) if point == "before_intent" else percentile(seconds.values(), 95)
    return [
        Figure(name, chosen, "s", goal),
        Figure(
            f"{name.split(':', maxsplit=1)[0]}: of {len(waiting)} held, not settled in time",
            len(waiting - seconds.keys()),
            "posts",
            0,
        ),
    ]


def _rows(stage: Stage, query: str) -> list[Any]:
    with psycopg.connect(stage.url) as database:
        return database.execute(query.encode()).fetchall()


if __name__ == "__main__":
    for figure in run(int(sys.argv[1])):
        shown = {
            "name": figure.name,
            "value": figure.value,
            "unit": figure.unit,
            "goal": figure.goal,
            "load": figure.load,
        }
        sys.stdout.write(json.dumps(shown) + "\n")
