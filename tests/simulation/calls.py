"""Calls for a human in the audit: who was told, how soon, and which promises to people were kept.

told_twice       the same request, by the same way, to the same agent, more often than it was called out
untold           a request that nobody saw within TOLD_WITHIN, and that did not end before
unsorry          a time of an answer passed without an answer, an end or an apology
rated_twice      more than one question for a rating after one request
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from shared.models.handoff import Handoff
from tests.simulation.agents import PAGER, on_duty, staff_of
from tests.simulation.evidence import Evidence, Violation
from tests.simulation.people import AGENTS, person_of
from tests.simulation.world import World

#: How long (s) a request may stay unseen, and how long after a time passed the apology may come.
TOLD_WITHIN, SORRY_WITHIN = 900.0, 300.0
#: What follows when a request is open anew.
_FOLLOWS = ("notified", "taken", "closed", "expired")
_SOON = re.compile(r"(?:d'ici|about) (\d+) minutes")
_RATING = re.compile("⭐")


class Calls:
    def __init__(self, world: World, evidence: Evidence) -> None:
        self._world, self._evidence = world, evidence

    def violations(self) -> Iterator[Violation]:
        for request in self._evidence.requests:
            yield from self._told(request)
        yield from self._promises()
        yield from self._ratings()

    # Notices

    def _told(self, request: Handoff) -> Iterator[Violation]:
        """Checks who was told of a request, how often, and how soon."""
        told: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for call in self._evidence.notices[request.handoff]:
            told[staff_of(person_of(call.chat)), call.channel].add(call.turn)
        pages = [
            page
            for page in self._world.pager.pages
            if page.thread == request.handoff and page.purpose == "request"
        ]
        for page in pages:
            told[page.to, PAGER].add(page.notice)
        for (staff, way), turns in told.items():
            calls = self._evidence.talks.calls(request, staff)
            if len(turns) > calls:
                detail = f"{staff} by {way}: {len(turns)} notices, {calls} calls"
                yield Violation("told_twice", request.handoff, detail)
        for notice, times in Counter(page.notice for page in pages).items():
            if times > 1:
                yield Violation("told_twice", request.handoff, f"paged {notice} {times} times")
        yield from self._news(request)
        seen = [call.executed or 0.0 for call in self._evidence.notices[request.handoff]]
        yield from self._untold(request, min([*seen, *(page.at for page in pages)], default=float("inf")))

    def _news(self, request: Handoff) -> Iterator[Violation]:
        """Checks that each agent had the news of each talk, and of the end, once."""
        news = Counter(
            (call.turn.partition("-")[0], staff_of(person_of(call.chat)))
            for call in self._evidence.news[request.handoff].values()
        )
        for (purpose, staff), times in news.items():
            if times > self._evidence.talks.number(request.handoff) + (purpose == "end"):
                yield Violation("told_twice", request.handoff, f"{staff}: {times} times {purpose}")

    def _untold(self, request: Handoff, seen: float) -> Iterator[Violation]:
        until = self._evidence.talks.made_at(request.handoff) + TOLD_WITHIN
        if self._world.was_off(until - TOLD_WITHIN, until):
            return
        known = min(seen, self._world.loop.now) <= until or self._all_tried(request, until)
        if not known and not self._evidence.talks.ended_by(request.handoff, until):
            yield Violation("untold", request.handoff, f"first seen at {seen:.0f}")
        for place, step in enumerate(request.steps):
            since = self._world.clock.seconds(step.at)
            if step.step == "reopened" and since + TOLD_WITHIN < self._world.loop.now:
                after = [each for each in request.steps[place:] if each.step in _FOLLOWS]
                if not after or self._world.clock.seconds(after[0].at) > since + TOLD_WITHIN:
                    yield Violation(
                        "untold", request.handoff, f"open anew at {since:.0f}, and nobody was called"
                    )

    def _all_tried(self, request: Handoff, until: float) -> bool:
        """Whether all on duty had been written to by then: then their ways failed, or are slow.

        An agent whose own request it is does not count: another has to answer.
        """
        own = self._evidence.agents[request.contact]
        tried = {
            step.to
            for step in request.steps
            if step.step in ("notified", "not_notified") and self._world.clock.seconds(step.at) <= until
        }
        return on_duty(until) - self._evidence.went_off - own <= tried

    # Promises

    def _promises(self) -> Iterator[Violation]:
        evidence = self._evidence
        for call in evidence.calls:
            found = _SOON.search(call.text)
            if not found or call.executed is None or person_of(call.chat) >= AGENTS:
                continue
            place, since = evidence.place(call.turn), evidence.created_at[call.turn]
            due = since + int(found[1]) * 60
            by = due + SORRY_WITHIN
            if by > self._world.loop.now or evidence.unwilling(place) or self._world.was_off(since, by):
                continue
            sorry = any(since < at <= by for at in evidence.apologies[place])
            if (
                not sorry
                and not evidence.talks.moved(place, since, by)
                and not evidence.phoned(place, since, by)
            ):
                yield Violation("unsorry", call.turn, f"promised {found[1]} minutes at {since:.0f}")

    def _ratings(self) -> Iterator[Violation]:
        asked: defaultdict[str, set[str]] = defaultdict(set)
        for call in self._evidence.calls:
            document = self._evidence.outbound.get(call.turn)
            if document is not None and person_of(call.chat) < AGENTS and _RATING.search(call.text):
                asked[document.handoff].add(call.turn)
        for handoff, turns in asked.items():
            if len(turns) > 1:
                yield Violation("rated_twice", handoff, f"asked by {sorted(turns)}")
