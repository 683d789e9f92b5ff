"""Fixtures for the embedders of shared/embeddings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator

import pytest

from scripts.local.vendors.models.server import ModelServer
from shared.platform import google_ai
from tests.fakes.served import served

KEY = "AIza-not-a-real-key"


@pytest.fixture
async def vendor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    """Gemini at the address that the library calls, with clients of its own."""
    found = ModelServer()
    async with served(found.app) as found.url:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", f"{found.url}/gemini")
        monkeypatch.setattr(google_ai, "_clients", OrderedDict())
        yield found
