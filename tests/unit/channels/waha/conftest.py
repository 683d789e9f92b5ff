"""Fixtures for calls to WAHA."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.platform.http_httpx import HttpxHttp
from tests.fakes.served import served
from tests.fakes.vendor import Vendor
from tests.unit.channels.waha.calls import SENT_AT, Line, waha


@pytest.fixture(scope="module")
async def open_line() -> AsyncIterator[Line]:
    gateway, http = Vendor("waha"), HttpxHttp()
    async with served(gateway.app) as origin:
        yield Line(waha(f"{origin}/", http), gateway)
        await http.close()


@pytest.fixture
def line(open_line: Line) -> Line:
    open_line.gateway.reset()
    open_line.gateway.clock.at = SENT_AT
    return open_line
