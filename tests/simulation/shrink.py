"""Cuts a failing plan down to fewer people, acts and faults, as long as it fails in the same way.

A smaller plan shifts all later draws of the seed, so each is tried with a few seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.simulation.play import play
from tests.simulation.world import Plan

T = TypeVar("T")

_SEEDS = 5
_BUDGET = 1_500


class Shrinking:
    """Shrinks a plan; `kind` is the violation that must remain."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._left = _BUDGET

    def shrink(self, plan: Plan) -> Plan:
        """Returns the smallest failing plan found within the budget of worlds, at worst the same plan."""
        people = sorted({act.person for act in plan.acts})
        plan = self._fewer(plan, people, _of_people)
        plan = self._fewer(plan, plan.acts, lambda plan, acts: plan.model_copy(update={"acts": acts}))
        return self._fewer(plan, plan.faults, lambda plan, faults: plan.model_copy(update={"faults": faults}))

    def _fewer(self, plan: Plan, units: Sequence[T], keeping: Callable[[Plan, list[T]], Plan]) -> Plan:
        """Leaves out ever smaller runs of `units` (delta debugging)."""
        kept = list(units)
        size = max(1, len(kept) // 2)
        while True:
            at = 0
            while at < len(kept):
                fewer = kept[:at] + kept[at + size :]
                failing = self._failing(keeping(plan, fewer))
                if failing is None:
                    at += size
                else:
                    kept, plan = fewer, failing
            if size == 1:
                return plan
            size //= 2

    def _failing(self, plan: Plan) -> Plan | None:
        """Returns the plan with the first of a few seeds with which it fails, or None."""
        for step in range(_SEEDS):
            if self._left == 0:
                return None
            self._left -= 1
            tried = plan.model_copy(update={"seed": plan.seed + step})
            if any(violation.kind == self._kind for violation in play(tried).violations):
                return tried
        return None


def _of_people(plan: Plan, people: list[int]) -> Plan:
    return plan.model_copy(update={"acts": [act for act in plan.acts if act.person in people]})
