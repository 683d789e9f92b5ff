"""A tenant's pieces are embedded by its own model if it names one, else by the deployment's embedder."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.embeddings.by_tenant import Embedders
from shared.errors import Retry
from shared.models.answers import Answers, ModelEntry, Task
from shared.models.tenant import Tenant
from tests.unit.upkeep.sources.library import CountingEmbedder
from tests.world import ManualClock

PLAIN = Tenant(tenant="inn", name="Inn", languages=["en"])
MODELS = {
    "small": ModelEntry(format="gemini", model="embed-1"),
    "other": ModelEntry(format="gemini", model="e-2"),
}
OWN = PLAIN.model_copy(update={"answers": Answers(models=MODELS, tasks={"embed": ["small", "other"]})})


class Router:
    """Answers with these vectors, or raises the error."""

    def __init__(self, answer: list[list[float]] | Exception) -> None:
        self.answer = answer

    def does(self, tenant: Tenant, task: Task) -> bool:
        return bool(tenant.answers.order(task))

    async def embed(self, tenant: Tenant, texts: Sequence[str]) -> list[list[float]]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_a_tenant_without_a_model_has_the_deployment_s() -> None:
    embedder = Embedders(CountingEmbedder(), ManualClock(), Router([])).of(PLAIN)
    assert embedder is not None
    assert embedder.name == "counting"
    assert Embedders(None, ManualClock()).of(PLAIN) is None


async def test_a_tenant_s_model_is_named_by_its_first_and_its_vectors_have_length_1() -> None:
    embedder = Embedders(CountingEmbedder(), ManualClock(), Router([[3.0, 4.0]])).of(OWN)
    assert embedder is not None
    assert embedder.name == "gemini/embed-1"
    vectors = await embedder.embed(["Hello"])
    assert vectors is not None
    assert vectors.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]


@pytest.mark.parametrize(
    "answer",
    [Retry("busy"), [], [[1.0]], [[], []], [[0.0, 0.0], [1.0, 0.0]], [[float("nan"), 1.0], [1.0, 0.0]]],
)
async def test_a_failing_or_garbled_model_costs_no_more_than_its_vectors(
    answer: list[list[float]] | Exception,
) -> None:
    embedder = Embedders(None, ManualClock(), Router(answer)).of(OWN)
    assert embedder is not None
    assert await embedder.embed(["one", "two"]) is None
