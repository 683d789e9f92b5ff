"""Plays and audits worlds until enough turns were taken."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from tests.simulation.auditor import Auditor
from tests.simulation.evidence import Violation
from tests.simulation.services import world as services
from tests.simulation.triggers import world as triggers
from tests.simulation.world import Plan, World

#: Worlds per simulation, so that the seeds of two simulations never overlap.
_WORLDS = 1_000_000


class Outcome(NamedTuple):
    """Result of one world. `turns` counts the concierge's answers, `messages` the messages of people,
    `occurrences` those of triggers that ended, and `begun` the messages among them."""

    seed: int
    turns: int
    messages: int
    occurrences: int
    begun: int
    faults: Counter[str]
    violations: list[Violation]
    unsettled: int
    cpu: float


#: Makes the plan of a world from its seed: a usual one, one with services, or one with triggers.
Maker = Callable[..., Plan]


def world_of(plan: Plan) -> World:
    if plan.scene:
        return triggers.TriggerWorld(plan)
    return services.ServiceWorld(plan) if plan.services else World(plan)


def play(plan: Plan) -> Outcome:
    """Plays one world without garbage collection: its process is short-lived."""
    gc.disable()
    try:
        return _played(plan)
    finally:
        gc.enable()


def _played(plan: Plan) -> Outcome:
    began = time.process_time()
    world = world_of(plan).run()
    auditor = Auditor(world)
    auditor.audit()
    answers = {entry.facts["id"] for entry in world.journal.of("out") if entry.facts["author"] == "concierge"}
    messages = sum(act.do == "say" for act in plan.acts)
    begun = world.begun()
    counts = (len(answers - begun), messages, world.ended(), len(begun))
    cpu = time.process_time() - began
    return Outcome(plan.seed, *counts, world.faults.counts, auditor.found, auditor.unsettled, cpu)


def seeds(seed: int) -> Iterator[int]:
    """Yields the seeds of one simulation's worlds, without end."""
    number = seed * _WORLDS
    while True:
        yield number
        number += 1


def simulate(wanted: int, seed: int, processes: int, maker: Maker = services.usual) -> Iterator[Outcome]:
    """Yields the outcomes of worlds until they have taken so many turns in all, or ended so many occurrences
    of triggers."""
    worlds, taken = seeds(seed), 0
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        under_way = [pool.submit(_play, maker, next(worlds)) for _ in range(processes + 1)]
        while taken < wanted:
            outcome = under_way.pop(0).result()
            taken += outcome.occurrences if maker is triggers.plan_of else outcome.turns
            yield outcome
            under_way.append(pool.submit(_play, maker, next(worlds)))
        pool.shutdown(cancel_futures=True)


def _play(maker: Maker, seed: int) -> Outcome:
    return play(maker(seed))
