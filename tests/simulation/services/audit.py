"""The audit of services: rows in texts, on pages and before models, and changes at the source.

trespassed        a text or a page had a row of a family that this conversation's session had not proved, or a
                  model was shown a row
repeated_change   a change was carried out twice for one confirmation, or without one; a person who is asked
                  in two conversations may confirm in both

A row is right in a conversation from the turn on in which a right code of its family was judged there, or the
one-time code after such a code, until that session ends: by a logout, because its person was silent for
longer than the tenant allows, or because the conversation took in another one. What was queued by then may
still be sent. Words before a logout that reach a model after it are `leaked`, and so are codes that a model
is shown, or staff outside of the words of a person with whom they talk.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from shared.models.message import SentPart
from shared.models.parts import Choices
from tests.simulation.evidence import RECALL, Evidence, Violation
from tests.simulation.gateway import Call
from tests.simulation.people import AGENTS, Act, person_of
from tests.simulation.services import school
from tests.simulation.services.script import YES
from tests.simulation.services.source import Changed
from tests.simulation.services.tries import Tries
from tests.simulation.world import IDLE, World

KINDS = ("trespassed", "repeated_change", "locked_out", "unlocked")
_LOGGED_OUT = "command:logout"


class Services:
    def __init__(self, world: World, evidence: Evidence) -> None:
        self._world, self._evidence = world, evidence
        #: Sessions of each conversation: the time of each write, the session, and the family that it proved.
        self._sessions: defaultdict[str, list[tuple[float, str, str]]] = defaultdict(list)
        for entry in world.journal.of("session"):
            facts = entry.facts
            self._sessions[facts["on"]].append((entry.at, facts["session"], facts["proven"]))
        #: The accepted acts of each conversation, by the time at which it knew them: the conversation of
        #: their turn, which may have taken in the one in which they were received.
        self._said: defaultdict[str, list[tuple[float, Act]]] = defaultdict(list)
        for act in evidence.accepted:
            for document in evidence.inbound[act.id][:1]:
                answer = evidence.outbound.get(document.turn)
                place = answer.conversation if answer else document.conversation
                self._said[place].append((evidence.created_at[act.id], act))
        for said in self._said.values():
            said.sort(key=lambda each: (each[0], each[1].id))

    def violations(self) -> Iterator[Violation]:
        yield from self._texts()
        yield from self._pages()
        for entry in self._world.journal.of("overheard"):
            kind = "trespassed" if entry.facts["what_of"] == "rows" else "leaked"
            yield Violation(kind, "model", f"was shown {entry.facts['what_of']} of {entry.facts['families']}")
        yield from self._changes()
        yield from self._codes()
        yield from self._after_logouts()
        yield from Tries(self._world, self._evidence).violations()

    # Rows

    def _texts(self) -> Iterator[Violation]:
        for call in self._evidence.calls:
            for family in sorted(school.marked(call.text)):
                if why := self._wrong(call, family):
                    yield Violation(
                        "trespassed", call.turn, f"a row of family {family} to {call.chat}: {why}"
                    )
        for page in [*self._world.pager.pages, *self._world.mailbox.pages]:
            if rows := school.marked(page.text):
                yield Violation("trespassed", page.notice, f"rows of {sorted(rows)} to {page.to}")

    def _wrong(self, call: Call, family: int) -> str:
        """Returns why a row must not be in this text, "" if it may."""
        answer = self._evidence.outbound[call.turn]
        made = self._evidence.created_at[call.turn]
        proof = self._proof(answer.conversation, made, family)
        if proof is None:
            return "not proven"
        return "" if proof.person == person_of(call.chat) else f"proven by {proof.person}"

    def _pages(self) -> Iterator[Violation]:
        for entry in self._world.journal.of("page_made"):
            for family in map(int, entry.facts["rows"].split()):
                if self._proof(entry.facts["on"], entry.at, family) is None:
                    yield Violation("trespassed", entry.facts["id"], f"a page with a row of family {family}")

    def _proof(self, place: str, made: float, family: int) -> Act | None:
        """Returns the act that proved the family for the session of this conversation at that time."""
        session, proven = self._session(place, made)
        if proven != f"f{family}":
            return None
        for known, act in reversed(self._said[place]):
            if known > made or not self._may_prove(place, act, family):
                continue
            settled = self._evidence.ended_at.get(act.id, made + 1)
            if settled <= made and self._session(place, settled) == (session, proven):
                return act if self._lasted(place, known, settled, made) else None
        return None

    def _session(self, place: str, at: float) -> tuple[str, str]:
        """Returns the session of a conversation at that time, and the family that it has proved."""
        written = self._sessions[place]
        index = bisect_right(written, at, key=lambda each: each[0]) - 1
        return (written[index][1], written[index][2]) if index >= 0 else ("", "")

    def _may_prove(self, place: str, act: Act, family: int) -> bool:
        """Whether the act is the right code, or a one-time code after one."""
        if act.how == "one_time":
            return any(other.how == f"code:{family}" for _, other in self._said[place])
        return act.how == f"code:{family}"

    def _lasted(self, place: str, known: float, settled: float, made: float) -> bool:
        """Whether the session of a proof still lasted when an answer was made, by the acts of its person."""
        heard = [at for at, _ in self._said[place] if known <= at <= made]
        idle = any(later - at > IDLE * 60 + RECALL for at, later in pairwise(heard))
        ends = [*self._logouts(place), *self._evidence.merges_into(place)]
        return not idle and not any(settled < end < made for end in ends)

    def _logouts(self, place: str) -> list[float]:
        """Returns the times at which the proven person of a conversation was logged out."""
        said = [act.id for _, act in self._said[place]]
        asked = [name for name in said if self._evidence.inbound[name][0].reason == _LOGGED_OUT]
        times = [self._evidence.settled_at[name] for name in asked]
        return [at for at in times if self._session(place, math.nextafter(at, 0))[1]]

    # Changes

    def _changes(self) -> Iterator[Violation]:
        before: dict[tuple[str, str], float] = {}  # when each conversation's last change of a child was begun
        for change in self._world.school.changes:
            if place := self._confirmed_in(change, before):
                before[place, change.child] = change.begun
            else:
                yield Violation("repeated_change", change.child, f"{change.key[:8]} at {change.at:.3f}")

    def _confirmed_in(self, change: Changed, before: Mapping[tuple[str, str], float]) -> str:
        """Returns the conversation with the last yes before the change, to a question about the child that
        was asked there since its change before; "" if there is none."""
        found = [(0.0, "")]
        for answer in self._evidence.outbound.values():
            place, asked = answer.conversation, self._evidence.created_at[answer.message]
            since = before.get((place, change.child), -1.0)
            if since < asked < change.begun and _is_question(answer.parts, change.child):
                said = self._said[place]
                heard = [at for at, act in said if _is_yes(act, change.child) and asked < at < change.begun]
                found += [(at, place) for at in heard]
        return max(found)[1]

    # Codes and logouts

    def _codes(self) -> Iterator[Violation]:
        """Yields codes that staff were shown, but in the words of a person with whom they talk."""
        texts = [
            (call.turn, call.text)
            for call in self._evidence.calls
            if person_of(call.chat) >= AGENTS and not call.turn.startswith("relay-")
        ]
        texts += [(page.notice, page.text) for page in self._world.pager.pages if page.purpose != "message"]
        for turn, text in texts:
            if families := school.with_code(text):
                yield Violation("leaked", turn, f"codes of {sorted(families)} to staff")

    def _after_logouts(self) -> Iterator[Violation]:
        """Yields words of before a logout that a model was shown for a question after it."""
        place_of = {
            act.mark: (at, place) for place, said in self._said.items() for at, act in said if act.mark
        }
        for entry in self._world.journal.of("asked"):
            asked = [place_of[mark] for mark in entry.facts["marks"].split() if mark in place_of]
            told = [place_of[mark] for mark in entry.facts["told"].split() if mark in place_of]
            if not asked:
                continue
            first, place = min(asked)
            for out in self._logouts(place):
                if out < first and any(at < out and where == place for at, where in told):
                    yield Violation("leaked", entry.facts["marks"], "words of before a logout to a model")


def _is_question(parts: Sequence[SentPart], child: str) -> bool:
    """Whether a message asks for the confirmation of a change about this child."""
    offered = [choice.id for each in parts if isinstance(each.part, Choices) for choice in each.part.choices]
    return f"yes:sign_up:{child}" in offered


def _is_yes(act: Act, child: str) -> bool:
    return act.press == f"yes:sign_up:{child}" if act.press else act.text == YES
