"""Checks that no older event overwrote a newer one: blocks, opt-outs, edits, moved numbers, old messages.

Judged from the gateways' posts and the times at which they had certainly been handled; cases that the core
could not know are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from shared.models.message import Inbound
from tests.simulation.evidence import Evidence, Violation
from tests.simulation.people import LATE_AFTER, MARK, PLAIN, Act

_CONSENT = ("STOP", "START")
_LATE_REASONS = {"late", "failed_answers", "emergency"}


class News:
    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._told: defaultdict[tuple[str, int], list[Act]] = defaultdict(list)
        self._edits: defaultdict[str, list[Act]] = defaultdict(list)
        for act in evidence.told:
            self._told[act.channel, act.person].append(act)
            if act.do == "edit":
                self._edits[act.target].append(act)

    def violations(self) -> Iterator[Violation]:
        for act in self._evidence.accepted:
            for document in self._evidence.inbound[act.id][:1]:
                yield from self._blocked(act, document)
                yield from self._words(act, document)
                yield from self._late(act, document)
        yield from self._strangers()

    # Standing

    def was_blocked(self, act: Act) -> bool:
        """Whether a block by the writer had arrived after this act, and no newer event was known."""
        evidence, arrived = self._evidence, self._evidence.arrived(act)
        return any(
            evidence.arrived(block) <= evidence.settled_at[act.id]
            and not any(self._known_at(newer) < arrived for newer in self._after(block))
            for block in self._blocks_since(act)
        )

    def was_overtaken(self, act: Act) -> bool:
        """Whether its writer has opted out or in by a newer message."""
        return act.text in _CONSENT and any(self._newer(other, act) for other in self._consents(act))

    def had_opted_in(self, act: Act) -> bool:
        """Whether the newest consent known when the message came was an opt-in.

        A STOP counts once it has arrived: the opt-out is on record before its answer goes out, and stays
        there if its writer deletes the STOP or staff step in meanwhile.
        """
        created = self._evidence.created_at[act.id]
        known = [other for other in self._consents(act) if self._known_since(other) < created]
        newest = max(known, key=self._evidence.written_at, default=None)
        return newest is not None and newest.text == "START"

    def _known_since(self, consent: Act) -> float:
        if consent.text == "STOP":
            return self._evidence.created_at.get(consent.id, float("inf"))
        return self._settled(consent, "answered")

    def _blocked(self, act: Act, document: Inbound) -> Iterator[Violation]:
        evidence = self._evidence
        for block in self._blocks_since(act):
            certain = evidence.applied_at(block.id) < evidence.arrived(act)
            undone = any(
                evidence.arrived(newer) < evidence.settled_at.get(act.id, float("inf"))
                for newer in self._after(block)
            )
            if certain and not undone and document.outcome != "suppressed":
                yield Violation("unwanted", act.id, f"{document.outcome}, though {block.id} had arrived")

    def _blocks_since(self, act: Act) -> list[Act]:
        there = self._told[act.channel, act.person]
        return [other for other in there if other.do == "block" and self._newer(other, act)]

    def _after(self, block: Act) -> list[Act]:
        """Returns the later acts that end the block."""
        there = self._told[block.channel, block.person]
        return [other for other in there if other.do in ("unblock", "say") and self._newer(other, block)]

    def _known_at(self, act: Act) -> float:
        if act.do == "say":
            return self._evidence.created_at.get(act.id, float("inf"))
        return self._evidence.applied_at(act.id)

    def _consents(self, act: Act) -> list[Act]:
        there = self._told[act.channel, act.person]
        return [other for other in there if other.do == "say" and other.text in _CONSENT]

    def _settled(self, act: Act, outcome: str) -> float:
        documents = self._evidence.inbound[act.id]
        is_so = len(documents) == 1 and documents[0].outcome == outcome
        return self._evidence.settled_at[act.id] if is_so else float("inf")

    def _newer(self, act: Act, other: Act) -> bool:
        return self._evidence.written_at(act) > self._evidence.written_at(other)

    # Words

    def _words(self, act: Act, document: Inbound) -> Iterator[Violation]:
        """Checks that the message, and the question as it was answered, has the words of its newest edit."""
        if self._evidence.was_deleted(act):
            return
        edits = sorted(self._edits[act.id], key=self._evidence.written_at)
        applied = [edit for edit in edits if self._edited_at(edit) < float("inf")]
        if applied and applied[-1] is edits[-1] and document.text != edits[-1].text:
            yield Violation("ledger", act.id, f"says {document.text!r}, its newest edit {edits[-1].text!r}")
        marks = [act.mark, *(_mark(edit) for edit in edits)]
        for mark, asked in self._answered_as(act, document):
            had = [edit for edit in applied if self._edited_at(edit) < asked]
            if had and marks.index(mark) < marks.index(_mark(had[-1])):
                yield Violation("ledger", act.id, f"answered as {mark} after {had[-1].id} had arrived")

    def _edited_at(self, edit: Act) -> float:
        return self._evidence.applied_at(f"{edit.target} {edit.text}")

    def _answered_as(self, act: Act, document: Inbound) -> Iterator[tuple[str, float]]:
        """Yields the marks of the words that the person saw answered, with the time of the first question."""
        texts = self._evidence.received[document.turn] if document.turn else {}
        for mark in {mark for text in texts for mark in MARK.findall(text)}:
            if mark.partition("v")[0] == act.mark and mark in self._evidence.asked_first:
                yield mark, self._evidence.asked_first[mark]

    # Old messages

    def _late(self, act: Act, document: Inbound) -> Iterator[Violation]:
        if act.age < LATE_AFTER:
            if document.reason == "late":
                yield Violation("lost", act.id, "answered as late, and is not")
        elif self._evidence.times_asked(act):
            yield Violation(
                "ledger", act.id, f"{act.age / 3600:.0f} hours old, and answered as if it were new"
            )
        elif document.outcome in ("answered", "merged", "handed_off"):
            names = {act.id, *self._evidence.answered_with(document)}
            called = set[str]().union(*(self._evidence.handoffs.get(name, ()) for name in names))
            if document.reason not in _LATE_REASONS or not called & _LATE_REASONS:
                yield Violation(
                    "lost", act.id, f"late, {document.outcome} as {document.reason!r} with {called}"
                )
            said = document.text.startswith("Au feu") and not document.edited
            if said and "emergency" not in called | {document.reason}:
                yield Violation("lost", act.id, "an old emergency without a call for a human")

    # Numbers

    def _strangers(self) -> Iterator[Violation]:
        """Checks that a conversation has one person, and that one person of one chat has one conversation."""
        people: defaultdict[str, set[int]] = defaultdict(set)
        places: defaultdict[tuple[str, int, str], set[str]] = defaultdict(set)
        for act in self._evidence.accepted:
            for document in self._evidence.inbound[act.id][:1] if act.channel in PLAIN else []:
                people[document.conversation].add(act.person)
                places[act.channel, act.person, act.chat].add(document.conversation)
        unknown = {act.person for act in self._evidence.told if act.do == "move" and self._came_late(act)}
        for conversation, persons in people.items():
            if len(persons) > 1 and not persons & unknown:
                yield Violation("misdirected", conversation, f"belongs to {sorted(persons)}")
        for (channel, person, chat), conversations in places.items():
            if len(conversations) > 1 and not {person, person - 1} & unknown:
                yield Violation("ledger", f"{channel} {person} {chat}", f"is in {sorted(conversations)}")

    def _came_late(self, move: Act) -> bool:
        """Whether the number's new owner wrote from it before the move was known."""
        theirs = self._told[move.channel, move.person + 1]
        known = self._evidence.applied_at(move.id)
        return any(self._evidence.arrived(act) <= known for act in theirs)


def _mark(edit: Act) -> str:
    return next(iter(MARK.findall(edit.text)), "")
