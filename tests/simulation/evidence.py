"""Evidence for the auditor: the journal and the documents of a finished world."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shared.conversation.conversation import Conversation
from shared.models.handoff import Handoff
from shared.models.message import Inbound, Outbound, SentPart
from shared.models.notification import Notification
from shared.models.people import Identity
from shared.platform.store import D
from tests.simulation import wire
from tests.simulation.agents import staff_of
from tests.simulation.gateway import Call
from tests.simulation.people import AGENTS, GIVE_BACK, MARK, Act, person_of
from tests.simulation.plain import shown
from tests.simulation.talks import Talk, Talks
from tests.simulation.world import SILENCE, World

#: A decision can be stored this much later (s): after two slow reads.
RECALL = 30.0
_FORWARD = {"sent": 1, "delivered": 2, "read": 3}


class Violation(NamedTuple):
    kind: str
    about: str
    detail: str


@dataclass
class Part:
    """One part of an answer, with each time the person received it."""

    turn: str
    text: str
    sent: list[Call] = field(default_factory=list)


class Evidence:
    def __init__(self, world: World) -> None:
        self._world = world
        self._acts = {act.id: world.inboxes.done.get(act.id, act) for act in world.plan.acts}
        posted = {entry.facts["about"] for entry in world.journal.of("accepted")}
        self.told = [act for act in world.plan.acts if act.id in posted]
        self.accepted = [act for act in self.told if act.do == "say"]
        #: The agents who ever went off duty by their own word.
        self.went_off = {staff_of(act.person) for act in world.plan.acts if act.how == "off"}
        #: The accepted acts of agents, as they were done.
        self.by_agents = [self._acts[act.id] for act in self.told if act.do in ("desk", "paged")]
        self._changes = {(act.do, act.target) for act in world.plan.acts if act.id in posted and act.target}
        self.calls = [call for gateway in world.gateways.values() for call in gateway.calls]
        self.by_gateway_id = {call.gateway_id: call for call in self.calls if call.gateway_id}
        self._read_documents()
        self.talks = Talks(world.journal, self.living)
        self._read_calls()
        self._read_journal()
        self._people: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
        for act in self.accepted:
            for document in self.inbound[act.id][:1]:
                self._people[self.living(document.conversation)].add((act.channel, act.person))
        #: When a request was closed in the console, and its conversation.
        self._closed = [
            (entry.at, self.living(self._asked_in[entry.facts["id"]]))
            for entry in world.journal.of("edited")
            if entry.facts["to"] == "closed"
        ]
        self._givings_back: defaultdict[tuple[str, int], list[Act]] = defaultdict(list)
        #: Times of staff acts in each conversation, without acts that arrived after a later one.
        self.staff_at: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
        self.takeovers = self._takeovers()

    def closed_in_console(self, place: tuple[str, int], since: float, until: float) -> bool:
        """Whether a request of this person was closed in the console between these times."""
        return any(since < at < until and place in self._people[where] for at, where in self._closed)

    def _read_documents(self) -> None:
        self.inbound: defaultdict[str, list[Inbound]] = defaultdict(list)
        gone = [Inbound.model_validate(row.fields) for row in self._world.forgotten.values()]
        for message in [*self._all(Inbound), *gone]:
            self.inbound[message.message].append(message)
        self.outbound = {answer.message: answer for answer in self._all(Outbound)}
        self.conversations = self._all(Conversation)
        self._merged = {each.conversation: each.merged_into for each in self.conversations}
        self.requests = self._all(Handoff)
        self._asked_in = {each.handoff: each.conversation for each in self.requests}
        #: The state of each notice by the notifier.
        self.notifications = {each.notice: each.state for each in self._all(Notification)}
        #: Reasons for calling a human, by each message that a request counts.
        self.handoffs: defaultdict[str, set[str]] = defaultdict(set)
        for entry in self._world.journal.of("request"):
            for name in entry.facts["messages"].split(","):
                self.handoffs[name].update(entry.facts["reasons"].split(","))
        self.contacts: defaultdict[int, set[str]] = defaultdict(set)
        #: Agents by the contacts that they are, on any channel.
        self.agents: defaultdict[str, set[str]] = defaultdict(set)
        for identity in self._all(Identity):
            network, _, _ = identity.identity.partition(":")
            if network in ("whatsapp", "telegram") and identity.contact:
                self.agents[identity.contact].add(staff_of(person_of(identity.identity)))
            if network == "whatsapp" and identity.contact:
                self.contacts[person_of(identity.identity)].add(identity.contact)

    def _all(self, model: type[D]) -> list[D]:
        rows = self._world.documents.rows.values()
        return [model.model_validate(row.fields) for row in rows if row.model is model]

    def living(self, conversation: str) -> str:
        """Returns the conversation, or the one that has taken it in."""
        while into := self._merged.get(conversation):
            conversation = into
        return conversation

    def one_since(self, message: str, other: str) -> float:
        """Returns since when the conversations of two outbound messages have been one; infinity if never."""
        return self._joined(self._place_of[message], self._place_of[other])

    def held_since(self, talk: Talk, message: str) -> float:
        """Returns since when an outbound message is one into this talk: not before its chat and that of the
        talk were found to be one person's; infinity if never."""
        return max(talk.since, self._joined(talk.where, self._place_of[message]))

    def _joined(self, place: str, other: str) -> float:
        """Returns since when two conversations have been one; infinity if never."""
        line, beside = (self._line(each) for each in (place, other))
        return min((max(line[each], beside[each]) for each in line.keys() & beside.keys()), default=math.inf)

    def _line(self, conversation: str) -> dict[str, float]:
        """Returns the conversation and those that took it in, each with the time since which it is in it."""
        found = {conversation: 0.0}
        while into := self._merged.get(conversation):
            found[into] = max(found[conversation], self._merged_at[conversation])
            conversation = into
        return found

    def merges_into(self, conversation: str) -> list[float]:
        """Returns the times at which a conversation took in others."""
        return [at for part, at in self._merged_at.items() if self._merged[part] == conversation]

    def was_apart(self, earlier: Act, later: Act) -> bool:
        """Whether the earlier message was in another conversation, which later was merged into another."""
        place, other = (self.inbound[act.id][0].conversation for act in (earlier, later))
        return place != other and self._merged_at.get(place, 0.0) > self.created_at[earlier.id]

    def arrived(self, act: Act) -> float:
        """Returns the time of the act's first post by its gateway."""
        return self._arrived[act.id][0]

    def applied_at(self, about: str) -> float:
        """Returns the latest time at which an event (its id, or an edit's message and words) was handled."""
        return self._applied.get(about, float("inf"))

    def answered_with(self, document: Inbound) -> list[str]:
        """Returns the messages answered by the same turn."""
        answer = self.outbound.get(document.turn)
        return answer.answers if answer else []

    def written_at(self, act: Act) -> tuple[float, int]:
        """Returns the gateway's time of the act and the order within it, 0 if the gateway tells none."""
        return wire.seconds(act), 0 if act.channel == "listed" else wire.order(act)

    def _read_journal(self) -> None:
        """Reads the times of messages, gateway ids and acts, and the model's questions, from the journal."""
        self.created_at: dict[str, float] = {}
        self.settled_at: dict[str, float] = {}
        #: When each message first had an outcome: a human who steps in may change it.
        self.ended_at: dict[str, float] = {}
        self.recorded: dict[str, float] = {}
        self.backwards: list[str] = []
        self._asked: defaultdict[str, list[float]] = defaultdict(list)
        self._arrived: defaultdict[str, list[float]] = defaultdict(list)
        self.asked_first: dict[str, float] = {}
        #: The marks of each turn's request to a model, and the people whose canaries it held.
        self.shown: list[tuple[list[str], set[int]]] = []
        self._applied: dict[str, float] = {}
        self.author_of: dict[str, str] = {}
        self._place_of: dict[str, str] = {}
        self._presence: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        self._merged_at: dict[str, float] = {}
        #: Times of apologies for a promise that has broken, in each conversation.
        self.apologies: defaultdict[str, list[float]] = defaultdict(list)
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
                    self.ended_at.setdefault(facts["id"], at)
            if what == "conversation":
                self._read_conversation(at, facts)
            elif what == "out":
                self._read_outbound(at, facts)
                self._read_step(
                    at,
                    f"{facts['conversation']} {facts['id']}",
                    facts["ids"],
                    facts["parts"].split(","),
                    steps,
                )
            elif what == "posted":
                self._arrived[facts["about"]].append(at)
            elif what == "published":
                published[facts["number"]] = facts["about"]
            elif what == "handled":
                if facts["result"] == "done":
                    self._applied.setdefault(published[facts["number"]], at)
            else:
                self._read_question(at, what, facts)

    def _read_conversation(self, at: float, facts: dict[str, Any]) -> None:
        self._presence[facts["id"]].append((at, facts["human"] or ""))
        if facts["merged_into"]:
            self._merged_at.setdefault(facts["id"], at)

    def _read_outbound(self, at: float, facts: dict[str, Any]) -> None:
        name, place = facts["id"], facts["conversation"]
        self._place_of[name], self.author_of[name] = place, facts["author"]
        if name.startswith("sorry-"):
            self.apologies[self.living(place)].append(at)

    def _read_question(self, at: float, what: str, facts: dict[str, Any]) -> None:
        """Notes a question to the model, or to a gateway for its sent messages."""
        if what == "asked":
            self.shown.append((facts["marks"].split(), set(map(int, facts["people"].split()))))
            for mark in facts["marks"].split():
                self.asked_first.setdefault(mark, at)
                self._asked[mark.partition("v")[0]].append(at)
        elif what == "listed":
            shown = {int(number) for number in facts["shown"].split(",") if number}
            self._looks[facts["channel"], facts["chat"]].append((at, shown))

    def _read_step(self, at: float, name: str, ids: str, now: list[str], steps: dict[str, list[str]]) -> None:
        """Notes a write of an outbound message; `now` and `steps` are new and previous part statuses."""
        for gateway_id in filter(None, ids.split(",")):
            self.recorded.setdefault(gateway_id, at)
        if any(_backwards(*pair) for pair in zip(steps.get(name, now), now, strict=False)):
            self.backwards.append(name)
        steps[name] = now

    def _takeovers(self) -> defaultdict[tuple[str, int], list[tuple[Act, float, float]]]:
        """Returns each conversation's takeovers: the staff act, its commit time, the end of its silence.

        An act that came after a later one changes nothing.
        """
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
        """Whether staff gave the conversation back after this act, and the core knew it by that time."""
        place = (takeover.channel, takeover.person)
        if self.closed_in_console(place, self.created_at[takeover.id], by):
            return True
        return any(
            self._later(act, takeover) and self.created_at[act.id] < by
            for act in self._givings_back[takeover.channel, takeover.person]
        )

    def _later(self, act: Act, other: Act) -> bool:
        """Whether the first of two staff acts is later, by the gateway's time, then by arrival."""
        return (self.written_at(act), self.created_at[act.id]) > (
            self.written_at(other),
            self.created_at[other.id],
        )

    def human_before(self, act: Act, moment: float) -> bool:
        """Whether, as far as the core knew when this message ended, a human had the conversation.

        A message that was written before the human's silence ended is theirs, however late it comes.
        """
        came = min(self.created_at[act.id], act.at)
        place = self.living(self.inbound[act.id][0].conversation)
        if any(talk.since <= moment and came - RECALL <= talk.until for talk in self.talks.of(place)):
            return True
        return any(
            since <= moment
            and came - RECALL <= self._arrived[taken.id][-1] + SILENCE * 60
            and not self.given_back(taken, self.created_at[act.id])
            for taken, since, _ in self.takeovers[act.channel, act.person]
        )

    def place(self, turn: str) -> str:
        """Returns the conversation of an outbound message."""
        return self.living(self._place_of[turn])

    def presence(self, conversation: str, moment: float) -> str:
        """Returns where the human was, `desk` or `phone`, by the newest write of the conversation."""
        known = [source for at, source in self._presence[conversation] if at <= moment]
        return known[-1] if known else ""

    def phoned(self, place: str, since: float, until: float) -> bool:
        """Whether staff wrote to the person on the organisation's own phone between these times."""
        return any(
            since <= at <= until + RECALL for people in self._people_of(place) for at in self.staff_at[people]
        )

    def unwilling(self, place: str) -> bool:
        """Whether the person of a conversation ever opted out or blocked us."""
        people = {person for _, person in self._people_of(place)}
        return any(act.person in people and (act.text == "STOP" or act.do == "block") for act in self.told)

    def _people_of(self, place: str) -> set[tuple[str, int]]:
        return self._people[place]

    def was_deleted(self, act: Act) -> bool:
        return ("delete", act.id) in self._changes

    def opted_out(self, act: Act) -> bool:
        return any(other.text == "STOP" and other.person == act.person for other in self.accepted)

    def turns_of(self, act: Act) -> set[str]:
        """Returns the turns in which the person saw this message answered.

        Recognised by its mark, by the turn's name, or by the document if the answer's words never vary.
        """
        return self._answers_to[act.id] | (self._answers_to[act.mark] if act.mark else set())

    def _read_calls(self) -> None:
        """Reads the parts that the person received, and the turns that answered each message and mark."""
        self.received: defaultdict[str, dict[str, Part]] = defaultdict(dict)
        #: News for agents that reached them on channels, by request and turn.
        self.news: defaultdict[str, dict[str, Call]] = defaultdict(dict)
        #: Notices that reached agents on channels, by request.
        self.notices: defaultdict[str, list[Call]] = defaultdict(list)
        self._answers_to: defaultdict[str, set[str]] = defaultdict(set)
        sent = [call for call in self.calls if call.executed is not None]
        for call in sorted(sent, key=lambda call: (call.executed or 0.0, call.number)):
            if call.turn.startswith("notice-") and call.turn in self.outbound:
                self.notices[self.outbound[call.turn].handoff].append(call)
            if call.turn.startswith(("news-", "end-")) and call.turn in self.outbound:
                self.news[self.outbound[call.turn].handoff][call.turn] = call
            part = self.received[call.turn].setdefault(call.text, Part(call.turn, call.text))
            part.sent.append(call)
            if not call.turn.startswith("re-") or person_of(call.chat) >= AGENTS:
                continue  # no answer to a person
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
        """Whether the person received at least one part, and every part that was not cancelled."""
        owed = {shown(part.part) for part in answer.parts if part.status != "cancelled"}
        return bool(self.received[answer.message]) and owed <= self.received[answer.message].keys()

    def sends(self, answer: Outbound, part: SentPart) -> list[Call]:
        """Returns the calls that said a part to the person, for its own message or for another one.

        A gateway finds a send by its words. One that was made once more than its own message knows of may be
        found for the next message with the same words: the person has received as many as were meant.
        """
        said, named = shown(part.part), self.by_gateway_id.get(part.gateway_id)
        own = self.received[answer.message]
        there = own[said].sent if said in own else []
        if there or named is None or (named.chat, named.text) != (answer.to, said):
            return there
        other = self.outbound.get(named.turn)
        spare = other is not None and named.gateway_id not in other.gateway_ids
        return [named] if spare and named.executed is not None else []

    def last_look(self, call: Call, before: float) -> set[int] | None:
        """Returns the calls that the gateway last showed for this chat, or None if it was never asked."""
        looks = [shown for at, shown in self._looks[call.channel, call.chat] if call.at <= at <= before]
        return looks[-1] if looks else None

    def first_answer(self, act: Act) -> Call | None:
        documents = self.inbound[act.id]
        turn = documents[0].turn if documents and documents[0].outcome != "suppressed" else ""
        calls = [call for part in self.received[turn].values() for call in part.sent]
        return min(calls, key=lambda call: call.executed or 0.0, default=None)

    def begun_at(self, act: Act, turn: str) -> float:
        """Returns the latest time at which the answer was begun: messages that came before are part of it."""
        asked = [at for at in self._asked[act.mark] if at <= self.created_at[turn]] if act.mark else []
        return asked[-1] if asked else self.created_at[turn]

    def times_asked(self, act: Act) -> int:
        """Returns how often a model was asked before the message ended: later on staff ask for drafts."""
        ended = self.ended_at.get(act.id, float("inf"))
        return sum(at <= ended for at in self._asked[act.mark]) if act.mark else 0


def _backwards(before: str, after: str) -> bool:
    return before in _FORWARD and after != "failed" and _FORWARD.get(after, 0) < _FORWARD[before]
