"""`manage.py run_publisher`: the publishing engine without Celery. The same class, the other host."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from posts.engine.engine import Engine


class Command(BaseCommand):
    help = "Publish what is due, in this process, until it is told to stop."

    def handle(self, *_args: Any, **_options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        engine = Engine()
        engine.start()
        self.stdout.write("publishing")
        self.stdout.flush()
        stop.wait()
        engine.stop()
