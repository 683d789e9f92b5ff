"""Parsers of requests: JSON bodies and query parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from shared.errors import Rejected
from shared.formats import wire
from shared.platform.endpoint import read

M = TypeVar("M", bound=BaseModel)
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?\Z", re.ASCII)


async def body(request: Request) -> Any:
    """Returns the JSON body. Raises Rejected(400) if it is not JSON."""
    try:
        return json.loads(await read(request))
    except ValueError:
        raise Rejected(400, "the body is not JSON") from None


async def model(request: Request, kind: type[M]) -> M:
    """Returns the body as this model. Raises Rejected(400) with the field and the expectation."""
    return validated(await body(request), kind)


def validated(given: Any, kind: type[M]) -> M:
    """Returns JSON as this model. Raises Rejected(400) with the field and the expectation."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise Rejected(400, wire.problem(error, kind)) from None


def required(request: Request, *names: str) -> list[str]:
    """Returns query parameters by name. Raises Rejected(400) for the first that is missing."""
    for name in names:
        if not request.query_params.get(name):
            raise Rejected(400, f"the query parameter {name!r} is missing")
    return [request.query_params[name] for name in names]


def number(query: Mapping[str, str], name: str, default: float = 0) -> float:
    """Returns a query parameter that is a number from 0. Raises Rejected(400)."""
    value = query.get(name, str(default))
    if not _NUMBER.match(value):
        raise Rejected(400, f"the query parameter {name!r} is not a number from 0")
    return float(value)
