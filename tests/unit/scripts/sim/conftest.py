"""The bench of the simulated gateways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.stand_in import standing_in
from tests.unit.scripts.sim.bench import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with (
        standing_in(tmp_path) as concierge,
        httpx.AsyncClient(base_url=concierge.origin, timeout=10) as client,
    ):
        yield Bench(concierge, client)
