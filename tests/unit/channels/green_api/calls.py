"""A channel of Green API on a simulated gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from shared.channels import SendResult
from shared.channels.green_api import GreenApi, create
from shared.models.parts import Choice, Choices, Part, Text
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.connection import NOW, connection
from tests.fakes.http import ScriptedHttp
from tests.fakes.vendor import Call, Vendor

INSTANCE = "7103000000"

#: A token that needs escaping in a path.
TOKEN = "d75b3a66/374942?c5"

CHAT = "221770000001@c.us"

TEXT = Text(text="Bonjour")

LONG_AGO = NOW - timedelta(minutes=5)


@dataclass
class Line:
    """A channel of ours and the simulated gateway that it calls."""

    channel: GreenApi
    gateway: Vendor


def green_api(base_url: str, http: HttpxHttp | ScriptedHttp) -> GreenApi:
    settings: dict[str, Any] = {"base_url": base_url, "instance": INSTANCE}
    return create(connection("green_api", settings, {"api_key": TOKEN}, http))


def method(call: Call) -> str:
    """Returns the API's method that a call names."""
    return call.path.split("/")[2]


async def send(channel: GreenApi, part: Part = TEXT) -> SendResult:
    return await channel.send(CHAT, part, turn="turn-1")


CHOICES = Choices(
    text="Quel parcours ?",
    choices=[Choice(id="a", title="Éveil", description="4 à 6 ans"), Choice(id="b", title="Autre")],
)

FILE_URL = "https://files.example/a1"


def told(status: int, message: str) -> Response:
    """Returns an error in Green API's format, which repeats the request's path."""
    path = f"/waInstance{INSTANCE}/sendMessage/{TOKEN}"
    return JSONResponse({"statusCode": status, "path": path, "message": message}, status)


async def found(
    line: Line, part: Part = TEXT, *, since: datetime = LONG_AGO, known: Sequence[str] = ()
) -> str | None:
    return await line.channel.find_sent(CHAT, part, since=since, known=known)
