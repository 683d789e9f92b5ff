"""Endpoints: the status of each request, seen by a client of the functions framework's own app."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from shared.errors import Drop, Rejected, Retry
from shared.models.dead_letter import Undelivered
from shared.platform import effects, endpoint, logs


class Greeting(BaseModel):
    name: str


Handler = Callable[[Any], Awaitable[None]]


def post(handler: Handler, body: object, path: str = "/greetings") -> Any:
    async def serve(request: Request) -> Response:
        topics: endpoint.Topics = {"greetings": (TypeAdapter(Greeting), handler)}
        return await endpoint.push("greeter", request, lambda: topics)

    client = TestClient(Starlette(routes=[Route("/{path:path}", serve, methods=["POST"])]))
    return client.post(path, content=body if isinstance(body, bytes) else json.dumps(body).encode())


def pushed(data: bytes = b'{"name": "Awa"}', **attributes: str) -> dict[str, Any]:
    message = {"data": base64.b64encode(data).decode(), "attributes": attributes, "messageId": "1"}
    message["publishTime"] = "2026-11-20T10:00:00Z"
    return {"message": message, "subscription": "projects/p/subscriptions/s"}


def raising(error: Exception) -> Handler:
    async def handler(_: object) -> None:
        raise error

    return handler


async def greet(greeting: Greeting) -> None:
    effects.read(2)
    effects.wrote("tenants/t/identities/whatsapp:+221770000001")
    effects.published("outbound")


def test_a_push_is_acknowledged_and_its_cost_logged(lines: list[dict[str, Any]]) -> None:
    ids = {"tenant": "t", "conversation": "c", "message": "m"}
    assert post(greet, pushed(tenant="t", conversation="c", message="m")).status_code == 204
    handled = lines[-1]
    assert ids.items() <= handled.items()
    assert (handled["event"], handled["function"], handled["topic"]) == ("handled", "greeter", "greetings")
    assert (handled["reads"], handled["published"]) == (2, ["outbound"])
    assert handled["wrote"] == ["tenants/t/identities/…"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(Drop("nobody"), 204), (Retry("later"), 503), (Rejected(409, "no"), 409), (RuntimeError("bug"), 500)],
)
def test_what_a_failure_means(error: Exception, status: int) -> None:
    assert post(raising(error), pushed()).status_code == status


def test_the_wait_a_vendor_asked_for_is_passed_on() -> None:
    assert post(raising(Retry("slow", after=7.4)), pushed()).headers["Retry-After"] == "7"


def test_a_bugs_message_stays_out_of_the_log_and_the_answer(lines: list[dict[str, Any]]) -> None:
    answer = post(raising(RuntimeError("zebra")), pushed())
    assert "zebra" not in answer.text
    assert "zebra" not in json.dumps(lines, default=str)
    failed = next(line for line in lines if line["event"] == "failed")
    assert failed["error"] == "RuntimeError"
    assert any("test_endpoint.py" in where for where in failed["where"])


@pytest.mark.parametrize(
    ("body", "path", "status"),
    [
        (b"{", "/greetings", 400),
        (pushed(b'{"name": 1}'), "/greetings", 400),
        (pushed(b"zebra"), "/greetings", 400),
        (pushed(), "/farewells", 404),
    ],
)
def test_what_is_not_ours(lines: list[dict[str, Any]], body: object, path: str, status: int) -> None:
    answer = post(greet, body, path)
    assert answer.status_code == status
    assert "zebra" not in answer.text + json.dumps(lines, default=str)


def test_a_trace_goes_on_and_a_bad_one_begins_anew(lines: list[dict[str, Any]]) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    post(greet, pushed(traceparent=f"00-{trace}-b7ad6b7169203331-01"))
    assert lines[-1]["trace"] == trace
    post(greet, pushed(traceparent="nonsense"))
    assert len(lines[-1]["trace"]) == 32
    assert lines[-1]["trace"] != trace


def test_ids_do_not_leak_into_the_next_request(lines: list[dict[str, Any]]) -> None:
    post(greet, pushed(tenant="first", message="m1"))
    post(greet, pushed(tenant="second"))
    assert lines[-1]["tenant"] == "second"
    assert "message" not in lines[-1]


def test_a_line_survives_the_cloud_and_comes_back() -> None:
    line = {"event": "handled", "message": "m1", "tenant": "t"}
    cloud = logs.to_cloud(dict(line))
    assert (cloud["message"], cloud["message_id"]) == ("handled", "m1")
    assert logs.from_cloud(cloud) == line


def test_a_dead_letter_may_hold_anything_but_must_be_one() -> None:
    kept: list[Undelivered] = []

    async def keep(undelivered: Undelivered) -> None:
        kept.append(undelivered)

    async def serve(request: Request) -> Response:
        return await endpoint.dead_letter("keeper", request, keep)

    client = TestClient(Starlette(routes=[Route("/dead", serve, methods=["POST"])]))
    source = "CloudPubSubDeadLetterSource"
    told = {f"{source}Subscription": "reply-inbound", f"{source}DeliveryCount": "20", "tenant": "t"}
    assert client.post("/dead", json=pushed(b"\xff zebra", **told)).status_code == 204
    (letter,) = kept
    assert (letter.data, letter.attributes) == (b"\xff zebra", {"tenant": "t"})
    assert (letter.subscription, letter.attempts, letter.error) == ("reply-inbound", 20, "")
    assert client.post("/dead", json=pushed(b"x", tenant="t")).status_code == 400
    assert (
        client.post("/dead", json=pushed(b"x", **{**told, f"{source}DeliveryCount": "?"})).status_code == 400
    )
    assert len(kept) == 1
