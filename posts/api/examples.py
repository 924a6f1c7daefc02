"""Examples shown in the API's documentation."""

from drf_spectacular.utils import OpenApiExample

CONNECTION = "019ab3f2-6f1c-7c55-9a5e-0a53e0c3a001"
MEDIA = "019ab3f2-71d0-7a43-8f4b-5f3f6bb4b002"

DRAFT = OpenApiExample(
    "A draft", value={"text": "Alma ships on 1 December.", "connections": [CONNECTION]}, request_only=True
)
NOW = OpenApiExample(
    "Publish now",
    value={"text": "Alma ships today.", "connections": [CONNECTION], "publish_now": True},
    request_only=True,
)
AT = OpenApiExample(
    "A thread at half past nine in Copenhagen",
    value={
        "parts": [{"text": "Why we repair lamps.", "media": [MEDIA]}, {"text": "Last year, a third came back."}],
        "connections": [CONNECTION],
        "publish_at": {"date": "2026-12-01", "time": "09:30", "zone": "Europe/Copenhagen"},
    },
    request_only=True,
)
NEXT = OpenApiExample(
    "In the next free slot",
    value={"text": "Alma ships soon.", "connections": [CONNECTION], "next_free_slot": True},
    request_only=True,
)
SCHEDULE = OpenApiExample(
    "Tuesdays and Thursdays at half past nine",
    value={"slots": [{"weekday": 2, "time": "09:30"}, {"weekday": 4, "time": "09:30"}]},
    request_only=True,
)
OFFSET = OpenApiExample(
    "At a moment with an offset",
    value={"text": "Alma ships today.", "connections": [CONNECTION], "publish_at": "2026-12-01T09:30:00+01:00"},
    request_only=True,
)
POLL = OpenApiExample(
    "A poll on X, open for three days",
    value={
        "text": "Which lamp comes next?",
        "connections": [CONNECTION],
        "variants": [
            {"connection": CONNECTION, "options": {"poll": ["Brass, as ever", "Steel"], "poll_minutes": 4320}},
        ],
        "publish_now": True,
    },
    request_only=True,
)
UNPLAN = OpenApiExample("Back to a draft", value={"publish_at": None}, request_only=True)
REWORD = OpenApiExample("Only another text", value={"text": "Alma ships tomorrow."}, request_only=True)
FOUND = OpenApiExample(
    "It is there",
    value={"there": True, "link": "https://x.com/norrestudio/status/1860000000000000001"},
    request_only=True,
)
NOT_FOUND = OpenApiExample("It is not there", value={"there": False}, request_only=True)

ASK = OpenApiExample(
    "Schedule it when somebody says yes",
    value={
        "publish_at": {"date": "2026-12-01", "time": "09:30", "zone": "Europe/Copenhagen"},
        "comment": "@Maja is this right?",
    },
    request_only=True,
)
APPROVE = OpenApiExample("As it was in version 3", value={"version": 3, "comment": "Lovely."}, request_only=True)
CHANGES = OpenApiExample("Not like this", value={"comment": "The price is missing."}, request_only=True)
NOTE = OpenApiExample("A note", value={"text": "@Tomas have we got a better picture?"}, request_only=True)

_ACCOUNT = {"id": CONNECTION, "platform": "x", "username": "norrestudio", "name": "Norre Studio"}
_FAILED = {
    "id": "019ab3f2-7b22-7d02-8f0e-3a8d7c9ec003",
    "connection": _ACCOUNT,
    "state": "failed",
    "state_label": "Failed",
    "due_at": "2026-12-01T08:30:00.000000Z",
    "remote_id": None,
    "remote_url": "",
    "committed": 1,
    "commits": 2,
    "error": {
        "code": "too_long",
        "sentence": "X did not take part 2: it is too long.",
        "next_step": "Shorten it and retry: part 1 stays where it is.",
    },
    "finished_at": "2026-12-01T08:30:02.114000Z",
}
POST = OpenApiExample(
    "A thread of which the first part is public",
    value={
        "id": "019ab3f2-7a10-7e6f-b1d7-9d3fb0c4d004",
        "state": "partly",
        "state_label": "Partly published",
        "version": 1,
        "parts": [
            {"text": "Why we repair lamps.", "media": [{"id": MEDIA, "kind": "image", "alt_text": "A brass lamp"}]},
            {"text": "Last year, a third came back.", "media": []},
        ],
        "plan": {
            "publish_at": {"date": "2026-12-01", "time": "09:30", "zone": "Europe/Copenhagen", "fold": 0},
            "next_free_slot": False,
            "due_at": "2026-12-01T08:30:00.000000Z",
            "proposed_for": None,
        },
        "approval": {"state": "approved", "on_approval": "at", "asked_by": None, "asked_at": None},
        "author": {"name": "Maja Lindqvist"},
        "created_at": "2026-11-24T10:02:11.401000Z",
        "updated_at": "2026-11-24T10:02:11.401000Z",
        "publications": [_FAILED],
        "links": {"self": "https://multivio.example/api/v1/posts/019ab3f2-7a10-7e6f-b1d7-9d3fb0c4d004"},
    },
    response_only=True,
)
VERDICT = OpenApiExample(
    "Too long for X",
    value={
        "ok": False,
        "problems": [],
        "connections": [
            {
                "connection": _ACCOUNT,
                "ok": False,
                "problems": [
                    {
                        "field": "text",
                        "code": "too_long",
                        "message": "This is 12 characters too long for X.",
                        "severity": "error",
                        "connection": CONNECTION,
                    }
                ],
            }
        ],
    },
    response_only=True,
)
