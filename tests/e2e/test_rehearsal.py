"""The move to another project and the restore, rehearsed on Google's emulators: infra/runbooks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from scripts.local.emulators import Emulators
from tests.rehearsal.move import move
from tests.rehearsal.people import STAFF
from tests.rehearsal.restore import restore
from tests.rehearsal.stage import Result, stage

pytestmark = pytest.mark.emulators


@pytest.fixture(scope="module")
def results(emulators: Emulators, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    """Rehearses on emulators of its own: other tests may be using the session's."""
    own = Emulators.find() or emulators

    async def rehearse() -> Mapping[str, Result]:
        async with stage(own, tmp_path_factory.mktemp("rehearsal")) as everything:
            return {
                "restore": await restore(everything),
                "careless": await restore(everything, without={"settle"}),
                "move": await move(everything),
            }

    return asyncio.run(rehearse())


@pytest.mark.parametrize("name", ["restore", "move"])
def test_nothing_is_lost_doubled_or_sent_in_a_pause(results: Mapping[str, Result], name: str) -> None:
    result = results[name]
    assert (result.lost, result.doubled, result.paused) == (0, 0, 0), str(result)


def test_staff_are_told_once_of_an_emergency_during_the_move(results: Mapping[str, Result]) -> None:
    assert results["move"].told == [1] * len(STAFF)


def test_a_restore_that_is_not_settled_sends_again(results: Mapping[str, Result]) -> None:
    assert results["careless"].doubled > 0
