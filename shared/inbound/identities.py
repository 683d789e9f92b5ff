"""News from a network about a person: blocked us, unblocked us, or moved to another number."""

from __future__ import annotations

from shared.conversation import people
from shared.conversation.conversation import Conversation
from shared.conversation.finding import index
from shared.errors import Drop
from shared.models.document import Document
from shared.models.events import PeerBlocked, PeerMoved
from shared.models.people import Contact, Identity, identity_id
from shared.models.tenant import Tenant
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store, Transaction


class Identities:
    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store, self._clock, self._ids = store, clock, ids

    async def blocked(self, _: Tenant, event: PeerBlocked) -> None:
        """Stops or resumes sending to a person, after news that they blocked or unblocked us.

        Raises Drop if newer news is known: a later block or unblocking, or a later message of the person.
        """

        async def work(tx: Transaction) -> None:
            person = await people.meet(tx, event, self._ids, self._clock.now())
            keys = {"tenant": event.tenant, "conversation": f"{event.channel}.{person.contact}"}
            conversation = await tx.get(Conversation, **keys) if event.blocked else None
            documents, is_news = await people.learn_blocked(
                tx, person, event, blocked=event.blocked, source="network"
            )
            heard_at = conversation and conversation.writer.heard_at
            if not is_news or (heard_at and heard_at > event.at):
                raise Drop("older_news")
            for document in documents:
                tx.put(document)

        await self._store.transaction(work)

    async def moved(self, _: Tenant, event: PeerMoved) -> None:
        """Assigns the new identities to the person's contact, and takes the replaced ones from it.

        A telephone number that a person gave up belongs to a stranger next, so it has no contact at first. An
        identity with newer news keeps its contact. Raises Drop if all identities given up have newer news.
        """
        new = [identity_id(name) for name in event.identities]
        old = [identity_id(name) for name in event.peer.identities]

        async def work(tx: Transaction) -> None:
            found = {name: await _identity(tx, event.tenant, name) for name in dict.fromkeys([*old, *new])}
            left = [found[name] for name in old if name not in new and found[name].admits_move(event)]
            if not left:
                raise Drop("older_news")
            stay = [found[name] for name in old if name in new]
            mover = next((each for each in [*left, *stay] if each.contact), left[0])
            taken = [
                found[name]
                for name in new
                if found[name].admits_move(event)
                and (not mover.contact or found[name].contact != mover.contact)
            ]
            names = sorted({mover.contact, *(each.contact for each in taken)} - {""})
            contacts = [await tx.get(Contact, tenant=event.tenant, contact=name) for name in names]
            keys = {"tenant": event.tenant, "conversation": f"{event.channel}.{mover.contact}"}
            conversation = await tx.get(Conversation, **keys) if mover.contact else None
            if conversation is not None:
                conversation.chat = event.peer.chat
            changed = _move(event, mover.model_copy(), left, taken, [each for each in contacts if each])
            for document in [*changed, *([conversation] if conversation else [])]:
                tx.put(document)

        await self._store.transaction(work)


async def _identity(tx: Transaction, tenant: str, name: str) -> Identity:
    found = await tx.get(Identity, tenant=tenant, identity=name)
    return found or Identity(tenant=tenant, identity=name, contact="")


def _move(
    event: PeerMoved, mover: Identity, left: list[Identity], taken: list[Identity], contacts: list[Contact]
) -> list[Document]:
    """Returns the changed documents: the identities, and the contacts that gain or lose them."""
    gained = [each.identity for each in taken]
    changed = {*gained, *(each.identity for each in left)}
    for contact in contacts:
        kept = [name for name in contact.identities if name not in changed]
        contact.identities = [*kept, *gained] if contact.contact == mover.contact else kept
        index(contact)
    for identity in left:
        identity.pass_to("", event)
    for identity in taken:
        identity.pass_to(mover.contact, event)
        identity.stand_as(mover)
        identity.also = sorted(
            {name for each in contacts if each.contact == mover.contact for name in each.identities}
            - {identity.identity}
        )
    return [*left, *taken, *contacts]
