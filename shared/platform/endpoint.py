"""The HTTP endpoint of every function: from a request to the core, and from its result to a status.

Two shapes: `call` for functions that people and gateways call, `push` and `dead_letter` for functions
triggered by a topic (https://cloud.google.com/pubsub/docs/push: a 2xx acknowledges, any other status makes
the bus redeliver).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from shared.errors import ConfigurationError, Drop, Rejected, Retry
from shared.formats import wire
from shared.models.dead_letter import Undelivered
from shared.platform import effects, logs, tracing
from shared.platform.bus import envelope

MIB = 1024 * 1024
#: Time (s) within which a whole body must arrive.
BODY_DEADLINE_S = 10
#: For each topic: the model of its events, and their handler.
Topics = Mapping[str, tuple[TypeAdapter[Any], Callable[[Any], Awaitable[None]]]]

#: A Pub/Sub message is at most 10 MB, and base64 makes it a third longer.
PUSH_LIMIT = 14 * MIB


async def call(function: str, request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """Serves a request of a person, a gateway or the scheduler."""
    tracing.begin(function, "server")
    _begin(function, **tracing.follow(request.headers.get("traceparent", ""), trusted=False))
    return await _answer(lambda: handle(request))


async def push(
    function: str,
    request: Request,
    table: Callable[[], Topics],
) -> Response:
    """Serves a push subscription; the last segment of the path names one of the topics in `table()`."""
    tracing.begin(function, "consumer")
    _begin(function)

    async def handle() -> Response:
        topic, topics = request.url.path.rstrip("/").rsplit("/", 1)[-1], table()
        if topic not in topics:
            raise Rejected(404, f"no such topic here (expected one of {', '.join(topics)})")
        events, handler = topics[topic]
        delivery = await _delivery(request, topic)
        try:
            event = events.validate_json(delivery.data)
        except ValidationError as error:
            raise Rejected(400, f"not an event of {topic}: {wire.problem(error, events)}") from None
        await handler(event)
        return Response(status_code=204)

    return await _answer(handle)


async def dead_letter(
    function: str, request: Request, handle: Callable[[Undelivered], Awaitable[object]]
) -> Response:
    """Serves the push subscriptions of dead-letter topics: the event in a message may be malformed."""
    tracing.begin(function, "consumer")
    _begin(function)

    async def serve() -> Response:
        await handle(envelope.undelivered(await _delivery(request, "dead")))
        return Response(status_code=204)

    return await _answer(serve)


async def _delivery(request: Request, topic: str) -> envelope.Delivery:
    delivery = envelope.parse(await read(request, PUSH_LIMIT))
    effects.waited(max(0.0, round(time.time() - delivery.published_at.timestamp(), 3)))
    ids = {name: delivery.attributes.get(name, "") for name in ("tenant", "conversation", "message")}
    logs.bind(topic=topic, **ids, **tracing.follow(delivery.attributes.get("traceparent", ""), trusted=True))
    return delivery


def json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Returns a response of JSON; pydantic's serialiser takes a quarter of the time of Starlette's."""
    return Response(to_json(content), status, headers, "application/json")


async def read(request: Request, limit: int = MIB) -> bytes:
    """Returns the body, of at most `limit` bytes.

    Raises Rejected(413) as soon as it is longer, and Rejected(408) if it is incomplete after BODY_DEADLINE_S:
    an endless body would occupy one of the instance's requests.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_DEADLINE_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise Rejected(413, f"the body is longer than {limit} bytes")
                chunks.append(chunk)
    except TimeoutError:
        raise Rejected(408, f"the body did not come within {BODY_DEADLINE_S} seconds") from None
    return b"".join(chunks)


def _begin(function: str, **ids: str) -> None:
    effects.begin()
    logs.begin(function=function, **ids)


async def _answer(handle: Callable[[], Awaitable[Response]]) -> Response:
    began = time.perf_counter()
    response, reason = await _outcome(handle)
    cost = effects.current() or effects.begin()
    logs.logger().info(
        "handled",
        status=response.status_code,
        reason=reason,
        ms=round((time.perf_counter() - began) * 1000, 2),
        waited=cost.waited,
        reads=cost.reads,
        wrote=[_impersonal(path) for path in cost.writes],
        published=cost.published,
    )
    tracing.end(failed=response.status_code >= 500, status=response.status_code, reason=reason)
    return response


async def _outcome(handle: Callable[[], Awaitable[Response]]) -> tuple[Response, str]:
    try:
        return await handle(), ""
    except Drop as drop:
        return Response(status_code=204), drop.reason
    except Retry as retry:
        headers = {} if retry.after is None else {"Retry-After": str(max(1, round(retry.after)))}
        return json({"error": "try again"}, 503, headers), retry.reason
    except Rejected as rejected:
        detail = logs.clean_text(rejected.detail)
        # The rest of that body is not read (RFC 9110, section 15.5.9).
        headers = {"Connection": "close"} if rejected.status == 408 else {}
        return json({"error": detail}, rejected.status, headers), detail
    except ClientDisconnect:
        return Response(status_code=400), "client_disconnected"
    except Exception as error:
        logger = logs.logger()
        # An operator has to act: no redelivery mends a setting.
        log = logger.critical if isinstance(error, ConfigurationError) else logger.error
        log("failed", **logs.describe(error))
        return json({"error": "internal error"}, 500), "bug"


def _impersonal(path: str) -> str:
    """Returns a written path fit for a log: the id of an identity is a person's phone number, and that of a
    record in an organisation's system may be one too."""
    collection, _, _ = path.rpartition("/")
    return f"{collection}/…" if collection.endswith(("/identities", "/externals")) else path
