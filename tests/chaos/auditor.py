"""Compares the people's messages with the gateway's calls, and both with the documents."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.conversation.conversation import Conversation
from shared.models.dead_letter import DeadLetter
from shared.models.document import Document
from shared.models.message import Inbound, Outbound, Outcome, Status
from shared.platform.store import Store, Where
from tests.chaos.street import TENANT, Act
from tests.e2e.concierge import chat

_LIMIT = 20_000
#: Longest delay (s) of a call that deliver had begun when the human's act was committed.
_UNDER_WAY = 3.0
_SPOKEN = (Outcome.ANSWERED, Outcome.MERGED, Outcome.HANDED_OFF, Outcome.DEAD_LETTERED)


@dataclass
class Documents:
    """All documents that the functions have written."""

    inbound: dict[str, Inbound]
    staff: set[str]
    outbound: list[Outbound]
    conversations: list[Conversation]
    dead_letters: list[DeadLetter]

    @classmethod
    async def read(cls, store: Store) -> Documents:
        where = [Where("direction", "==", "in")], [Where("direction", "==", "out")]
        inbound = await store.query(Inbound, where=where[0], limit=_LIMIT, tenant=TENANT)
        outbound = await store.query(Outbound, where=where[1], limit=_LIMIT, tenant=TENANT)
        conversations = await store.query(Conversation, limit=_LIMIT, tenant=TENANT)
        dead = await store.query(DeadLetter, limit=_LIMIT, tenant=TENANT)
        ours = [message for message in outbound if message.author == "concierge"]
        staff = {message.message for message in outbound if message.author == "staff"}
        return cls({message.message: message for message in inbound}, staff, ours, conversations, dead)

    def unfinished(self, acts: Sequence[Act]) -> list[str]:
        """Returns the acts and documents without a final state, one line each."""
        arrived = self.inbound.keys() | self.staff
        return [
            *(f"not arrived: {act.id}" for act in acts if act.id not in arrived),
            *(f"no outcome: {message.message}" for message in self.inbound.values() if not message.outcome),
            *(f"open: {message.message} {message.status}" for message in self.outbound if message.open),
            *(
                f"lease or pending: {conversation.conversation}"
                for conversation in self.conversations
                if conversation.turn.lease or conversation.turn.pending
            ),
        ]


async def is_unfinished(store: Store, acts: Sequence[Act]) -> bool:
    """Whether `Documents.unfinished` would return anything, by a few small queries: it is polled."""
    came, went = Where("direction", "==", "in"), Where("direction", "==", "out")
    staff = sum(act.staff for act in acts)
    if await store.count(Inbound, where=[came], tenant=TENANT) < len(acts) - staff:
        return True
    if await store.count(Outbound, where=[went, Where("author", "==", "staff")], tenant=TENANT) < staff:
        return True
    left: list[tuple[type[Document], list[Where]]] = [
        (Inbound, [came, Where("outcome", "==", None)]),
        (Outbound, [went, Where("open", "==", True)]),
        (Conversation, [Where("due_at", ">", datetime(2000, 1, 1, tzinfo=UTC))]),
    ]
    for model, where in left:
        if await store.count(model, where=where, tenant=TENANT):
            return True
    return False


@dataclass
class Findings:
    """Ids that broke each promise."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    bot_after_human: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


def audit(
    acts: Sequence[Act], calls: Sequence[Mapping[str, Any]], committed: Mapping[str, float], docs: Documents
) -> Findings:
    """Returns the violations in a run.

    `calls` are the simulated gateway's; `committed` tells when (s since 1970) each act's commit was logged.
    """
    done = [call for call in calls if call["kind"] == "text" and _was_done(call)]
    return Findings(
        lost=_lost(acts, done, docs),
        duplicated=_duplicated(done, docs),
        bot_after_human=_after_human(acts, calls, committed),
        out_of_order=_out_of_order(done, docs),
        stuck=docs.unfinished(acts),
    )


def _was_done(call: Mapping[str, Any]) -> bool:
    """Whether the gateway executed the call; status 0 means that its answer was lost afterwards."""
    status: int = call["status"]
    return status == 0 or 200 <= status < 300


def _lost(acts: Sequence[Act], done: Sequence[Mapping[str, Any]], docs: Documents) -> list[str]:
    """Returns accepted messages without an outcome, or answered without the whole answer at the gateway.

    An answer may be incomplete if a human took over.
    """
    sent = Counter(call["turn"] for call in done)
    turns = {message.message: message for message in docs.outbound}
    lost = []
    for act in acts:
        message = docs.inbound.get(act.id)
        if act.staff or (message and message.outcome and message.outcome not in _SPOKEN):
            continue
        turn = turns.get(message.turn) if message else None
        if turn is None or (sent[turn.message] < len(turn.parts) and not turn.cancelled):
            lost.append(act.id)
    return lost


def _duplicated(done: Sequence[Mapping[str, Any]], docs: Documents) -> list[str]:
    """Returns parts that the gateway sent twice, and messages that two turns answer."""
    parts = Counter((call["turn"], call["text"]) for call in done)
    answers = Counter(name for message in docs.outbound for name in message.answers)
    twice = [f"{turn}: sent {count} times" for (turn, _), count in parts.items() if count > 1]
    return twice + [f"{name}: {count} turns" for name, count in answers.items() if count > 1]


def _after_human(
    acts: Sequence[Act], calls: Sequence[Mapping[str, Any]], committed: Mapping[str, float]
) -> list[str]:
    found = []
    for act in acts:
        if not act.staff or act.hands_back or act.id not in committed:
            continue
        begins = committed[act.id] + _UNDER_WAY
        back = [a.posted_at for a in acts if a.person == act.person and a.hands_back]
        ends = min((at for at in back if at > act.posted_at), default=float("inf"))
        found += [
            f"{call['turn']}: {_at(call) - committed[act.id]:.1f} s after the human"
            for call in calls
            if call["kind"] == "text" and call["to"] == chat(act.person) and begins < _at(call) < ends
        ]
    return found


def _out_of_order(done: Sequence[Mapping[str, Any]], docs: Documents) -> list[str]:
    """Returns turns that reached the gateway in another order than committed, within a conversation."""
    seq = {message.message: message.seq for message in docs.outbound}
    last: defaultdict[str, int] = defaultdict(int)
    found = []
    for call in done:
        if seq[call["turn"]] < last[call["to"]]:
            found.append(call["turn"])
        last[call["to"]] = max(last[call["to"]], seq[call["turn"]])
    return found


def _at(call: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(call["at"]).timestamp()


def delivered(docs: Documents) -> Counter[str]:
    """Counts our messages by delivery status."""
    return Counter(str(Status(message.status)) for message in docs.outbound)
