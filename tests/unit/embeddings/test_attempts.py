"""A vendor's embeddings in a turn: its failure is a line in the log, never an error to a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from shared.embeddings import Embedder
from shared.embeddings.attempts import PAUSE, Attempts
from shared.embeddings.gemini import Gemini
from shared.embeddings.local import Local
from shared.errors import ConfigurationError, Retry
from shared.knowledge.vectors import is_current
from shared.models.tenant import KnowledgeEntry
from shared.wiring.ports import embedders
from tests.evals.cases import EMBEDDER
from tests.unit.answers.test_typed import Phone
from tests.world import FakePlugins, ManualClock

if TYPE_CHECKING:
    from shared.embeddings import Vectors

FAILURES = [Retry("gemini_503"), ConfigurationError("gemini: answered 403")]


class Vendor:
    """A vendor that raises `failure` if it is set, and otherwise embeds as the local model does."""

    name, loaded = "vendor", True

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure, self.calls = failure, 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        if self.failure:
            raise self.failure
        return await EMBEDDER.embed(texts)


async def open_(folder: Path, vendor: Embedder) -> Phone:
    phone = Phone(folder)
    phone.rebuild(FakePlugins(phone), embedder=EMBEDDER, vendor_embedder=vendor)
    await phone.open("hotel")
    return phone


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_without_the_vendor_the_words_answer(tmp_path: Path, failure: Exception) -> None:
    phone = await open_(tmp_path, Vendor(failure))
    assert "6:30 to 10:00" in await phone.write("What time is breakfast served?")
    assert await phone.requests() == []


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_without_the_vendor_an_emergency_calls_a_human(tmp_path: Path, failure: Exception) -> None:
    vendor = Vendor(failure)
    phone = await open_(tmp_path, vendor)
    await phone.write("my son fell in the pool hes not moving help")
    assert await phone.requests() == [("emergency", "notified")]
    assert vendor.calls == 0


async def test_a_switch_embeds_the_entries_anew(tmp_path: Path) -> None:
    vendor = Vendor()
    phone = await open_(tmp_path, vendor)
    for _ in range(6):  # each reading of the knowledge embeds some of its entries
        await phone.write("what time is breakfast")
        phone.clock.pass_(180)
    entries = await phone.store.query(KnowledgeEntry, tenant="hotel", limit=2_000)
    assert len(entries) > 50
    assert all(is_current(entry, "vendor") for entry in entries)


async def test_a_failing_vendor_is_left_alone_for_a_while(lines: list[dict[str, Any]]) -> None:
    vendor, clock = Vendor(FAILURES[0]), ManualClock()
    attempts = Attempts(vendor, clock)
    assert await attempts.embed(["pool"]) is None
    assert await attempts.embed(["pool"]) is None
    assert vendor.calls == 1
    assert [(line["event"], line["provider"], line["error"]) for line in lines] == [
        ("provider_failed", "vendor", "Retry")
    ]
    clock.pass_(PAUSE.total_seconds() + 1)
    vendor.failure = None
    found = await attempts.embed(["pool"])
    assert found is not None
    assert np.allclose(found, await EMBEDDER.embed(["pool"]))


def test_the_setting_names_the_embedder_of_the_knowledge() -> None:
    assert embedders("off") == (None, None)
    local, vendor = embedders("local")
    assert isinstance(local, Local)
    assert vendor is None
    local, vendor = embedders("gemini:gemini-embedding-9")
    assert isinstance(local, Local)
    assert isinstance(vendor, Gemini)
    assert vendor.name.startswith("gemini-embedding-9/")
    with pytest.raises(ConfigurationError, match="local, gemini, off"):
        embedders("elsewhere")
