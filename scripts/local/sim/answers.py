"""Answers that go wrong on purpose, and the JSON bodies that requests bring."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.errors import Rejected
from shared.formats import wire
from shared.platform.endpoint import read

M = TypeVar("M", bound=BaseModel)
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?\Z", re.ASCII)


class BrokenResponse(Response):
    """Begins an answer and never ends it: the server then closes the connection, and the client has none."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def hang(request: Request, seconds: float) -> None:
    """Waits, but no longer than the caller does."""
    try:
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


async def body(request: Request) -> Any:
    """The JSON body. Raises Rejected(400) where it is none."""
    try:
        return json.loads(await read(request))
    except ValueError:
        raise Rejected(400, "the body is not JSON") from None


async def model(request: Request, kind: type[M]) -> M:
    """The body as this model. Raises Rejected(400) that names the field and what was expected."""
    try:
        return kind.model_validate(await body(request))
    except ValidationError as error:
        raise Rejected(400, wire.problem(error, kind)) from None


def required(request: Request, *names: str) -> list[str]:
    """Query parameters by name. Raises Rejected(400) for the first that is missing."""
    for name in names:
        if not request.query_params.get(name):
            raise Rejected(400, f"the query parameter {name!r} is missing")
    return [request.query_params[name] for name in names]


def number(request: Request, name: str, default: float = 0) -> float:
    """A not negative query parameter. Raises Rejected(400)."""
    value = request.query_params.get(name, str(default))
    if not _NUMBER.match(value):
        raise Rejected(400, f"the query parameter {name!r} is not a number from 0")
    return float(value)
