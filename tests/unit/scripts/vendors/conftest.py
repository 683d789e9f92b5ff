"""Correspondence between our channels and the simulated gateways."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.correspondence import Correspondence, corresponding


@pytest.fixture(scope="module")
async def correspondence(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Correspondence]:
    async with corresponding(tmp_path_factory.mktemp("sim")) as found:
        yield found


@pytest.fixture(autouse=True)
async def afresh(correspondence: Correspondence) -> None:
    correspondence.inbound.clear()
    correspondence.receipts.clear()
    await correspondence.client.delete("/_sim/faults")
