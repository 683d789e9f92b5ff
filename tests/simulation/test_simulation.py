"""A slice of the simulation for each `make test`: new worlds for each commit, and the kept failures."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest

from tests.simulation.auditor import Auditor
from tests.simulation.kept import Kept, load
from tests.simulation.loop import Deadlock, VirtualLoop
from tests.simulation.mutants import MUTANTS
from tests.simulation.mutating import Edit
from tests.simulation.play import play, seeds, world_of
from tests.simulation.services import world as services
from tests.simulation.triggers.world import plan_of
from tests.simulation.world import Plan

ROOT = Path(__file__).resolve().parents[2]
TURNS = 1_200


def command(*arguments: str, hash_seed: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    run = [sys.executable, "-m", *arguments]
    return subprocess.run(
        run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def new_seed() -> int:
    """Returns a seed that is new for each commit, and the same for each run on one commit."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return 1_000 + int(head.stdout[:12], 16) % 1_000_000


def test_new_worlds_keep_every_promise() -> None:
    worlds, turns = seeds(new_seed()), 0
    while turns < TURNS:
        outcome = play(services.usual(next(worlds), people=60))
        assert outcome.violations == [], f"services.usual({outcome.seed}, people=60)"
        turns += outcome.turns


def test_small_worlds_with_triggers_keep_every_promise() -> None:
    outcomes = [play(plan_of(seed, people=6, days=1)) for seed in (1, 2)]
    assert [outcome.violations for outcome in outcomes] == [[], []]
    assert sum(outcome.begun for outcome in outcomes) > 50


def test_small_worlds_with_services_keep_every_promise() -> None:
    seed = new_seed()
    worlds = [world_of(services.plan_of(seed + more, people=12)).run() for more in range(2)]
    for world in worlds:
        auditor = Auditor(world)
        auditor.audit()
        assert auditor.found == [], f"services.plan_of({world.plan.seed}, people=12)"
    results = {entry.facts["result"] for world in worlds for entry in world.journal.of("judged")}
    assert results >= {"passed", "wrong", "locked", "one_time"}
    assert any(world.school.changes for world in worlds)


@pytest.mark.parametrize("kept", load().values(), ids=load().keys())
def test_what_was_found_stays_mended(kept: Kept) -> None:
    assert play(kept.plan).violations == [], kept.found


@pytest.mark.parametrize("world", [["43"], ["42", "--services"], ["2", "--triggers"]])
def test_the_same_seed_is_the_same_trace_in_any_process(world: list[str]) -> None:
    digests = [command("tests.simulation", "digest", *world, hash_seed=seed).stdout for seed in (1, 2)]
    assert len(digests[0].strip()) == 64
    assert digests[0] == digests[1]


def test_a_broken_core_is_caught() -> None:
    hunt = command("tests.simulation.mutants", "--alone", "blind-resend")
    assert hunt.returncode == 0, hunt.stdout + hunt.stderr
    assert "duplicated" in hunt.stdout


@pytest.mark.parametrize(
    "edit", [edit for edits in MUTANTS.values() for edit in edits], ids=lambda e: e.module
)
def test_every_mutant_still_finds_its_place(edit: Edit) -> None:
    spec = find_spec(edit.module)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text()
    assert source.count(edit.old) == 1, edit.old


@pytest.mark.parametrize("asked", ["--turns=0", "--turns=many", "--processes=0", "--processes=-1"])
def test_a_run_of_nothing_is_refused(asked: str) -> None:
    refused = command("tests.simulation", "run", asked)
    assert refused.returncode == 2
    assert "expected a number above 0" in refused.stderr
    assert asked.partition("=")[0] in refused.stderr


def test_without_faults_nothing_strikes() -> None:
    outcome = play(Plan.of(5, people=10).model_copy(update={"faults": []}))
    assert outcome.violations == []
    assert outcome.unsettled == 0
    assert outcome.turns > 0


def test_nobody_waits_in_virtual_time() -> None:
    loop = VirtualLoop(Random(1))  # noqa: S311

    async def work() -> list[int]:
        order: list[int] = []

        async def later(hours: int) -> None:
            await asyncio.sleep(hours * 3600)
            order.append(hours)

        await asyncio.gather(*(later(hours) for hours in (3, 1, 2)))
        return order

    assert loop.run_until_complete(work()) == [1, 2, 3]
    assert loop.time() == 3 * 3600
    with pytest.raises(Deadlock):
        loop.run_until_complete(loop.create_future())
    loop.close()
