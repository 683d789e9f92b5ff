"""What the auditor judges from: the journal and the documents of a finished world, from each side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shared.conversation.conversation import Conversation, Handoff
from shared.models.message import Inbound, Outbound
from shared.models.parts import words
from shared.models.people import Identity
from shared.platform.store import D
from tests.simulation import wire
from tests.simulation.gateway import Call
from tests.simulation.model import MARK
from tests.simulation.people import GIVE_BACK, Act
from tests.simulation.world import SILENCE, World

#: What was decided before can be stored so much later (s): after two slow reads.
RECALL = 30.0
_FORWARD = {"sent": 1, "delivered": 2, "read": 3}


class Violation(NamedTuple):
    kind: str
    about: str
    detail: str


@dataclass
class Part:
    """One part of an answer as the person got it, as often as they did."""

    turn: str
    text: str
    sent: list[Call] = field(default_factory=list)


class Evidence:
    def __init__(self, world: World) -> None:
        self._world = world
        self._acts = {act.id: act for act in world.plan.acts}
        posted = {entry.facts["about"] for entry in world.journal.of("accepted")}
        self.told = [act for act in world.plan.acts if act.id in posted]
        self.accepted = [act for act in self.told if act.do == "say"]
        self._changes = {(act.do, act.target) for act in world.plan.acts if act.id in posted and act.target}
        self.calls = [call for gateway in world.gateways.values() for call in gateway.calls]
        self._read_documents()
        self._read_calls()
        self._read_journal()
        self._givings_back: defaultdict[tuple[str, int], list[Act]] = defaultdict(list)
        #: When staff acted in each conversation, but for acts that came after a later one.
        self.staff_at: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
        self.takeovers = self._takeovers()

    def _read_documents(self) -> None:
        self.inbound: defaultdict[str, list[Inbound]] = defaultdict(list)
        gone = [Inbound.model_validate(row.fields) for row in self._world.forgotten.values()]
        for message in [*self._all(Inbound), *gone]:
            self.inbound[message.message].append(message)
        self.outbound = {answer.message: answer for answer in self._all(Outbound)}
        self.conversations = self._all(Conversation)
        handoffs = self._all(Handoff)
        self.emergencies = [handoff for handoff in handoffs if handoff.reason == "emergency"]
        #: Why a human was called, by each message that the request counts.
        self.handoffs = {name: each.reason for each in handoffs for name in each.messages}
        self.contacts: defaultdict[int, set[str]] = defaultdict(set)
        for identity in self._all(Identity):
            if identity.identity.startswith("whatsapp:"):
                self.contacts[wire.person_of(identity.identity)].add(identity.contact)

    def _all(self, model: type[D]) -> list[D]:
        rows = self._world.documents.rows.values()
        return [model.model_validate(row.fields) for row in rows if row.model is model]

    def arrived(self, act: Act) -> float:
        """When its gateway first posted it."""
        return self._arrived[act.id][0]

    def applied_at(self, about: str) -> float:
        """When the news (an event's id, or an edit's message and words) was handled, at the latest."""
        return self._applied.get(about, float("inf"))

    def answered_with(self, document: Inbound) -> list[str]:
        """The messages of its turn."""
        answer = self.outbound.get(document.turn)
        return answer.answers if answer else []

    def written_at(self, act: Act) -> tuple[float, int]:
        """As the gateway tells it: the time, and the order within it, 0 if it tells none."""
        return wire.seconds(act), 0 if act.channel == "listed" else wire.order(act)

    def _read_journal(self) -> None:
        """When each message was first stored and last settled, when each of the gateways' ids was written
        down, when each act first arrived, and what the model was asked."""
        self.created_at: dict[str, float] = {}
        self.settled_at: dict[str, float] = {}
        self.recorded: dict[str, float] = {}
        self.backwards: list[str] = []
        self._asked: defaultdict[str, list[float]] = defaultdict(list)
        self._arrived: defaultdict[str, list[float]] = defaultdict(list)
        self.asked_first: dict[str, float] = {}
        self._applied: dict[str, float] = {}
        published: dict[int, str] = {}
        self._looks: defaultdict[tuple[str, str], list[tuple[float, set[int]]]] = defaultdict(list)
        steps: dict[str, list[str]] = {}
        outcomes: dict[str, str] = {}
        for at, what, facts in self._world.journal.entries:
            if what in ("in", "out"):
                self.created_at.setdefault(facts["id"], at)
                if what == "in" and facts["outcome"] != outcomes.get(facts["id"]):
                    outcomes[facts["id"]] = facts["outcome"]
                    self.settled_at[facts["id"]] = at
            if what == "out":
                self._read_step(at, facts["id"], facts["ids"], facts["parts"].split(","), steps)
            elif what == "posted":
                self._arrived[facts["about"]].append(at)
            elif what == "published":
                published[facts["number"]] = facts["about"]
            elif what == "handled":
                if facts["result"] == "done":
                    self._applied.setdefault(published[facts["number"]], at)
            else:
                self._read_question(at, what, facts)

    def _read_question(self, at: float, what: str, facts: dict[str, Any]) -> None:
        """The model was asked, or a gateway for what it has sent."""
        if what == "asked":
            for mark in facts["marks"].split():
                self.asked_first.setdefault(mark, at)
                self._asked[mark.partition("v")[0]].append(at)
        elif what == "listed":
            shown = {int(number) for number in facts["shown"].split(",") if number}
            self._looks[facts["channel"], facts["chat"]].append((at, shown))

    def _read_step(self, at: float, name: str, ids: str, now: list[str], steps: dict[str, list[str]]) -> None:
        """An outbound message was written: `now` are its parts' statuses, `steps` has those of before."""
        for gateway_id in filter(None, ids.split(",")):
            self.recorded.setdefault(gateway_id, at)
        if any(_backwards(*pair) for pair in zip(steps.get(name, now), now, strict=False)):
            self.backwards.append(name)
        steps[name] = now

    def _takeovers(self) -> defaultdict[tuple[str, int], list[tuple[Act, float, float]]]:
        """Per conversation: each staff act that took over, when it was committed, and until when it holds.
        One that came after a later one changes nothing."""
        found: defaultdict[tuple[str, int], list[tuple[Act, float, float]]] = defaultdict(list)
        acts: defaultdict[tuple[str, int], list[Act]] = defaultdict(list)
        for act in self._acts.values():
            if act.do == "staff" and act.id in self.created_at:
                acts[act.channel, act.person].append(act)
        for place, there in acts.items():
            self._givings_back[place] = [act for act in there if act.text == GIVE_BACK]
            for act in there:
                since, until = self.created_at[act.id], self._arrived[act.id][0] + SILENCE * 60
                late = any(self._later(other, act) and self.created_at[other.id] < since for other in there)
                if not late:
                    self.staff_at[place].append(since)
                if act.text != GIVE_BACK and not late:
                    found[place].append((act, since, until))
        return found

    def given_back(self, takeover: Act, by: float) -> bool:
        """Whether staff have given the conversation back after this act, and we knew at that time."""
        return any(
            self._later(act, takeover) and self.created_at[act.id] < by
            for act in self._givings_back[takeover.channel, takeover.person]
        )

    def _later(self, act: Act, other: Act) -> bool:
        """Of two staff acts, as far as anybody can know it: by the gateway's time, then by arrival."""
        return (self.written_at(act), self.created_at[act.id]) > (
            self.written_at(other),
            self.created_at[other.id],
        )

    def human_before(self, act: Act, moment: float) -> bool:
        """Whether, for all we knew when this message ended, a human had the conversation."""
        return any(
            since <= moment
            and self.created_at[act.id] - RECALL <= self._arrived[taken.id][-1] + SILENCE * 60
            and not self.given_back(taken, self.created_at[act.id])
            for taken, since, _ in self.takeovers[act.channel, act.person]
        )

    def was_deleted(self, act: Act) -> bool:
        return ("delete", act.id) in self._changes

    def opted_out(self, act: Act) -> bool:
        return any(other.text == "STOP" and other.person == act.person for other in self.accepted)

    def turns_of(self, act: Act) -> set[str]:
        """The turns in which the person saw this message answered: by its mark, by the turn's name, or, where
        the words are always the same, by the document."""
        return self._answers_to[act.id] | (self._answers_to[act.mark] if act.mark else set())

    def _read_calls(self) -> None:
        """What the person got of each turn, and by which turns each message and each mark was answered."""
        self.received: defaultdict[str, dict[str, Part]] = defaultdict(dict)
        self._answers_to: defaultdict[str, set[str]] = defaultdict(set)
        sent = [call for call in self.calls if call.executed is not None]
        for call in sorted(sent, key=lambda call: (call.executed or 0.0, call.number)):
            part = self.received[call.turn].setdefault(call.text, Part(call.turn, call.text))
            part.sent.append(call)
            marks = [mark.partition("v")[0] for mark in MARK.findall(call.text)]
            answer = self.outbound.get(call.turn)
            unnamed = (
                [name for name in answer.answers if not (marks and self._acts[name].mark)] if answer else []
            )
            for name in [call.turn.removeprefix("re-"), *marks, *unnamed]:
                self._answers_to[name].add(call.turn)

    def parts(self) -> Iterator[Part]:
        return (part for parts in self.received.values() for part in parts.values())

    def executed(self, answer: Outbound) -> bool:
        """Whether the person got all of it that was not cancelled, and something at all."""
        owed = {words(part.part) for part in answer.parts if part.status != "cancelled"}
        return bool(self.received[answer.message]) and owed <= self.received[answer.message].keys()

    def last_look(self, call: Call, before: float) -> set[int] | None:
        """Which calls the gateway showed when it was last asked for this chat; None where it never was."""
        looks = [shown for at, shown in self._looks[call.channel, call.chat] if call.at <= at <= before]
        return looks[-1] if looks else None

    def first_answer(self, act: Act) -> Call | None:
        documents = self.inbound[act.id]
        turn = documents[0].turn if documents and documents[0].outcome != "suppressed" else ""
        calls = [call for part in self.received[turn].values() for call in part.sent]
        return min(calls, key=lambda call: call.executed or 0.0, default=None)

    def begun_at(self, act: Act, turn: str) -> float:
        """When the answer was being made, at the latest: what came before is part of it."""
        asked = [at for at in self._asked[act.mark] if at <= self.created_at[turn]] if act.mark else []
        return asked[-1] if asked else self.created_at[turn]

    def times_asked(self, act: Act) -> int:
        return len(self._asked[act.mark]) if act.mark else 0


def _backwards(before: str, after: str) -> bool:
    return before in _FORWARD and after != "failed" and _FORWARD.get(after, 0) < _FORWARD[before]
