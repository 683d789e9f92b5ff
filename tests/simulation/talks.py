"""Talks of staff with people, as the documents of requests tell them: who had whom, from when until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.models.handoff import Handoff
from tests.simulation.journal import Journal

_ENDS = ("closed", "expired", "reopened", "taken", "transferred")
_OPEN = ("requested", "notified", "taken")


@dataclass
class Talk:
    """A talk: `began` and `ended` by the core's clock, `since` and `until` by the commits that say so.

    It certainly goes on from `since` until `sure`. `where` is the conversation in which it began, `place` the
    one that has taken that in.
    """

    request: str
    where: str
    place: str
    holder: str
    way: str
    began: float
    since: float
    ended: float = float("inf")
    until: float = float("inf")
    sure: float = float("inf")


class Talks:
    """`living` returns the conversation that has taken another one in."""

    def __init__(self, journal: Journal, living: Callable[[str], str]) -> None:
        self._talks: list[Talk] = []
        self._made: dict[str, float] = {}
        self._over: defaultdict[str, list[float]] = defaultdict(list)
        #: Times at which a request of a conversation was taken, passed on or ended.
        self._moves: defaultdict[str, list[float]] = defaultdict(list)
        going_on: dict[str, Talk] = {}
        ended: set[str] = set()
        edited = {(entry.at, entry.facts["id"]) for entry in journal.of("edited")}
        closed = {
            entry.facts["id"]: entry.at for entry in journal.of("edited") if entry.facts["to"] == "closed"
        }
        for at, _, facts in journal.of("request"):
            if (at, facts["id"]) in edited:
                continue  # a command in the console, which is carried out later
            name, place = facts["id"], living(facts["conversation"])
            self._made.setdefault(name, at)
            taken = facts["state"] == "taken"
            talk = going_on.get(name)
            if talk is not None and (not taken or (talk.holder, talk.way) != (facts["holder"], facts["way"])):
                # An end in the console has no step of its own, and is carried out until the next write.
                talk.until = at
                talk.ended = max(facts["step_at"], talk.began) if facts["step"] in _ENDS else at
                talk.sure = min(at, talk.ended, closed.get(name, at))
                del going_on[name]
            if taken and name not in going_on:
                self._moves[place].append(at)
                held = facts["holder"], facts["way"], facts["step_at"], at
                began = Talk(name, facts["conversation"], place, *held)
                going_on[name] = began
                self._talks.append(began)
            if facts["state"] not in _OPEN and name not in ended:
                ended.add(name)
                self._moves[place].append(closed.get(name, at))
                self._over[name].append(at)
        self._of: defaultdict[str, list[Talk]] = defaultdict(list)
        self._by: defaultdict[str, list[Talk]] = defaultdict(list)
        self._about: defaultdict[str, list[Talk]] = defaultdict(list)
        for talk in self._talks:
            self._of[talk.place].append(talk)
            self._by[talk.holder].append(talk)
            self._about[talk.request].append(talk)

    def of(self, place: str) -> Sequence[Talk]:
        """Returns the talks with the person of a conversation."""
        return self._of[place]

    def by(self, staff: str) -> Sequence[Talk]:
        """Returns the talks of a member of staff."""
        return self._by[staff]

    def moves(self, place: str) -> Sequence[float]:
        return self._moves[place]

    def moved(self, place: str, since: float, until: float) -> bool:
        """Whether a request was taken, had been taken, or ended, between these times."""
        there = any(talk.since <= until and since <= talk.until for talk in self._of[place])
        return there or any(since <= at <= until for at in self._moves[place])

    def handovers(self) -> Iterator[tuple[Talk, Talk]]:
        """Yields the pairs of talks of which the second began when the first ended."""
        for talks in self._about.values():
            for before, after in pairwise(talks):
                if before.until == after.since:
                    yield before, after

    def number(self, handoff: str) -> int:
        """Returns how many talks there were about a request."""
        return len(self._about[handoff])

    def made_at(self, handoff: str) -> float:
        return self._made[handoff]

    def ended_by(self, handoff: str, moment: float) -> bool:
        """Whether the request had been taken or had ended by then."""
        taken = any(talk.since <= moment for talk in self._about[handoff])
        return taken or any(at <= moment for at in self._over[handoff])

    def calls(self, request: Handoff, staff: str) -> int:
        """Returns how often this member of staff may have been called for the request.

        Once for the request, for each further emergency, for each broken promise and for each time it was
        opened again, which needs a taking before; and for each time it was passed on to them.
        """
        steps = request.steps
        emergencies = sum((step.step, step.why) == ("requested", "emergency") for step in steps[1:])
        taken = sum(step.step in ("taken", "transferred") for step in steps)
        opened = min(taken, sum(step.step == "reopened" for step in steps))
        passed = any(step.why == f"transfer:{staff}" for step in steps)
        broken = sum(step.step == "apologised" for step in steps)
        return 1 + emergencies + opened + passed + broken
