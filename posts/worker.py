"""Hosts the publishing engine in the Celery worker that consumes the queue `publish`."""

from typing import TYPE_CHECKING, Any

from celery.signals import worker_ready, worker_shutting_down

if TYPE_CHECKING:
    from posts.engine.engine import Engine

QUEUE = "publish"
_engine: "Engine | None" = None


def ring() -> bool:
    """Ring this process's engine; False when it hosts none."""
    if _engine is None:
        return False
    _engine.ring()
    return True


@worker_ready.connect
def start_engine(sender: Any = None, **_kwargs: Any) -> None:
    global _engine  # noqa: PLW0603 - one engine per process, for as long as the process lives
    queues = {queue.name for queue in sender.task_consumer.queues} if sender is not None else set()
    if QUEUE not in queues or _engine is not None:
        return
    from posts.engine.engine import Engine  # noqa: PLC0415 - only this one process needs the engine and its pools

    _engine = Engine()
    _engine.start()


@worker_shutting_down.connect
def stop_engine(**_kwargs: Any) -> None:
    if _engine is not None:
        _engine.stop()
