"""Words at the desk in the audit: whose words reached whom.

bot_after_human  the bot spoke while a member of staff had the person; news of the request itself
                 ("X is here", turns `taken-…`) may be said, and triggers that say so speak anyway
misrelayed       words of an agent reached another person than the one whom they addressed: by a number, by
                 the quoted or paged request, or by the only talk that went on when they were written; or
                 words of a person reached an agent who never had their request
relays_lost      words of a person that were left to an agent, and none of the texts to agents has them; or
                 words of an agent that reached nobody, and the agent was not told
relays_doubled   words passed on twice
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from shared.models.handoff import PHONE, Handoff
from shared.models.message import Inbound
from tests.simulation.agents import staff_of
from tests.simulation.evidence import RECALL, Evidence, Violation
from tests.simulation.gateway import Call
from tests.simulation.people import AGENTS, MARK, Act, person_of
from tests.simulation.world import World

#: How long (s) after its end a talk may be meant by plain words, and the difference of rounded times.
_UNSEEN, _ROUNDED = 120.0, 2.0
#: Ends of a message of ours after which nobody can know whether it arrived.
_LOST = ("failed", "unknown")


class Desks:
    def __init__(self, world: World, evidence: Evidence) -> None:
        self._world, self._evidence = world, evidence
        self._numbered = {each.number: each for each in evidence.requests if each.number}
        self._requests = {each.handoff: each for each in evidence.requests}
        self._heard: defaultdict[str, list[Call]] = defaultdict(list)
        self._read: defaultdict[str, list[float]] = defaultdict(list)
        for call in evidence.calls:
            if call.executed is not None:
                self._note(call)
        for page in world.pager.pages:
            for mark in _marks(page.text):
                self._read[mark].append(page.at)
        self._paged = {entry.facts["notice"] for entry in world.journal.of("page")}

    def _note(self, call: Call) -> None:
        for mark in _marks(call.text):
            by_staff = self._evidence.author_of[call.turn] == "staff" and f"Réponse {mark}" in call.text
            if person_of(call.chat) < AGENTS or by_staff:
                self._heard[mark].append(call)
            else:
                self._read[mark].append(call.executed or 0.0)

    def violations(self) -> Iterator[Violation]:
        yield from self._spoke_over()
        yield from self._taken_away()
        for act in self._evidence.by_agents:
            yield from self._said(act)
        for act in self._evidence.accepted:
            for document in self._evidence.inbound[act.id][:1]:
                yield from self._left(act, document)
        yield from self._relays()

    # The bot

    def _spoke_over(self) -> Iterator[Violation]:
        evidence = self._evidence
        for call in evidence.calls:
            news = call.turn.startswith("taken-") or person_of(call.chat) >= AGENTS
            if news or evidence.author_of[call.turn] != "concierge" or self._world.speaks_anyway(call.turn):
                continue
            for talk in evidence.talks.of(evidence.place(call.turn)):
                since = evidence.held_since(talk, call.turn)
                inside = talk.holder != PHONE and since < call.at < talk.sure
                if inside and (call.intended > since or call.at > since + RECALL):
                    detail = f"call {call.number} at {call.at:.3f} after {talk.holder} took {talk.request}"
                    yield Violation("bot_after_human", call.turn, detail)

    # Words of agents

    def _said(self, act: Act) -> Iterator[Violation]:
        if any(each.outcome == "left_to_human" for each in self._evidence.inbound[act.id]):
            return  # an agent who asked for a human themselves
        heard = self._heard[act.mark]
        for call in heard:
            if not self._may_reach(act, self._evidence.place(call.turn)):
                yield Violation("misrelayed", act.id, f"{act.text!r} ({act.how}) reached {call.chat}")
        if len({call.turn for call in heard}) > 1:
            turns = sorted({call.turn for call in heard})
            yield Violation("relays_doubled", act.id, f"reached {' and '.join(turns)}")
        if act.do == "desk":
            yield from self._ended(act, bool(heard))
        elif act.how.startswith("say") and not heard and not self._answered(act):
            yield Violation("relays_lost", act.id, f"{act.how} about {self._meant(act)} came to nothing")

    def _ended(self, act: Act, heard: bool) -> Iterator[Violation]:
        documents = self._evidence.inbound[act.id]
        if act.how == "empty" and not documents:
            return  # the gateway posts it, and its channel finds nothing in it
        if len(documents) != 1 or documents[0].outcome is None:
            yield Violation("lost", act.id, f"{len(documents)} documents of an agent's words, or no outcome")
        elif act.mark in act.text and not heard and not self._was_told(act, documents[0]):
            document = documents[0]
            detail = f"{act.text!r} ({act.how}): {document.outcome}, {document.reason}, {document.turn}"
            yield Violation("relays_lost", act.id, detail)

    def _was_told(self, act: Act, document: Inbound) -> bool:
        """Whether the agent got an answer to the words, or knows that they did not arrive."""
        if document.turn.startswith("relay-"):
            words = self._evidence.outbound[document.turn]
            told = f"undelivered-{words.handoff}-"
            return any(turn.startswith(told) for turn in (*self._evidence.outbound, *self._paged))
        if document.outcome == "suppressed" and document.reason in ("rate", "too_many_pending"):
            return not self._at_work(act)  # a person like any other
        answer = self._evidence.outbound.get(f"re-{act.id}")
        return answer is not None and (
            answer.status in _LOST or bool(self._evidence.received[answer.message])
        )

    def _at_work(self, act: Act) -> bool:
        """Whether the agent had a talk when the words came, or wrote a command or a number."""
        came = self._evidence.created_at[act.id]
        mine = self._evidence.talks.by(staff_of(act.person))
        return act.text.startswith("#") or any(talk.since < came - RECALL < talk.sure for talk in mine)

    def _answered(self, act: Act) -> bool:
        """Whether the notifier was asked to tell the agent that the words came too late."""
        told = (f"answer-{act.id}", f"undelivered-{self._meant(act)}-")
        if self._evidence.notifications.get(f"answer-{act.id}") in _LOST:
            return True
        return self._meant(act) not in self._requests or any(
            notice.startswith(told) for notice in (*self._evidence.outbound, *self._paged)
        )

    def _meant(self, act: Act) -> str:
        return self._world.inboxes.meant[act.id].handoff

    def _may_reach(self, act: Act, place: str) -> bool:
        meant = self._world.inboxes.meant[act.id]
        if act.how == "note":
            return False
        # Also words with a quote are asked about while the gateway's id of the quoted message is not known.
        chosen = [
            self._numbered.get(other.number)
            for other in self._world.inboxes.meant.values()
            if other.about == act.id
        ]
        if any(self._is_of(request, place) for request in chosen):
            return True
        if meant.handoff:
            return self._is_of(self._requests.get(meant.handoff), place)
        if meant.number:
            return self._is_of(self._numbered.get(meant.number), place)
        return self._only_talk(act, place)

    def _only_talk(self, act: Act, place: str) -> bool:
        """Whether the agent's only talk, when the words were written, was with this person."""
        written = self._evidence.written_at(act)[0]
        mine = self._evidence.talks.by(staff_of(act.person))
        here = any(
            talk.place == place
            and talk.began <= written + _ROUNDED
            and written < talk.ended + _UNSEEN + _ROUNDED
            for talk in mine
        )
        return here and not any(talk.place != place and talk.since <= written < talk.sure for talk in mine)

    def _taken_away(self) -> Iterator[Violation]:
        """Checks that nobody took a request from its holder, who had not passed it on to them."""
        for before, after in self._evidence.talks.handovers():
            passed = any(
                act.how == "transfer"
                and staff_of(act.person) == before.holder
                and act.text.lower().endswith(after.holder)
                and self._evidence.arrived(act) < after.since
                for act in self._evidence.by_agents
            )
            if not passed and after.holder not in (before.holder, PHONE):
                detail = f"{after.holder} took it from {before.holder} at {after.since:.3f}"
                yield Violation("ledger", after.request, detail)

    def _is_of(self, request: Handoff | None, place: str) -> bool:
        return request is not None and self._evidence.living(request.conversation) == place

    # Words of people

    def _left(self, act: Act, document: Inbound) -> Iterator[Violation]:
        if document.outcome != "left_to_human":
            return
        place = self._evidence.living(document.conversation)
        settled = self._evidence.settled_at[act.id]
        if self._evidence.presence(document.conversation, settled) != "desk":
            return
        if any(talk.holder == PHONE and settled <= talk.since for talk in self._evidence.talks.of(place)):
            return  # who has the chat itself
        relay = self._evidence.outbound.get(f"relay-{act.id}")
        passed_on = relay is not None and relay.status in _LOST
        passed_on |= self._evidence.notifications.get(f"relay-{act.id}") in _LOST
        if f"relay-{act.id}" in self._paged or passed_on or self._evidence.received[f"relay-{act.id}"]:
            return
        read = act.mark and any(at > settled - RECALL for at in self._read[act.mark])
        if not read:
            yield Violation("relays_lost", act.id, f"{act.text!r} ({document.reason}) in {place}")

    def _relays(self) -> Iterator[Violation]:
        """Checks that each relay of a person's words reached one agent, one who had their request."""
        reached: defaultdict[str, set[str]] = defaultdict(set)
        for call in self._evidence.calls:
            if call.executed is not None and call.turn.startswith("relay-M"):
                reached[call.turn].add(staff_of(person_of(call.chat)))
        pages = Counter(page.notice for page in self._world.pager.pages if page.notice.startswith("relay-M"))
        for page in self._world.pager.pages:
            if page.notice in pages:
                reached[page.notice].add(page.to)
        for name, staff in reached.items():
            holders = {talk.holder for talk in self._evidence.talks.of(self._place_of(name))}
            if not staff <= holders:
                yield Violation("misrelayed", name, f"reached {sorted(staff)}, not only {sorted(holders)}")
            if len(staff) > 1 or pages[name] > 1 or (pages[name] and self._evidence.received[name]):
                yield Violation("relays_doubled", name, f"reached {sorted(staff)}, paged {pages[name]} times")

    def _place_of(self, relay: str) -> str:
        (document, *_) = self._evidence.inbound[relay.removeprefix("relay-")]
        return self._evidence.living(document.conversation)


def _marks(text: str) -> set[str]:
    return {mark.partition("v")[0] for mark in MARK.findall(text)}
