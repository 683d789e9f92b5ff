"""What a network says about a person rather than for them: that they blocked us, that they moved."""

from __future__ import annotations

from shared.conversation import people
from shared.errors import Drop
from shared.models.events import PeerBlocked, PeerMoved
from shared.models.people import Contact, Identity, Standing
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store, Transaction


class Identities:
    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store, self._clock, self._ids = store, clock, ids

    async def blocked(self, event: PeerBlocked) -> None:
        """Nothing is sent to who blocked us. Taking it back does not undo an opting-out of their own."""

        async def work(tx: Transaction) -> None:
            person = await people.meet(tx, event.tenant, event.peer, self._ids, self._clock.now())
            standing = Standing.BLOCKED if event.blocked else Standing.OPEN
            if person.standing == Standing.OPTED_OUT or person.standing == standing:
                raise Drop("standing_stays")
            contact = await tx.get(Contact, tenant=event.tenant, contact=person.contact)
            for document in [*person.writes, contact]:
                if isinstance(document, Contact | Identity):
                    document.standing = standing
                    tx.put(document)

        await self._store.transaction(work)

    async def moved(self, event: PeerMoved) -> None:
        """From now on the new identities lead to the same contact."""
        names = [*event.identities, *event.peer.identities][:5]
        peer = event.peer.model_copy(update={"identities": names})

        async def work(tx: Transaction) -> None:
            person = await people.meet(tx, event.tenant, peer, self._ids, self._clock.now())
            for document in person.writes:
                tx.put(document)

        await self._store.transaction(work)
