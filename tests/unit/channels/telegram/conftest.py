"""Fixtures for calls to Telegram's Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.platform.http_httpx import HttpxHttp
from tests.fakes.served import served
from tests.fakes.vendor import Vendor
from tests.unit.channels.telegram.calls import TOKEN, Line, telegram


@pytest.fixture(scope="module")
async def open_line() -> AsyncIterator[Line]:
    server, http = Vendor("telegram", TOKEN), HttpxHttp()
    async with served(server.app) as origin:
        yield Line(telegram(f"{origin}/", http), server)
        await http.close()


@pytest.fixture
def line(open_line: Line) -> Line:
    open_line.server.reset()
    return open_line
