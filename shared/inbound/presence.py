"""Human presence: a message typed on the organisation's own phone silences the concierge in that chat.

One transaction records the message and stops the concierge: a turn at work can no longer commit, pending
messages are left to the human, and queued answers are not sent.
"""

from __future__ import annotations

from datetime import timedelta

from shared.conversation import leaving, pending, people
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Presence
from shared.inbound.intake import find_or_begin
from shared.language.folding import folded
from shared.models.events import StaffMessage
from shared.models.history import Line
from shared.models.message import Inbound, Outbound, SentPart, Status
from shared.models.news import admits, applied
from shared.models.parts import preview
from shared.models.people import document_id
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock, Ids
from shared.platform.store import AlreadyExists, Store, Transaction, Where

#: Staff write this in the chat to give it back to the concierge.
GIVE_BACK = "#bot"
_OPEN_LIMIT = 50


class HumanPresence:
    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store, self._clock, self._ids = store, clock, ids

    async def handle(self, tenant: Tenant, event: StaffMessage) -> None:
        logs.bind(conversation=await self.staff_wrote(tenant, event))

    async def staff_wrote(self, tenant: Tenant, event: StaffMessage) -> str:
        """Records a message of staff and returns the conversation's id. A repeat changes nothing."""
        try:
            return await self._store.transaction(lambda tx: self._record(tx, tenant, event))
        except AlreadyExists:
            return ""

    async def _record(self, tx: Transaction, tenant: Tenant, event: StaffMessage) -> str:
        now = self._clock.now()
        person = await people.meet(tx, event, self._ids, now)
        conversation = await find_or_begin(tx, event, person.contact, self._ids, now)
        waiting = await _open_outbox(tx, conversation)
        answered = [await leaving.answered_by(tx, conversation, outbound) for outbound in waiting]
        gives_back = _is_give_back(preview(event.parts))
        left = [] if gives_back else await pending.load(tx, event.tenant, conversation.turn.pending)
        for document in person.writes:
            tx.put(document)
        tx.create(_document(event, conversation))
        if not admits(conversation.staff.staff_at, event):
            return conversation.conversation  # an older act changes nothing, also if it gives the chat back
        conversation.staff.staff_at = applied(conversation.staff.staff_at, event)
        if gives_back:
            conversation.give_back(f"given back with {GIVE_BACK}")
        else:
            until = event.received_at + timedelta(minutes=tenant.limits.human_silence_minutes)
            conversation.take_over(Presence(since=event.received_at, until=until, source="phone"))
            leaving.leave(tx, left)
            for outbound, messages in zip(waiting, answered, strict=True):
                _cancel(tx, outbound, messages)
        conversation.remember(Line(author="staff", text=preview(event.parts, 1000), at=event.at))
        conversation.preview, conversation.updated_at = preview(event.parts), now
        tx.put(conversation)
        return conversation.conversation


def _is_give_back(text: str) -> bool:
    return text.startswith(GIVE_BACK[0]) and folded(text) == folded(GIVE_BACK)


def _cancel(tx: Transaction, outbound: Outbound, messages: list[Inbound]) -> None:
    """Cancels an answer: parts not yet sent stay unsent; a send in progress is still settled."""
    outbound.cancelled = True
    untouched = all(part.status == Status.QUEUED for part in outbound.parts)
    if outbound.claim is None and untouched:
        outbound.close(Status.CANCELLED)
        leaving.leave(tx, messages)
    tx.put(outbound)


async def _open_outbox(tx: Transaction, conversation: Conversation) -> list[Outbound]:
    found: list[Outbound] = []
    for place in [conversation.conversation, *conversation.archive.earlier]:
        found += await tx.query(
            Outbound,
            where=[Where("direction", "==", "out"), Where("open", "==", True)],
            order="seq",
            limit=_OPEN_LIMIT,
            tenant=conversation.tenant,
            conversation=place,
        )
    return found


def _document(event: StaffMessage, conversation: Conversation) -> Outbound:
    """Returns the document of a staff message: sent already, and open to receipts."""
    return Outbound(
        tenant=event.tenant,
        conversation=conversation.conversation,
        message=document_id(event.id),
        channel=event.channel,
        author="staff",
        text=preview(event.parts, 300),
        to=event.peer.chat,
        parts=[SentPart(part=part, status=Status.SENT, gateway_id=event.id) for part in event.parts],
        at=event.at,
        seq=0,
        status=Status.SENT,
        open=False,
        gateway_ids=[event.id],
        sent_at=event.at,
    )
