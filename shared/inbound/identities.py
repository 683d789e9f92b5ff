"""What a network says about a person rather than for them: that they blocked us, that they moved."""

from __future__ import annotations

from shared.conversation import people
from shared.errors import Drop
from shared.models.events import PeerBlocked, PeerMoved
from shared.models.people import Contact, Identity, Standing, document_id
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
            documents = list(person.writes)
            if not any(isinstance(document, Contact) for document in documents):
                contact = await tx.get(Contact, tenant=event.tenant, contact=person.contact)
                documents += [contact] if contact else []
            for document in documents:
                document.standing = standing
                tx.put(document)

        await self._store.transaction(work)

    async def moved(self, event: PeerMoved) -> None:
        """The new identities lead to the same contact, and those they replace to nobody: a telephone number
        that somebody gave up belongs to a stranger next. Who never wrote under the old one is not known."""
        new = [document_id(name) for name in event.identities]
        old = [name for name in map(document_id, event.peer.identities) if name not in new]

        async def work(tx: Transaction) -> None:
            left = [await tx.get(Identity, tenant=event.tenant, identity=name) for name in old]
            taken = [await tx.get(Identity, tenant=event.tenant, identity=name) for name in new]
            known = next((identity for identity in left if identity), None)
            if known is None:
                raise Drop("nobody_moved")
            contact = await tx.get(Contact, tenant=event.tenant, contact=known.contact)
            if contact is None:
                raise Drop("nobody_moved")
            _move(tx, contact, known, [identity for identity in left if identity], new, taken)

        await self._store.transaction(work)


def _move(
    tx: Transaction,
    contact: Contact,
    known: Identity,
    left: list[Identity],
    new: list[str],
    taken: list[Identity | None],
) -> None:
    for identity in left:
        tx.delete(identity)
    gone = {identity.identity for identity in left}
    free = [name for name, identity in zip(new, taken, strict=True) if identity is None]
    contact.identities = [*(name for name in contact.identities if name not in gone), *free]
    for name in free:
        also = [other for other in contact.identities if other != name]
        tx.put(
            Identity(
                tenant=contact.tenant,
                identity=name,
                contact=contact.contact,
                standing=known.standing,
                also=also,
            )
        )
    tx.put(contact)
