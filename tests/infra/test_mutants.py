"""The mutations of `make mutants-infra` fit the files that they change."""

from __future__ import annotations

import pytest

from scripts.yaml_file import ROOT
from tests.infra.mutating import Mutation
from tests.infra.mutations import MUTATIONS


def test_there_are_at_least_forty_each_with_a_name_of_its_own() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 40


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_changes_its_file(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text("utf-8")
    assert mutation.applied(text) != text
    assert (ROOT / mutation.test[0].partition("::")[0]).exists()
