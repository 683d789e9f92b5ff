"""Fixtures for the models of shared/llm."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

import pytest

from scripts.local.vendors.models.server import ModelServer
from shared.llm import Connection, Model
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins
from tests.contract.models.questions import KEY, VENDORS
from tests.fakes.served import served


@dataclass(frozen=True)
class Vendor:
    """A format with the server that speaks it; `create` makes a model of it, by default with a key."""

    file: str
    name: str
    server: ModelServer
    create: Callable[..., Model]

    def fail(self, how: str) -> None:
        self.server.fail(self.name, how)


@pytest.fixture(scope="session")
async def vendor() -> AsyncIterator[ModelServer]:
    """One server for all modules: the library's clients, kept between tests, call its address."""
    found = ModelServer()
    async with served(found.app) as found.url:
        yield found


@pytest.fixture
def fake(vendor: ModelServer, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    """Gemini at the address that the library calls. Clients are kept between tests as between answers."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", f"{vendor.url}/gemini")
    vendor.reset()
    return vendor


@pytest.fixture
async def http() -> AsyncIterator[HttpxHttp]:
    found = HttpxHttp()
    yield found
    await found.close()


def created(
    file: str,
    fake: ModelServer,
    http: HttpxHttp,
    model: str = "scripted",
    key: str | None = KEY,
    url: str = "",
    voice: str = "",
) -> Model:
    """Returns a model of this file at the server, or at another address."""

    async def value() -> str | None:
        return key

    return plugins.model(file, Connection(model, value, http, url or fake.url + VENDORS[file][1], voice))


@pytest.fixture(params=sorted(VENDORS))
def each(request: pytest.FixtureRequest, fake: ModelServer, http: HttpxHttp) -> Vendor:
    """Each format in turn."""
    return Vendor(request.param, VENDORS[request.param][0], fake, partial(created, request.param, fake, http))


@pytest.fixture
def model(each: Vendor) -> Model:
    return each.create()
