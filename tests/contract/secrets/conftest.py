"""Fixtures of the secrets tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.platform.secrets.secret_manager import SecretManagerSecrets
from tests.contract.secrets.clock import FakeClock
from tests.fakes.secret_manager import FakeSecretManager


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def vault() -> AsyncIterator[FakeSecretManager]:
    async with FakeSecretManager("concierge-test") as running:
        yield running


@pytest.fixture
def managed(vault: FakeSecretManager, clock: FakeClock) -> SecretManagerSecrets:
    return SecretManagerSecrets("concierge-test", clock, insecure_host=vault.host, deadline=2.0)
