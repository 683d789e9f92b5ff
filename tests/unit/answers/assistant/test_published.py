"""Every published answer of the demo tenants, given word for word by a model, passes the guards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts import tenant_file
from shared.answers.assistant.guards import review
from shared.answers.assistant.guards.evidence import Evidence
from shared.knowledge.passage import Passage
from shared.models.tenant import Tenant
from tests.fakes.asked import asked


def published() -> Iterator[tuple[Tenant, Passage, str]]:
    for path in sorted(tenant_file.DEMO.glob("*.yaml")):
        file = tenant_file.load(path)
        for entry in file.knowledge:
            for language, wording in entry.wordings.items():
                topic, source = entry.topic.get(language, ""), entry.source.get(language, "")
                passage = Passage(entry.entry, language, topic, wording.answer, source, 0.9)
                yield file.tenant, passage, wording.questions[0]


PUBLISHED = list(published())


@pytest.mark.parametrize("chosen", range(10))
def test_it_passes(chosen: int) -> None:
    for tenant, passage, question in PUBLISHED[chosen::10]:
        found = review(
            passage.text, Evidence(asked(tenant, question, passage.language), [passage], [passage])
        )
        assert (found.said, found.problems) == (passage.text.strip(), ()), passage.id


def test_there_are_many() -> None:
    assert len(PUBLISHED) > 200
