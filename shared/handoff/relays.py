"""Relays of a person's messages to staff who talk through a notifier: a mail, a team's chat."""

from __future__ import annotations

from shared.conversation.conversation import Conversation
from shared.errors import Drop
from shared.handoff.ladder import members, targets
from shared.handoff.notices import Notices
from shared.models.events import RelayDue
from shared.models.handoff import PHONE, Handoff, Step
from shared.models.notification import Notification
from shared.models.people import plain_id
from shared.models.tenant import Tenant
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.store import Store, Transaction
from shared.tenants.directory import Directory

#: Most messages that one event relays.
_LIMIT = 20


class NotifierRelays:
    def __init__(
        self, store: Store, clock: Clock, directory: Directory, notices: Notices, pause: Pause
    ) -> None:
        self._store, self._clock, self._directory, self._notices = store, clock, directory, notices
        self._pause = pause

    async def handle(self, event: RelayDue) -> None:
        """Relays the messages that are listed in the person's conversation, in order, each once.

        Raises Drop if the tenant is gone, or if the deployment is paused: the messages stay listed.
        """
        await self._pause.check()
        tenant = await self._directory.tenant(event.tenant)
        if tenant is None:
            raise Drop("tenant_is_gone")
        for _ in range(_LIMIT):
            taken = await self._store.transaction(lambda tx: self._next(tx, tenant, event.conversation))
            if taken is None:
                return
            await self._notices.send(tenant, taken)

    async def _next(self, tx: Transaction, tenant: Tenant, conversation: str) -> Notification | None:
        """Takes the first listed message off the list, with the record of its one attempt."""
        person = await tx.get(Conversation, tenant=tenant.tenant, conversation=conversation)
        if person is None or not person.staff.relays or person.staff.relays[0].desk:
            return None
        first, now = person.staff.relays[0], self._clock.now()
        request = await tx.get(Handoff, tenant=tenant.tenant, handoff=first.handoff)
        member = members(tenant).get(request.holder) if request else None
        human = person.staff.human
        if request is not None and request.open and (not request.holder or (human and human.desk)):
            return None  # they wait for the next who takes it, or go by a channel (conversation/relaying.py)
        found = [
            target
            for target in (targets(request.holder, member) if request and member else [])
            if request and target.label == request.way and target.way.notifier
        ]
        person.staff.relays = person.staff.relays[1:]
        tx.put(person)
        if request is None or not found:
            if request is not None and request.holder != PHONE:  # who has the chat itself
                missing = {"to": request.holder, "way": request.way, "result": "no_such_way"}
                request.step(Step.model_validate({"at": now, "step": "not_notified", **missing}))
                request.due_at = now
                tx.put(request)
            return None
        notification = Notification(
            tenant=tenant.tenant,
            handoff=first.handoff,
            notice=plain_id(f"relay-{first.message}"),
            staff=request.holder,
            notifier=found[0].way.notifier,
            label=found[0].label,
            to=found[0].way.to,
            message=first.message,
            conversation=first.conversation,
            at=now,
            due_at=now,
        )
        tx.create(notification)
        return notification
