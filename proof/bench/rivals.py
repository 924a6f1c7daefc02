"""What others do, on the same machine against the same stub: Celery tasks with an ETA, and a table read every 15 seconds.

Both are models of the method, written to be fast: no lease, no journal, no result is stored. They are no one's product.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import urllib3
from celery import Celery

from proof.bench import measures
from proof.bench.measures import Size
from proof.bench.report import Figure, lags, percentile
from proof.bench.stage import QUIET, Stage

POLL_SECONDS = 15
THREADS = 64
STUB = os.environ.get("X_API_URL", "")
app = Celery("rivals", broker=os.environ.get("RIVALS_BROKER", "memory://"))
app.conf.update(task_ignore_result=True, broker_transport_options={"visibility_timeout": 7 * 24 * 3600})
_http = urllib3.PoolManager(maxsize=THREADS * 2)


@app.task
def send(number: int) -> None:
    _http.request("POST", f"{STUB}/2/tweets", json={"text": f"{number} rival"})


def measure(stage: Stage, size: Size) -> list[Figure]:
    return [*_celery(stage, size), *_poller(stage, size)]


def _celery(stage: Stage, size: Size) -> list[Figure]:
    broker = _broker(stage)
    app.conf.update(broker_url=broker)
    command = (
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "proof.bench.rivals",
        "worker",
        "-P",
        "threads",
        "-c",
        str(THREADS),
    )
    workers = [stage.spawn((*command, "-n", f"rival{n}@%h", *QUIET), RIVALS_BROKER=broker) for n in range(2)]
    time.sleep(8)
    figures = []
    for name, count, spread in (
        (f"Celery ETA: lag, {size.instant:,} at one instant", size.instant, 0.0),
        (f"Celery ETA: lag, {size.posts:,} over {size.seconds} s", size.posts, float(size.seconds)),
    ):
        stage.forget()
        # Handing them over takes a while; what is due earlier than that would measure the hand-over.
        start = time.time() + 8 + count / 700
        dues = {n: start + n * spread / count for n in range(1, count + 1)}
        for number, at in dues.items():
            send.apply_async((number,), eta=datetime.fromtimestamp(at, UTC))
        figures += lags(name, _lags(stage, dues), None)
    figures.append(_memory_of_celery(workers[0].pid, workers[1].pid, size))
    stage.end(*workers, number=9)
    return figures


def _memory_of_celery(first: int, second: int, size: Size) -> Figure:
    before = measures.resident(first) + measures.resident(second)
    far = datetime.now(UTC) + timedelta(hours=12)
    for number in range(size.posts):
        send.apply_async((number,), eta=far)
    time.sleep(10)
    after = measures.resident(first) + measures.resident(second)
    return Figure("Celery ETA: memory for each scheduled task", (after - before) * 1024 / size.posts, "kB")


def _lags(stage: Stage, dues: dict[int, float]) -> list[float]:
    seen = measures.wait(stage, set(dues))
    return [(seen[number] - at) * 1000 for number, at in dues.items()]


def _broker(stage: Stage) -> str:
    return stage.world.env["REDIS_URL"].replace("unix://", "redis+socket://")


def _poller(stage: Stage, size: Size) -> list[Figure]:
    with psycopg.connect(stage.url, autocommit=True) as database:
        database.execute(
            "create table rival (number bigint primary key, due_at timestamptz, sent boolean default false)"
        )
        database.execute(
            "insert into rival select n, now() + interval '5 s' + n * make_interval(secs => %(seconds)s) / %(posts)s"
            " from generate_series(1, %(posts)s) n",
            {"seconds": size.seconds, "posts": size.posts},
        )
        rows = database.execute("select number, extract(epoch from due_at)::double precision from rival").fetchall()
    stage.forget()
    poller = stage.spawn((sys.executable, "-m", "proof.bench.rivals", stage.url, stage.stub))
    found = _lags(stage, dict(rows))
    stage.end(poller, number=9)
    name = f"a poll every {POLL_SECONDS} s: lag, {size.posts:,} over {size.seconds} s"
    return [Figure(f"{name}, p99", percentile(found, 99), "ms"), Figure(f"{name}, median", percentile(found, 50), "ms")]


def poll(url: str, stub: str) -> None:
    """Take what is due, send it with many threads, wait for the next quarter of a minute."""
    with psycopg.connect(url, autocommit=True) as database, ThreadPoolExecutor(THREADS) as pool:
        while True:
            rows = database.execute(
                "update rival set sent = true where not sent and due_at <= now() returning number"
            ).fetchall()
            list(
                pool.map(lambda row: _http.request("POST", f"{stub}/2/tweets", json={"text": f"{row[0]} rival"}), rows)
            )
            time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    poll(*sys.argv[1:3])
