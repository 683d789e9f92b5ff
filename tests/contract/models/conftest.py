"""Fixtures for the models of shared/llm."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from scripts.local.vendors.gemini.server import Gemini
from shared.llm import Model
from tests.contract.models.questions import MODELS
from tests.fakes.served import served


@pytest.fixture(scope="session")
async def vendor() -> AsyncIterator[Gemini]:
    """One server for all modules: the library's clients, kept between tests, call its address."""
    found = Gemini()
    async with served(found.app) as found.url:
        yield found


@pytest.fixture
def fake(vendor: Gemini, monkeypatch: pytest.MonkeyPatch) -> Gemini:
    """Gemini at the address that the library calls. Clients are kept between tests as between answers."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", vendor.url)
    vendor.asked.clear()
    vendor.script.clear()
    return vendor


@pytest.fixture(params=sorted(MODELS))
def model(request: pytest.FixtureRequest, fake: Gemini) -> Model:
    return MODELS[request.param]()
