"""xAI's REST under /xai/v1: models, responses, chat completions and pictures."""

import json
from collections import deque
from collections.abc import Sequence
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.calls import Call, Limit, Operation, Reply, Stream
from sandbox.faults import Fault
from sandbox.platforms.base import Service
from sandbox.settings import Value
from sandbox.xai import chat, pictures, refusals, responses, speaking, writing
from sandbox.xai.speaking import Asked, Way, Written

TEXT_MODELS = ("grok-4.3", "grok-4.5", "grok-4.6")
IMAGE_MODELS = ("grok-imagine-image-2.0", "grok-imagine-image")
RETIRED = ("grok-3", "grok-4-0709", "grok-4-fast", "grok-beta")
KEPT = 200


class Grok(Service):
    """Scripted answers and what was asked are kept in memory: they do not outlive the process."""

    slug = "xai"
    name = "Grok"
    api_root = "/xai/v1"
    settings: ClassVar[dict[str, Value]] = {
        "xai_word_ms": 0,
        "xai_models": ",".join((*TEXT_MODELS, *IMAGE_MODELS)),
        # Whether a stream ends with [DONE]: so it is known of chat completions, and unsure of responses.
        "xai_done_chat": True,
        "xai_done_responses": False,
    }

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.number = 0
        self.scripted: deque[Written] = deque()
        self.asked: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.streams: deque[dict[str, Any]] = deque(maxlen=KEPT)

    @property
    def operations(self) -> Sequence[Operation]:
        plain: dict[str, Any] = {"identify": refusals.identify}
        many = {"max_body": 24 * 1024 * 1024, **plain}
        return (
            Operation(name="models", method="GET", path="/models", handle=self._models, **plain),
            Operation(
                name="language_models", method="GET", path="/language-models", handle=self._language_models, **plain
            ),
            Operation(name="chat", method="POST", path="/chat/completions", handle=self._chat, **many),
            Operation(name="responses", method="POST", path="/responses", handle=self._responses, **many),
            Operation(name="images", method="POST", path="/images/generations", handle=self._images, **plain),
        )

    # -- what it answers ---------------------------------------------------------------------------------------------

    @property
    def models(self) -> list[str]:
        return [name for name in str(self.world.settings["xai_models"]).split(",") if name]

    def _models(self, call: Call) -> Reply:
        data = [{"id": name, "object": "model", "created": 1_777_000_000, "owned_by": "xai"} for name in self.models]
        return Reply(200, {"object": "list", "data": data})

    def _language_models(self, call: Call) -> Reply:
        rows = [
            {
                "id": name,
                "aliases": [],
                "input_modalities": ["text", "image"],
                "output_modalities": ["text"],
                "prompt_text_token_price": int(speaking.PRICES[name][0] * 10_000),
                "completion_text_token_price": int(speaking.PRICES[name][1] * 10_000),
            }
            for name in self.models
            if name in speaking.PRICES
        ]
        return Reply(200, {"models": rows})

    def _chat(self, call: Call) -> Reply:
        return self._speak(call, chat)

    def _responses(self, call: Call) -> Reply:
        return self._speak(call, responses)

    def _speak(self, call: Call, way: Way) -> Reply:
        body = self._body(call)
        turns = way.turns(body)
        self._known(body, speaking.PRICES)
        effort = way.effort(body)
        speaking.require_possible(body, effort)
        schema = way.schema(body)
        self.asked[-1]["notes"] = _notes(call, body, way)
        written = self.scripted.popleft() if self.scripted else Written(writing.answer(turns, schema))
        is_told = bool(self.world.settings[f"xai_done_{call.operation}"])
        asked = Asked(body, turns, written, self.number, effort or "", is_told)
        if not body.get("stream"):
            return speaking.whole(asked, way.body(asked))
        return self._streamed(asked, way)

    def _streamed(self, asked: Asked, way: Way) -> Reply:
        pause = int(self.world.settings["xai_word_ms"]) / 1000
        record: dict[str, Any] = {"number": asked.number, "sent": None}
        self.streams.append(record)
        stream = Stream((), pause_seconds=pause, ended=lambda sent: record.update(sent=sent))
        reply = speaking.streamed(asked, way.events(asked), stream)
        record["pieces"] = len(reply.stream.pieces) if reply.stream else 0
        return reply

    def _images(self, call: Call) -> Reply:
        asked = self._body(call)
        for name in ("size", "style"):
            if name in asked:
                raise refusals.bad_argument(f"Argument not supported: {name}")
        self._known(asked, dict.fromkeys(IMAGE_MODELS))
        if asked.get("aspect_ratio", "1:1") not in pictures.RATIOS or not 1 <= int(asked.get("n", 1)) <= 10:
            raise refusals.bad_argument("Field aspect_ratio or n is out of range.")
        named = {"x-request-id": f"box-{self.number}"}
        return Reply(200, pictures.answer(asked), named, effect={"pictures": asked.get("n", 1)})

    def _body(self, call: Call) -> dict[str, Any]:
        try:
            asked = json.loads(call.body)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise speaking.undeserialisable("expected an object")
        self.number += 1
        self.asked.append(
            {
                "number": self.number,
                "operation": call.operation,
                "body": asked,
                "authorization": bool(call.headers.get("authorization")),
                "notes": [],
            }
        )
        return asked

    def _known(self, asked: dict[str, Any], kind: dict[str, Any]) -> None:
        model = str(asked.get("model", ""))
        if model not in self.models or model not in kind or model in RETIRED:
            raise refusals.no_such_model(model)

    # -- how it says no ------------------------------------------------------------------------------------------------

    def fault_reply(self, call: Call, fault: Fault) -> Reply:
        return refusals.by_fault(call, fault)

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        return refusals.refusal(429, "Some resource has been exhausted", "Too many requests.", retry_after="1")

    def server_error(self, call: Call, status: int) -> Reply:
        return refusals.refusal(status, "Internal error", "Something went wrong on our side.")

    def too_large(self, call: Call) -> Reply:
        return refusals.refusal(413, refusals.ARGUMENT, "The request is too large.")

    # -- how it is steered ---------------------------------------------------------------------------------------------

    def clear(self) -> None:
        self.scripted.clear()
        self.asked.clear()
        self.streams.clear()

    def control(self) -> list[Route]:
        async def answers(request: Request) -> Response:
            """What it says next: [{text, finish?, refusal?, tells_ticks?, error?, failure?, ends?}], first come first."""
            self.scripted.extend(Written(**one) for one in json.loads(await request.body())["answers"])
            return JSONResponse({"waiting": len(self.scripted)})

        async def asked(request: Request) -> Response:
            return JSONResponse({"requests": list(self.asked)})

        async def streams(request: Request) -> Response:
            return JSONResponse({"streams": list(self.streams)})

        return [
            Route("/answers", answers, methods=["POST"]),
            Route("/requests", asked, methods=["GET"]),
            Route("/streams", streams, methods=["GET"]),
        ]


def _notes(call: Call, body: dict[str, Any], way: Way) -> list[str]:
    """What is let in there although whoever asks should not send it so."""
    key = call.headers.get("authorization", "").partition(" ")[2]
    found = [f"{name} is not known" for name in sorted(body.keys() - way.KNOWN)]
    if body.get("store") is not False:
        found.append("store is not false")
    if not isinstance(body.get(way.MOST), int):
        found.append(f"{way.MOST} is missing")
    return [*found, *(["the key is in the question"] if key and key in call.text else [])]
