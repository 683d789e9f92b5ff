"""Notifiers that post to a webhook: what every one of them makes of the vendor's answers and failures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.responses import HTMLResponse, Response

from scripts.local.vendors.broken import CutOff, Hang
from shared.errors import ConfigurationError
from shared.notifiers import Later, Refused, Told, Unclear, _posting
from shared.tenants import plugins
from tests.contract.notifiers.rooms import KINDS, NOTICE, Room, connected, huge, opened, relay
from tests.fakes.http import ScriptedHttp, answer


@pytest.fixture(params=sorted(KINDS))
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    async with opened(request.param) as found:
        yield found


@pytest.mark.parametrize(
    "notice",
    [NOTICE, relay("My taxi is late."), relay("x" * 20_000), huge(), replace(relay(""), title="")],
    ids=["request", "message", "long message", "huge", "empty"],
)
async def test_the_vendor_accepts_every_notice(room: Room, notice: object) -> None:
    assert isinstance(notice, type(NOTICE))
    assert isinstance(await room.tell(notice), Told)
    assert len(room.vendor.posted) == 1


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (400, Refused),
        (401, Refused("credentials")),
        (404, Refused),
        (410, Refused),
        (413, Refused),
        (302, Refused),
        (418, Refused),
        (408, Later("http_408")),
        (429, Later("http_429", after=30.0)),
        (500, Later("http_500", after=30.0)),
        (503, Later("http_503", after=30.0)),
        (502, Unclear("http_502")),
        (504, Unclear("http_504")),
    ],
)
async def test_a_failure_says_whether_to_try_again(room: Room, status: int, result: object) -> None:
    headers = {"Retry-After": "30"} if status in (429, 500, 503) else {}
    room.vendor.script.append(lambda _: HTMLResponse("<html>scripted</html>", status, headers))
    told = await room.tell(NOTICE)
    if result is Refused:
        assert isinstance(told, Refused)
        assert " " in told.reason, "expected plain words"
    else:
        assert told == result
    assert len(room.vendor.posted) == 1


@pytest.mark.parametrize("silent", [Hang(), CutOff(b"ok")], ids=["hang", "drop"])
async def test_a_lost_answer_is_unclear(
    room: Room, silent: Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_posting, "TIMEOUT_S", 0.5)
    room.vendor.script.append(lambda _: silent)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await room.tell(NOTICE) == Unclear("unanswered")
    assert loop.time() - began < 2


async def test_a_vendor_out_of_reach_is_tried_later(room: Room) -> None:
    gone = "http://127.0.0.1:9/services"
    assert await room.tell(NOTICE, url=gone) == Later("unreachable")


def test_no_wait_is_longer_than_the_ports() -> None:
    assert _posting.TIMEOUT_S < 20


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/not-a-real-address",
        "https://10.0.0.1/not-a-real-address",
        "https://169.254.169.254/not-a-real-address",
        "https://me:pass@hooks.example/not-a-real-address",
        "https://[bad/not-a-real-address",
        "https://hooks.example:99999/not-a-real-address",
        "ftp://hooks.example/not-a-real-address",
        "not-a-real-address",
        "https://hooks.example/" + "not-a-real-address" * 1_000,
        " ",
    ],
)
async def test_a_wrong_address_is_a_wrong_setting_and_is_not_shown(room: Room, url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        await room.tell(NOTICE, url=url)
    assert "hotel/desk" in str(raised.value)
    assert "not-a-real" not in f"{raised.value!r} {raised.value.__cause__!r}"
    assert room.vendor.posted == []


async def test_no_address_at_all_is_a_wrong_setting(room: Room) -> None:
    notifier = plugins.notifier(room.kind, connected(room.kind, ScriptedHttp(answer(200)), {}))
    with pytest.raises(ConfigurationError, match="url"):
        await notifier.notify("", NOTICE)


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_the_address_is_in_no_log_and_no_result(
    room: Room, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    room.vendor.script.append(lambda posted: Response(str(posted.path), status))
    with caplog.at_level(logging.DEBUG):
        told = await room.tell(NOTICE)
    secret = room.url.split("/", 3)[3]
    assert secret not in repr(told)
    ours = [line.getMessage() for line in caplog.records if not line.name.startswith("uvicorn")]
    assert secret not in " ".join(ours)
