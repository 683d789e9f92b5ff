"""Human presence: a message typed on the organisation's own phone silences the concierge in that chat.

One transaction records the message and stops the concierge: a turn at work can no longer commit, pending
messages are left to the human, and queued answers are not sent.

Words may reach the core late. If the silence after them is over by then, only messages that reached us before
its end are left to the human; everything later, also a talk at the desk, goes on.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.conversation import handoffs, people, stepping_in, taking
from shared.conversation.arrivals import find_or_begin
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Presence
from shared.errors import Drop
from shared.language.folding import folded
from shared.models.events import StaffMessage
from shared.models.handoff import PHONE, Desk, Handoff
from shared.models.history import Line
from shared.models.message import Outbound, SentPart, Status
from shared.models.news import admits, applied
from shared.models.parts import preview
from shared.models.people import document_id
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock, Ids
from shared.platform.publishing import Publisher
from shared.platform.store import AlreadyExists, Store, Transaction
from shared.tenants import roster

#: Staff write this in the chat to give it back to the concierge.
GIVE_BACK = "#bot"


class HumanPresence:
    def __init__(self, store: Store, clock: Clock, ids: Ids, publisher: Publisher) -> None:
        self._store, self._clock, self._ids, self._publisher = store, clock, ids, publisher

    async def handle(self, tenant: Tenant, event: StaffMessage) -> None:
        logs.bind(conversation=await self.staff_wrote(tenant, event))

    async def staff_wrote(self, tenant: Tenant, event: StaffMessage) -> str:
        """Records a message of staff and returns the conversation's id. A repeat changes nothing.

        A message to a member of staff is a colleague's: it silences nobody.
        """
        if roster.member_of(tenant, event.channel, event.peer.identities):
            raise Drop("staff_to_staff")
        try:
            conversation, request = await self._store.transaction(lambda tx: self._record(tx, tenant, event))
        except AlreadyExists:
            return ""
        if request:
            await handoffs.announce(self._publisher, event.tenant, request)
        return conversation

    async def _record(self, tx: Transaction, tenant: Tenant, event: StaffMessage) -> tuple[str, str]:
        """Returns the ids of the conversation, and of the request that has news, "" if none has."""
        now = self._clock.now()
        person = await people.meet(tx, event, self._ids, now)
        conversation = await find_or_begin(tx, event, person.contact, self._ids, now)
        silence = await stepping_in.read(tx, conversation)
        request = await handoffs.open_request(tx, conversation)
        desk = await taking.desk_of(tx, event.tenant) if request else None
        for document in person.writes:
            tx.put(document)
        tx.create(_document(event, conversation))
        if not admits(conversation.staff.staff_at, event):
            # An older act changes nothing, also if it gives the chat back.
            return conversation.conversation, ""
        conversation.staff.staff_at = applied(conversation.staff.staff_at, event)
        conversation.preview, conversation.updated_at = preview(event.parts), now
        until = event.received_at + timedelta(minutes=tenant.limits.human_silence_minutes)
        present = _act(tx, conversation, silence, event, until, now)
        tx.put(conversation)
        if request is None or desk is None or not present:
            return conversation.conversation, ""
        _on_request(tenant, request, desk, event)
        tx.put(request)
        tx.put(desk)
        return conversation.conversation, request.handoff


def _act(
    tx: Transaction,
    conversation: Conversation,
    silence: stepping_in.Silence,
    event: StaffMessage,
    until: datetime,
    now: datetime,
) -> bool:
    """Applies an act of staff: words silence the concierge until `until`, `#bot` gives the chat back.

    Returns whether it applies to the open request too. Words do not if their silence is over: the request may
    be about something later, and staff are rather called once more.
    """
    line = Line(author="staff", text=preview(event.parts, 1000), at=event.at)
    if _is_give_back(event):
        conversation.give_back(f"given back with {GIVE_BACK}")
    elif now < until:
        presence = Presence(since=event.received_at, until=until, source="phone")
        stepping_in.step_in(tx, conversation, silence, presence)
    else:
        stepping_in.settle_past(tx, conversation, silence, until, now)
        conversation.learn_of_staff(line)
        return False
    conversation.remember(line)
    return True


def _on_request(tenant: Tenant, request: Handoff, desk: Desk, event: StaffMessage) -> None:
    """Applies an act on the organisation's own phone to the open request: words take it, `#bot` ends it."""
    now = event.received_at
    if _is_give_back(event):
        request.end(PHONE, now, why="closed")
        desk.end(request.handoff, now)
        return
    if request.holder != PHONE:
        taking.begin(tenant, request, desk, PHONE, event.channel, now)
    taking.first_words(request, PHONE, now)
    request.due_at = now


def _is_give_back(event: StaffMessage) -> bool:
    text = preview(event.parts)
    return text.startswith(GIVE_BACK[0]) and folded(text) == folded(GIVE_BACK)


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
