"""The audit of tries: the locks as the promises state them, replayed over the audit log.

unlocked     a code was judged for a person or for a code's beginning though wrong ones had locked it, or more
             one-time codes were than one allows
locked_out   an honest parent, who types only the right code, was refused for longer than an hour

Three wrong codes lock for 15 minutes, three more for 30, then always for an hour. Each counts for its person,
on all their channels, and for the beginning of the code, for all people. While a beginning is locked, a try
counts for its person, and a right code passes from the phone on file only: the parent's number, in a chat of
WhatsApp that shows it. The right one-time code takes its person's try back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.simulation.evidence import Evidence, Violation
from tests.simulation.journal import Entry
from tests.simulation.people import Act
from tests.simulation.services import school
from tests.simulation.services.script import is_besieged
from tests.simulation.world import World

_MINUTES, _LONGEST, _ALLOWED = (15, 30, 60), 60, 3
#: How much longer (s) than an hour an honest person may be refused: their next try is some minutes later.
_HOUR = 3_600.0


@dataclass
class _Lock:
    """Wrong tries of one person or at one beginning, and the end of their lock (s)."""

    tries: int = 0
    locks: int = 0
    until: float = 0.0

    def count(self, at: float) -> None:
        self.tries += 1
        if self.tries == _ALLOWED:
            self.until = at + 60 * (_MINUTES[self.locks] if self.locks < len(_MINUTES) else _LONGEST)
            self.tries, self.locks = 0, self.locks + 1

    def take_back(self) -> None:
        if self.tries:
            self.tries -= 1
        elif self.locks:
            self.tries, self.locks, self.until = _ALLOWED - 1, self.locks - 1, 0.0


@dataclass
class _Honest:
    """The refusals of an honest parent since they last got in (s)."""

    refused: list[float] = field(default_factory=list)


class Tries:
    def __init__(self, world: World, evidence: Evidence) -> None:
        self._world, self._acts = world, {act.id: act for act in evidence.accepted}
        self._own: defaultdict[str, _Lock] = defaultdict(_Lock)
        self._shared: defaultdict[str, _Lock] = defaultdict(_Lock)
        #: Wrong one-time codes of each person since the code that they were sent for.
        self._entered: defaultdict[str, int] = defaultdict(int)
        self._honest: defaultdict[int, _Honest] = defaultdict(_Honest)

    def violations(self) -> Iterator[Violation]:
        for entry in self._world.journal.of("judged"):
            kind = entry.facts["kind"]
            if kind == "code":
                yield from self._code(entry)
            elif kind == "one_time":
                yield from self._one_time(entry)
            yield from self._refusal(entry)

    def _code(self, entry: Entry) -> Iterator[Violation]:
        at, result = entry.facts["seconds"], entry.facts["result"]
        own, shared = self._own[entry.facts["who"]], self._shared[entry.facts["about"]]
        if result == "locked":
            return
        if at < own.until:
            yield self._say(entry, f"{result}, though the person is locked until {own.until:.0f}")
        if at < shared.until and not self._may_pass(entry):
            yield self._say(entry, f"{result}, though the beginning is locked until {shared.until:.0f}")
        if result == "wrong":
            own.count(at)
            shared.count(at)
        elif result != "passed":
            own.count(at)
            self._entered[entry.facts["who"]] = 0

    def _one_time(self, entry: Entry) -> Iterator[Violation]:
        who, result = entry.facts["who"], entry.facts["result"]
        if result == "passed":
            self._own[who].take_back()
        elif result == "wrong":
            self._entered[who] += 1
            if self._entered[who] >= _ALLOWED:
                yield self._say(entry, f"{self._entered[who]} wrong one-time codes were judged")

    def _may_pass(self, entry: Entry) -> bool:
        """Whether this try may be judged while the beginning of its code is locked."""
        if entry.facts["result"] in ("one_time", "unsent"):
            return True
        act = self._act(entry)
        if entry.facts["result"] != "passed" or act is None:
            return False
        family = school.KNOWN[int(act.how.partition(":")[2])] if act.how.startswith("code:") else None
        shows = not school.hides_number(act.person) or bool(act.chat)
        return bool(
            family and family.phone and act.person == family.parent and act.channel == "waha" and shows
        )

    def _refusal(self, entry: Entry) -> Iterator[Violation]:
        act = self._act(entry)
        if act is None or not is_besieged(act.person):
            return
        at, honest = entry.facts["seconds"], self._honest[act.person]
        if entry.facts["result"] == "passed":
            honest.refused.clear()
        elif entry.facts["kind"] == "code":
            honest.refused.append(at)
            if at - honest.refused[0] > _HOUR:
                detail = f"person {act.person} since {honest.refused[0]:.0f}"
                yield Violation("locked_out", act.id, detail)
                honest.refused.clear()

    def _act(self, entry: Entry) -> Act | None:
        """Returns the first act of the turn that was judged."""
        return self._acts.get(entry.facts["entry"].split(".")[-2])

    def _say(self, entry: Entry, detail: str) -> Violation:
        return Violation("unlocked", entry.facts["entry"], detail)
