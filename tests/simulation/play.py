"""Plays and audits worlds until enough turns were taken."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from tests.simulation.auditor import Auditor
from tests.simulation.evidence import Violation
from tests.simulation.world import Plan, World

#: Worlds per simulation, so that the seeds of two simulations never overlap.
_WORLDS = 1_000_000


class Outcome(NamedTuple):
    """Result of one world. `turns` counts the concierge's answers, `messages` the messages of people."""

    seed: int
    turns: int
    messages: int
    faults: Counter[str]
    violations: list[Violation]
    unsettled: int
    cpu: float


def play(plan: Plan) -> Outcome:
    """Plays one world without garbage collection: its process is short-lived."""
    gc.disable()
    try:
        return _played(plan)
    finally:
        gc.enable()


def _played(plan: Plan) -> Outcome:
    began = time.process_time()
    world = World(plan).run()
    auditor = Auditor(world)
    auditor.audit()
    answers = {entry.facts["id"] for entry in world.journal.of("out") if entry.facts["author"] == "concierge"}
    messages = sum(act.do == "say" for act in plan.acts)
    cpu = time.process_time() - began
    found, unsettled = auditor.found, auditor.unsettled
    return Outcome(plan.seed, len(answers), messages, world.faults.counts, found, unsettled, cpu)


def seeds(seed: int) -> Iterator[int]:
    """Yields the seeds of one simulation's worlds, without end."""
    number = seed * _WORLDS
    while True:
        yield number
        number += 1


def simulate(turns: int, seed: int, processes: int) -> Iterator[Outcome]:
    """Yields the outcomes of worlds until they have taken so many turns in all."""
    worlds = seeds(seed)
    taken = 0
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        under_way = [pool.submit(_play, next(worlds)) for _ in range(processes + 1)]
        while taken < turns:
            outcome = under_way.pop(0).result()
            taken += outcome.turns
            yield outcome
            under_way.append(pool.submit(_play, next(worlds)))
        pool.shutdown(cancel_futures=True)


def _play(seed: int) -> Outcome:
    return play(Plan.of(seed))
