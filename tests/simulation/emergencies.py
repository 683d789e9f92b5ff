"""Emergencies in the audit: each calls a human, once while a call waits, and tells the person once.

A call is a step `requested` for an emergency, in a request of the conversation.

lost        an emergency that is in no request, or only in one called too long before; a request ended by
            time before its call; or the person was not told
duplicated  two calls, or two texts, while the first one waited, and no human had answered or closed it
ledger      more messages passed in half a minute than the rate allows; late ones do not count
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from shared.models.handoff import Handoff, Step
from shared.models.parts import words
from tests.simulation.evidence import RECALL, Evidence
from tests.simulation.people import EMERGENCY, Act
from tests.simulation.world import RATE, TOLD, World

#: How long a call waits before a new emergency calls again (s).
_WAITS = 1800.0
#: Messages at most this far apart (s) were within a minute of each other when the rate was checked.
_CLOSE = 60.0 - RECALL
#: Reasons by which a gate ends messages; these do not count for the rate.
_STOPPED = {
    ("suppressed", "rate"),
    ("suppressed", "opted_out"),
    ("suppressed", "blocked"),
    ("suppressed", "too_many_pending"),
    ("left_to_human", "human_present"),
    ("left_to_human", "emergency"),
}
#: Steps that follow a call.
_FOLLOWS = ("notified", "not_notified", "taken", "reopened", "closed", "expired")


class Finding(NamedTuple):
    kind: str
    about: str
    detail: str


class Emergencies:
    def __init__(self, world: World, evidence: Evidence) -> None:
        self._evidence = evidence
        #: The calls of each conversation: when each was made, and its request.
        self._calls: defaultdict[str, list[tuple[float, Handoff]]] = defaultdict(list)
        #: How often requests of a conversation were closed: what waits for an answer then tells anew.
        self._closed: Counter[str] = Counter()
        for request in evidence.requests:
            self._closed[evidence.living(request.conversation)] += _closings(request)
            for step in request.steps:
                if (step.step, step.why) == ("requested", "emergency"):
                    place = evidence.living(request.conversation)
                    self._calls[place].append((world.clock.seconds(step.at), request))
        for calls in self._calls.values():
            calls.sort(key=lambda made: made[0])
        self._acts: defaultdict[str, list[Act]] = defaultdict(list)
        for act in evidence.accepted:
            for document in evidence.inbound[act.id][:1]:
                self._acts[evidence.living(document.conversation)].append(act)

    def handed_over(self, act: Act) -> bool:
        """Whether a message without an answer is in a human's request for an emergency."""
        (document,) = self._evidence.inbound[act.id]
        calls = self._calls[self._evidence.living(document.conversation)]
        return document.reason == "emergency" and any(_holds(request, act) for _, request in calls)

    def findings(self) -> Iterator[Finding]:
        for request in self._evidence.requests:
            yield from self._uncalled(request)
        for conversation, acts in self._acts.items():
            yield from self._missed(conversation, acts)
            yield from self._again(conversation, acts[0])
            yield from self._rate(conversation, acts)

    def _missed(self, conversation: str, acts: list[Act]) -> Iterator[Finding]:
        calls = self._calls[conversation]
        told = any(self._texts(conversation)) or bool(self._staff_acts(acts[0]))
        for act in acts:
            document = self._evidence.inbound[act.id][0]
            if not act.text.startswith(EMERGENCY) or document.reason == "blocked":
                continue
            came = self._evidence.created_at[act.id]
            if not any(_holds(request, act) and self._open(act, made, came) for made, request in calls):
                yield Finding("lost", act.id, "an emergency without a call for a human")
            if document.outcome == "handed_off" and not document.turn and not told:
                yield Finding("lost", act.id, "an emergency, and its writer got no text")

    def _uncalled(self, request: Handoff) -> Iterator[Finding]:
        for place, step in enumerate(request.steps):
            if (step.step, step.why) == ("requested", "emergency"):
                after = next((each for each in request.steps[place:] if each.step in _FOLLOWS), None)
                if after is not None and _ended_by_time(after):
                    yield Finding("lost", request.handoff, "an emergency's request ended before its call")

    def _open(self, act: Act, made: float, came: float) -> bool:
        """Whether a call made at `made` could still count a message that came at `came`."""
        visited = any(made + RECALL < visit < came - RECALL for visit in self._staff_acts(act))
        return came - made < _WAITS + RECALL and not visited

    def _again(self, conversation: str, act: Act) -> Iterator[Finding]:
        calls = self._calls[conversation]
        for (made, _), (again, request) in pairwise(calls):
            visited = any(made < visit < again + RECALL for visit in self._staff_acts(act))
            if again - made < _WAITS and not visited:
                yield Finding("duplicated", request.handoff, "a second call while the first one waited")
        texts = self._texts(conversation)
        if len(texts) > len(calls) + self._closed[conversation]:
            yield Finding("duplicated", conversation, f"{len(texts)} texts on {len(calls)} emergencies")

    def _rate(self, conversation: str, acts: list[Act]) -> Iterator[Finding]:
        documents = (self._evidence.inbound[act.id][0] for act in acts)
        counted = (each for each in documents if not each.late)
        passed = [each.message for each in counted if (each.outcome, each.reason) not in _STOPPED]
        times = sorted(self._evidence.created_at[message] for message in passed)
        allowed = RATE + len(self._calls[conversation])
        for first, last in zip(times, times[allowed:], strict=False):
            if last - first < _CLOSE:
                yield Finding("ledger", conversation, f"more than {allowed} messages at {first:.0f} passed")
                return

    def _texts(self, conversation: str) -> set[str]:
        """Returns the messages with the emergency text, also those of conversations merged into it."""
        return {
            answer.message
            for answer in self._evidence.outbound.values()
            if self._evidence.living(answer.conversation) == conversation
            and TOLD in (words(part.part) for part in answer.parts)
        }

    def _staff_acts(self, act: Act) -> list[float]:
        """Returns the times of staff acts in the conversation of this act, including give-backs."""
        (document, *_) = self._evidence.inbound[act.id]
        place = self._evidence.living(document.conversation)
        return [*self._evidence.staff_at[act.channel, act.person], *self._evidence.talks.moves(place)]


def _ended_by_time(step: Step) -> bool:
    return step.step in ("closed", "expired") and not step.by and not step.why.startswith("merged into")


def _closings(request: Handoff) -> int:
    return sum(step.step == "closed" for step in request.steps)


def _holds(request: Handoff, act: Act) -> bool:
    """Whether the request counts the message; it lists only the newest."""
    return act.id in request.messages or request.count > len(request.messages)
