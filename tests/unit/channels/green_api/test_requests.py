"""Requests to Green API: the token in their URL, and the documented samples."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from shared.channels import Sent
from shared.errors import Retry
from shared.models.parts import Location, Media, Part, Text
from shared.platform.http import Unanswered, Unreachable
from tests.fakes.http import ScriptedHttp
from tests.unit.channels.green_api.calls import (
    CHAT,
    INSTANCE,
    TOKEN,
    Line,
    found,
    green_api,
    method,
    send,
    told,
)

CONTRACTS = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "green_api"


# The token, which is in every URL.


async def test_the_token_is_never_told(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    faults = [told(400, "bad request data"), told(500, "oops"), Response(status_code=302), CutOff(), None]
    seen = []
    for line.gateway.fault in faults:
        seen.append(repr(await send(line.channel)))
        for ask in (line.channel.show_typing(CHAT), found(line)):
            try:
                await ask
            except Retry as later:
                seen.append(chain(later))
    for outcome in (Unreachable("ConnectError at green"), Unanswered("ReadTimeout at green")):
        with pytest.raises(Retry) as failed:
            await green_api("http://green", ScriptedHttp(outcome)).show_typing(CHAT)
        seen.append(chain(failed.value))
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("uvicorn")]
    everything = "\n".join([*seen, *ours])
    assert TOKEN not in everything
    assert "d75b3a66" not in everything
    assert CHAT not in everything


def chain(error: BaseException | None) -> str:
    """Returns an exception with all its causes, as a log would show it."""
    return f"{error!r} {chain(error.__cause__ or error.__context__)}" if error else ""


async def test_a_token_cannot_leave_its_place_in_the_url() -> None:
    http = ScriptedHttp(Unreachable())
    await send(green_api("http://green/", http))
    quoted = "d75b3a66%2F374942%3Fc5"
    assert http.requests[0]["url"] == f"http://green/waInstance{INSTANCE}/sendMessage/{quoted}"


# The documented requests and answers.


def sample(name: str) -> Any:
    if not CONTRACTS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    return json.loads((CONTRACTS / name).read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("sendMessage", Text(text="I use Green-API to send this message to you!")),
        (
            "sendFileByUrl",
            Media(
                kind="image",
                filename="horse.png",
                caption="Little horse",
                url="https://my.site.com/img/horse.png",
            ),
        ),
        (
            "sendLocation",
            Location(latitude=12.3456789, longitude=10.1112131, name="Restaurant", address="123456, Perm"),
        ),
    ],
)
async def test_we_send_the_documented_request(line: Line, name: str, part: Part) -> None:
    documented = sample(f"request_{name}.json")
    await line.channel.send(documented["chatId"], part, turn="turn-1")
    (call,) = line.gateway.calls
    assert (method(call), call.body) == (name, documented)


async def test_we_mark_as_read_with_the_documented_request(line: Line) -> None:
    documented = sample("request_readChat.json")
    await line.channel.show_seen(documented["chatId"], [documented["idMessage"]])
    assert line.gateway.calls[0].body == documented


async def test_the_documented_answers_are_understood(line: Line) -> None:
    line.gateway.fault = JSONResponse(sample("response_sendMessage.json"))
    assert await send(line.channel) == Sent("3EB0C767D097B7C7C030")
    line.gateway.fault = JSONResponse(sample("response_readChat.json"))
    await line.channel.show_seen(CHAT, ["3EB0A1"])
