"""`/healthz` (this process answers) and `/readyz` (database, Redis, and the heartbeats of worker and dispatcher)."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

HEARTBEAT_SECONDS = 15.0
BEAT_SECONDS = 90.0  # beat speaks through its tick, which comes every 30 s
FORGET_SECONDS = 3600.0
PROCESSES = "processes"
HEARTBEATS = ("worker", "dispatcher")


def redis_client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def heartbeat(name: str, client: redis.Redis | None = None) -> None:
    """Say that a process of this kind is alive; the key ends by itself when it stops saying so.

    Each process is also noted by host and number, for the status page, which shows how long one has been silent.
    """
    now, redis_ = time.time(), client or redis_client()
    with redis_.pipeline(transaction=False) as pipeline:
        pipeline.set(f"heartbeat:{name}", str(now), ex=int(HEARTBEAT_SECONDS))
        pipeline.zadd(PROCESSES, {f"{name}@{socket.gethostname()}:{os.getpid()}": now})
        pipeline.zremrangebyscore(PROCESSES, 0, now - FORGET_SECONDS)
        pipeline.execute()


@dataclass(frozen=True)
class Process:
    """A process that said it was alive within the last hour."""

    kind: str
    where: str
    silent_seconds: float

    @property
    def is_alive(self) -> bool:
        return self.silent_seconds < (BEAT_SECONDS if self.kind == "beat" else HEARTBEAT_SECONDS)


def processes() -> list[Process] | None:
    """Everything that runs, as it last said of itself; None while Redis is away."""
    try:
        found: Any = redis_client().zrange(PROCESSES, 0, -1, withscores=True)
    except redis.RedisError:
        return None
    now = time.time()
    made = [(*name.decode().partition("@")[::2], at) for name, at in found]
    return sorted(
        (Process(kind, where, max(0.0, now - at)) for kind, where, at in made), key=lambda p: (p.kind, p.silent_seconds)
    )


class HealthMiddleware:
    """Answers before sessions and host checks: a load balancer asks by address and often, and neither should matter."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path_info == "/readyz":
            return readyz()
        return self.get_response(request)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as error:
        return type(error).__name__
    finally:
        connection.close()  # outside Django's request signals: give the connection back to the pool
    return "ok"


def _redis_and_heartbeats() -> dict[str, str]:
    try:
        client = redis_client()
        beats: Any = client.mget([f"heartbeat:{name}" for name in HEARTBEATS])
    except redis.RedisError as error:
        return {"redis": type(error).__name__, **dict.fromkeys(HEARTBEATS, "unknown")}
    return {"redis": "ok", **{name: "ok" if beat else "silent" for name, beat in zip(HEARTBEATS, beats, strict=True)}}


def readyz() -> JsonResponse:
    parts = {"database": _database(), **_redis_and_heartbeats()}
    ready = all(state == "ok" for state in parts.values())
    response = JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)
    # "Not yet" is an answer, not an error to log at every question.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
