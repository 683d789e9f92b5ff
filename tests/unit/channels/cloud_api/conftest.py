"""Fixtures for calls to Meta's Cloud API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.platform.http_httpx import HttpxHttp
from tests.fakes.served import served
from tests.fakes.vendor import Vendor
from tests.unit.channels.cloud_api.calls import Line, cloud_api


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[tuple[str, Vendor, HttpxHttp]]:
    vendor, http = Vendor("cloud_api"), HttpxHttp()
    async with served(vendor.app) as origin:
        yield origin, vendor, http
        await http.close()


@pytest.fixture
def line(server: tuple[str, Vendor, HttpxHttp]) -> Line:
    origin, vendor, http = server
    vendor.reset()
    return Line(cloud_api(f"{origin}/v23.0/", http), vendor)
