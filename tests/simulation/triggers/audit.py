"""The audit of triggers: the calls to the gateways, against the states of their time (README.md)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.evidence import Evidence, Violation
from tests.simulation.triggers.begun import Messages
from tests.simulation.triggers.forgotten import Forgotten
from tests.simulation.triggers.presence import Presences
from tests.simulation.triggers.world import TriggerWorld

#: Violations of the promises of triggers.
KINDS = (
    "sent_twice",
    "forgotten",
    "wrong_time",
    "late",
    "to_opted_out",
    "into_talk",
    "over_cap",
    "not_agreed",
    "wrong_person",
    "wrong_words",
)


class Triggers:
    def __init__(self, world: TriggerWorld, evidence: Evidence) -> None:
        presences = Presences(world, evidence)
        self._messages = Messages(world, evidence, presences)
        self._forgotten = Forgotten(world, evidence, presences)

    def violations(self) -> Iterator[Violation]:
        yield from self._messages.violations()
        yield from self._forgotten.violations()
