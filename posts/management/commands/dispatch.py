"""`manage.py dispatch`: rings the workers when something is due.

It never claims. Two of them are harmless, none is survived: every engine also looks once a second by itself.
"""

import signal
import time
from typing import Any

import psycopg
import redis
import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from kombu.exceptions import OperationalError as BrokerAway

from multivio.health import heartbeat, redis_client
from posts.tasks import drain
from posts.worker import QUEUE

log = structlog.get_logger(__name__)
FLOOR_SECONDS = 0.02
# While work stays due, the engines keep claiming by themselves; each bell costs a worker a message to unpack.
RING_AGAIN_SECONDS = 0.25
LONGEST_SLEEP_SECONDS = 0.5
HEARTBEAT_SECONDS = 5.0
WAKE = "select extract(epoch from mv_next_wake() - clock_timestamp())::double precision"


class Command(BaseCommand):
    help = "Ring the publishing workers whenever a publication is due."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.prepare()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self.stopping:
            try:
                with psycopg.connect(settings.DATABASE_SYSTEM_URL, autocommit=True) as connection:
                    connection.execute("listen publication_due")
                    self.watch(connection)
            except psycopg.OperationalError as error:
                log.warning("dispatcher waits for the database", error=str(error))
                time.sleep(1)

    def prepare(self) -> None:
        self.stopping = False
        self.redis = redis_client()
        self.beat_at = self.ring_at = 0.0

    def watch(self, connection: psycopg.Connection) -> None:
        while not self.stopping:
            row = connection.execute(WAKE).fetchone()
            due_in = row[0] if row and row[0] is not None else LONGEST_SLEEP_SECONDS
            if due_in <= 0 and time.monotonic() >= self.ring_at:
                self._ring()
                self.ring_at = time.monotonic() + RING_AGAIN_SECONDS
            # Sleeps until the next wake, and less when a post for "now" rings.
            seconds = due_in if due_in > 0 else self.ring_at - time.monotonic()
            time.sleep(FLOOR_SECONDS)
            for _notice in connection.notifies(timeout=max(0.0, min(seconds, LONGEST_SLEEP_SECONDS)), stop_after=1):
                self.ring_at = 0.0
            self._say_alive()

    def _ring(self) -> None:
        try:
            if self.redis.llen(QUEUE) == 0:
                drain.apply_async(retry=False)
        except (redis.RedisError, BrokerAway) as error:
            log.warning("the bell did not ring, workers look by themselves", error=str(error))
            time.sleep(LONGEST_SLEEP_SECONDS)

    def _say_alive(self) -> None:
        if time.monotonic() < self.beat_at:
            return
        self.beat_at = time.monotonic() + HEARTBEAT_SECONDS
        try:
            heartbeat("dispatcher", self.redis)
        except redis.RedisError:
            log.debug("heartbeat not stored: Redis is away")

    def _stop(self, *_args: Any) -> None:
        self.stopping = True
