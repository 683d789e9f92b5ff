"""Fixtures for calls to Green API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.platform.http_httpx import HttpxHttp
from tests.fakes.served import served
from tests.fakes.vendor import Vendor
from tests.unit.channels.green_api.calls import TOKEN, Line, green_api


@pytest.fixture(scope="module")
async def open_line() -> AsyncIterator[Line]:
    gateway, http = Vendor("green_api", TOKEN), HttpxHttp()
    async with served(gateway.app) as origin:
        yield Line(green_api(f"{origin}/", http), gateway)
        await http.close()


@pytest.fixture
def line(open_line: Line) -> Line:
    open_line.gateway.reset()
    return open_line
