"""Auditor: compares the input, the gateways' calls and the documents with the promises.

Reads the journal (posts and their acceptance, calls to send, sent messages, written documents with times)
and the final documents. It shares no code with the core.

    lost           I1, I2  an accepted message without its one outcome, or a question without its answer
    duplicated     I2, I3  two turns answer one message, or a person gets one part twice
    bot_after_human    I4  the bot sent something after staff had stepped in
    out_of_order       I5  a later question was answered before an earlier one that had already arrived
    misdirected            a person is in the conversation of another, who gave up a number
    unwanted               an answer to a person who had blocked us
    misrelayed … rated_twice   the desk (desks.py, calls.py)
    claimed … steered      the words of models (said.py)
    trespassed … unlocked  services (services/audit.py, services/tries.py)
    ledger             I6  the documents contradict the events of the world
    stuck              I7  a lease, pending message or open part is left after the faults have stopped
    bug                    an exception that was not injected

Exceptions, exactly:

- **Resends** (I3). A second sending of a part is `unknown_unsettled`, not `duplicated`, if the first call's
  answer never reached our documents, and the gateway, when last asked before the second call, did not show
  the message, or keeps no list at all. The same holds for a part that was cancelled for a human if the
  gateway had sent it and did not show it.
- **After a human** (I4). A takeover holds from the commit of the staff's act until the silence counted from
  its first arrival is over, or a later act gives the conversation back. A call to send violates it if the
  last commit of its process before the call (its intent) is later than the takeover's commit, or if the call
  begins more than RECALL seconds after it: a claim made before can be delayed by two slow reads at most. If
  staff write in a chat that hides a number, it holds for messages to that number from the commit on that
  makes the two conversations one. Of two staff acts the later one counts, by the gateway's time; WAHA tells
  whole seconds, so arrival breaks ties.
- **Order** (I5). Of two questions in two turns, the one written first is answered first, unless it reached us
  after the answer to the other was begun, or in another chat that was only later found to be the same
  person's: an answer that was under way there keeps its own order.
- **A message may stay unanswered** if its outcome gives a reason that the world confirms: deleted by its
  writer, opted out, too many in a minute, no words, left to a human who had the conversation (at the latest
  RECALL seconds before the outcome was written); also if the answer could not be delivered and a human was
  called, or if an open emergency request already counts it (emergencies.py).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from shared.models.message import Inbound, Outbound
from tests.simulation.calls import Calls
from tests.simulation.desks import Desks
from tests.simulation.emergencies import Emergencies
from tests.simulation.evidence import RECALL, Evidence, Violation
from tests.simulation.gateway import Call
from tests.simulation.news import News
from tests.simulation.people import Act, person_of
from tests.simulation.said import Said
from tests.simulation.services.audit import KINDS as SERVICE_KINDS
from tests.simulation.services.audit import Services
from tests.simulation.triggers.audit import KINDS as TRIGGER_KINDS
from tests.simulation.triggers.audit import Triggers
from tests.simulation.triggers.world import TriggerWorld
from tests.simulation.world import World

KINDS = (
    "lost",
    "duplicated",
    "bot_after_human",
    "out_of_order",
    "misdirected",
    "unwanted",
    "misrelayed",
    "relays_lost",
    "relays_doubled",
    "told_twice",
    "untold",
    "unsorry",
    "rated_twice",
    "claimed",
    "leaked",
    "invented",
    "steered",
    "ledger",
    "stuck",
    "bug",
    *TRIGGER_KINDS,
    *SERVICE_KINDS,
)
#: After so many questions to the model, a turn no longer waits for messages that arrive meanwhile.
_GIVES_UP_WAITING = 3
_REASONS = {"deleted", "opted_out", "rate", "no_words", "too_many_pending", "blocked", "older_news"}
_REACHED = ("sent", "delivered", "read")


class Auditor:
    def __init__(self, world: World) -> None:
        self.found: list[Violation] = []
        self.unsettled = 0
        self._world, self._evidence = world, Evidence(world)
        self._emergencies = Emergencies(world, self._evidence)
        self._news = News(self._evidence)

    def audit(self) -> Counter[str]:
        """Counts the violations of each kind; `found` lists them."""
        for message in self._evidence.accepted:
            self._message(message)
        self._parts()
        self._after_human()
        self._order()
        self._ledger()
        for finding in self._emergencies.findings():
            self._say(*finding)
        self._rest()
        self.found += Desks(self._world, self._evidence).violations()
        self.found += Calls(self._world, self._evidence).violations()
        self.found += self._news.violations()
        self.found += Said(self._world, self._evidence).violations()
        if isinstance(self._world, TriggerWorld):
            self.found += Triggers(self._world, self._evidence).violations()
        if self._world.plan.services:
            self.found += Services(self._world, self._evidence).violations()
        for bug in self._world.bugs:
            self._say("bug", type(bug).__name__, repr(bug))
        return Counter({kind: 0 for kind in KINDS}) + Counter(violation.kind for violation in self.found)

    def _say(self, kind: str, about: str, detail: str) -> None:
        self.found.append(Violation(kind, about, detail))

    # I1, I2

    def _message(self, act: Act) -> None:
        documents = self._evidence.inbound[act.id]
        if len(documents) != 1:
            self._say("lost" if not documents else "duplicated", act.id, f"{len(documents)} documents")
            return
        document = documents[0]
        turns = sorted(self._evidence.turns_of(act))
        if len(turns) > 1:
            self._say("duplicated", act.id, f"answered by {' and '.join(turns)}")
        match document.outcome:
            case None:
                self._say("lost", act.id, "no outcome")
            case "answered" | "merged" | "handed_off":
                self._answered(act, document, turns)
            case "left_to_human":
                self._left(act, document)
            case "suppressed":
                self._suppressed(act, document, turns)
            case "dead_lettered":
                self._say("lost", act.id, "dead-lettered")

    def _answered(self, act: Act, document: Inbound, turns: list[str]) -> None:
        answer = self._evidence.outbound.get(document.turn)
        if not document.turn and self._emergencies.handed_over(act):
            return
        if answer is None or act.id not in answer.answers:
            self._say("ledger", act.id, f"{document.outcome} by {document.turn!r}, which does not answer it")
        elif turns and turns != [document.turn]:
            self._say("ledger", act.id, f"{document.outcome} by {document.turn}, the person saw {turns}")
        elif answer.status in ("failed", "unknown"):
            if answer.message not in self._evidence.handoffs:
                self._say("lost", act.id, f"its answer is {answer.status}, and no human was called")
        elif not turns and not (answer.status == "cancelled" and self._evidence.executed(answer)):
            self._say("lost", act.id, f"{document.outcome}, but its answer ({answer.status}) was never sent")

    def _left(self, act: Act, document: Inbound) -> None:
        outcome_at = self._evidence.settled_at[act.id]
        if not self._evidence.human_before(act, outcome_at):
            self._say("lost", act.id, f"left to a human ({document.reason}), but no human had it")

    def _suppressed(self, act: Act, document: Inbound, turns: list[str]) -> None:
        if document.reason not in _REASONS:
            self._say("ledger", act.id, f"suppressed for {document.reason!r}")
        if document.reason == "deleted" and not self._evidence.was_deleted(act):
            self._say("lost", act.id, "suppressed as deleted, but it was not deleted")
        if document.reason == "opted_out" and not self._evidence.opted_out(act):
            self._say("lost", act.id, "suppressed as opted out, but its writer did not")
        if document.reason == "opted_out" and self._news.had_opted_in(act):
            self._say("lost", act.id, "suppressed as opted out, but its writer had opted in again")
        if document.reason == "blocked" and not self._news.was_blocked(act):
            self._say("lost", act.id, "suppressed as blocked, but no block was in force")
        if document.reason == "older_news" and not self._news.was_overtaken(act):
            self._say("lost", act.id, "suppressed as older news, but no newer exists")
        if turns and document.reason != "rate":
            self._say("ledger", act.id, f"suppressed ({document.reason}), and answered by {turns}")

    # I3

    def _parts(self) -> None:
        for part in self._evidence.parts():
            for first, second in zip(part.sent, part.sent[1:], strict=False):
                if (first.channel, person_of(first.chat)) != (second.channel, person_of(second.chat)):
                    continue  # an agent chose two people for the same words
                if self._could_not_know(first, second.at):
                    self.unsettled += 1
                else:
                    detail = (
                        f"calls {first.number} and {second.number} of {first.channel}: {first.text[:40]!r}"
                    )
                    self._say("duplicated", first.turn, detail)

    def _could_not_know(self, call: Call, before: float) -> bool:
        if self._evidence.recorded.get(call.gateway_id, before) < before:
            return False
        if not self._world.gateways[call.channel].lists:
            return True
        asked = self._evidence.last_look(call, before)
        return asked is not None and call.number not in asked

    # I4

    def _after_human(self) -> None:
        for call in self._evidence.calls:
            if self._evidence.author_of[call.turn] == "staff" or call.turn.startswith("taken-"):
                continue
            if self._world.speaks_anyway(call.turn):
                continue
            for act, since, until in self._evidence.takeovers[call.channel, person_of(call.chat)]:
                since = max(since, self._evidence.one_since(act.id, call.turn))
                if not since < call.at < until or self._evidence.given_back(act, call.intended):
                    continue
                if call.intended > since or call.at > since + RECALL:
                    self._say(
                        "bot_after_human", call.turn, f"call {call.number} at {call.at:.3f} after {act.id}"
                    )
                    break

    # I5

    def _order(self) -> None:
        by_conversation: defaultdict[tuple[str, int, str], list[Act]] = defaultdict(list)
        for act in self._evidence.accepted:
            by_conversation[act.channel, act.person, act.chat].append(act)
        for acts in by_conversation.values():
            acts.sort(key=self._evidence.written_at)
            for place, later in enumerate(acts):
                for earlier in acts[:place]:
                    self._pair(earlier, later)

    def _pair(self, earlier: Act, later: Act) -> None:
        evidence = self._evidence
        first, second = evidence.first_answer(earlier), evidence.first_answer(later)
        if first is None or second is None or first.turn == second.turn:
            return
        if evidence.written_at(earlier) == evidence.written_at(later):
            return
        if evidence.was_apart(earlier, later):
            return
        had = evidence.created_at.get(earlier.id, first.at) < evidence.begun_at(later, second.turn)
        waits = evidence.times_asked(later) < _GIVES_UP_WAITING
        if (first.executed or 0.0) > (second.executed or 0.0) and had and waits:
            self._say(
                "out_of_order", later.id, f"answered by {second.turn} before {earlier.id} by {first.turn}"
            )

    # I6

    def _ledger(self) -> None:
        for answer in self._evidence.outbound.values():
            if answer.author == "concierge":
                self._answer_agrees(answer)
        for person, contacts in self._evidence.contacts.items():
            if len(contacts) > 1:
                self._say("ledger", f"person {person}", f"is {len(contacts)} contacts")
        for backwards in self._evidence.backwards:
            self._say("ledger", backwards, "a receipt moved it backwards")

    def _answer_agrees(self, answer: Outbound) -> None:
        owed = []
        for part in answer.parts:
            there = self._evidence.sends(answer, part)
            # A gateway finds a send by its words: of two messages with the same, it may name the other one.
            alike = {(call.chat, call.text) for call in there}
            named = self._evidence.by_gateway_id.get(part.gateway_id)
            wrong = named is None or (named.chat, named.text) not in alike
            owed += [] if part.status == "cancelled" else [there]
            if part.status in _REACHED and wrong:
                self._say("ledger", answer.message, f"{part.status}, but the gateway sent another message")
            if part.status == "cancelled" and there:
                if all(self._could_not_know(call, math.inf) for call in there):
                    self.unsettled += 1
                else:
                    self._say("ledger", answer.message, "cancelled, but the person received it")
        if answer.status in _REACHED and not (owed and all(owed)):
            self._say("ledger", answer.message, f"{answer.status}, but not all parts were sent")

    # I7

    def _rest(self) -> None:
        for path in self._world.due():
            self._say("stuck", path, "is due after the end")
        for conversation in self._evidence.conversations:
            if conversation.turn.lease or conversation.turn.pending:
                self._say("stuck", conversation.conversation, "holds a lease or pending messages")
        for answer in self._evidence.outbound.values():
            if answer.open or answer.claim:
                self._say("stuck", answer.message, f"is {answer.status}")
        if not self._world.at_rest():
            self._say("stuck", "world", "still has work")
        for message in self._world.dead:
            if message.topic == "inbound":
                self._say("lost", f"event {message.number}", "dead-lettered")
