"""Erasure of people on request: all documents about a person, their messages and files, in small steps.

Each step deletes what it finds, and the contact's own document goes last: so a crash is repaired by doing it
again. Digests of the identities stay for a month, so that a late repeat of an old event does not bring the
person back; a new message makes a new person.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from shared.conversation import pages
from shared.conversation.conversation import Conversation
from shared.models.dead_letter import DeadLetter
from shared.models.document import Document
from shared.models.erasure import TOMBSTONE_KEPT, Erasure, Tombstone, tombstone_id
from shared.models.external import External, Stated
from shared.models.handoff import Desk, Handoff
from shared.models.lookup import Lookup
from shared.models.message import Inbound, Outbound
from shared.models.notification import Notification
from shared.models.occurrence import Occurrence
from shared.models.one_time import OneTime
from shared.models.page import Page
from shared.models.people import Contact, Identity
from shared.platform import logs
from shared.platform.blobs import Blobs
from shared.platform.clock import Clock
from shared.platform.store import Conflict, Store, Transaction, Where

#: Erasures of one round, documents that it deletes for each, and documents of a query. The rest is still due.
ERASURES, DELETED, _PAGE = 5, 2_000, 200
#: Most dead letters of a tenant that are looked through.
_DEAD_LETTERS = 500
#: Most contacts that Firestore compares in one query.
_AT_ONCE = 30

_DIRECTIONS: Sequence[tuple[type[Inbound] | type[Outbound], str]] = ((Inbound, "in"), (Outbound, "out"))

D = TypeVar("D", Contact, Conversation, Handoff, Occurrence, Page, External)


class Erasing:
    def __init__(self, store: Store, blobs: Blobs, clock: Clock) -> None:
        self._store, self._blobs, self._clock = store, blobs, clock

    async def run(self) -> int:
        """Goes on with the erasures that are due; returns the number of documents that are gone."""
        due = [Where("due_at", "<=", self._clock.now())]
        found = await self._store.query(Erasure, where=due, order="due_at", limit=ERASURES)
        return sum([await self._erase(each) for each in found])

    async def _erase(self, erasure: Erasure) -> int:
        work = _Erasure(self._store, self._blobs, erasure)
        done = await work.run()
        erasure.erased += work.deleted
        if done:
            erasure.done_at, erasure.due_at = self._clock.now(), None
        try:
            await self._store.replace(erasure)
        except Conflict:  # another round is at the same work
            logs.logger().info("moved_meanwhile", contact=erasure.erasure)
        logs.logger().info("erasure", contact=erasure.erasure, result="done" if done else "goes on")
        return work.deleted


class _Erasure:
    """One round of one erasure; `deleted` counts the documents."""

    def __init__(self, store: Store, blobs: Blobs, erasure: Erasure) -> None:
        self._store, self._blobs = store, blobs
        self._tenant, self._contact, self._at = erasure.tenant, erasure.erasure, erasure.at
        self.deleted = 0

    async def run(self) -> bool:
        """Deletes up to DELETED documents, or a little more. Returns whether nothing is left."""
        contacts = await self._contacts()
        names = [each.contact for each in contacts] or [self._contact]
        await self._dead_letters(contacts)
        await self._identities(contacts)
        for step in (self._conversations, self._handoffs, self._pages, self._occurrences, self._records):
            if not await step(names):
                return False
        for contact in reversed(contacts):  # the person's own document is the last
            await self._delete(contact)
        return True

    async def _contacts(self) -> list[Contact]:
        """Returns the contact and all that were merged into it."""
        own = await self._store.get(Contact, tenant=self._tenant, contact=self._contact)
        if own is None:
            return []
        merged = [await self._store.get(Contact, tenant=self._tenant, contact=name) for name in own.absorbed]
        return [own, *(each for each in merged if each is not None)]

    async def _identities(self, contacts: Sequence[Contact]) -> None:
        """Replaces each identity by its tombstone, in one transaction."""
        mine = {each.contact for each in contacts}
        for name in dict.fromkeys(name for each in contacts for name in each.identities):

            async def bury(tx: Transaction, name: str = name) -> bool:
                found = await tx.get(Identity, tenant=self._tenant, identity=name)
                if found is None or found.contact not in mine:
                    return False
                tx.delete(found)
                tx.put(_tombstone(self._tenant, name, self._at))
                return True

            self.deleted += await self._store.transaction(bury)

    async def _conversations(self, names: Sequence[str]) -> bool:
        async for conversation in self._of(Conversation, names):
            if not await self._messages(conversation.conversation):
                return False
            place = {"tenant": self._tenant, "conversation": conversation.conversation}
            kept: list[Document] = [
                *await self._store.query(Lookup, where=(), limit=_PAGE, **place),
                *await self._store.query(OneTime, where=(), limit=_PAGE, **place),
            ]
            for document in kept:
                await self._delete(document)
            await self._blobs.delete_prefix(f"tenants/{self._tenant}/media/{conversation.conversation}")
            await self._delete(conversation)
        return True

    async def _dead_letters(self, contacts: Sequence[Contact]) -> None:
        """Deletes events of the person that no function could handle: they have the person's words."""
        named = {name.partition(":")[2].lstrip("+") for each in contacts for name in each.identities}
        found = await self._store.query(DeadLetter, limit=_DEAD_LETTERS, tenant=self._tenant)
        for letter in found:
            told = letter.data().decode(errors="replace")
            talks = {f".{each.contact}" for each in contacts}
            if any(name in told for name in named) or any(letter.conversation.endswith(t) for t in talks):
                await self._delete(letter)

    async def _messages(self, conversation: str) -> bool:
        """Deletes the messages under a conversation, in both directions."""
        for model, direction in _DIRECTIONS:
            where = [Where("direction", "==", direction)]
            while page := await self._store.query(
                model, where=where, limit=_PAGE, tenant=self._tenant, conversation=conversation
            ):
                for message in page:
                    await self._delete(message)
                if self._spent:
                    return False
        return True

    async def _handoffs(self, names: Sequence[str]) -> bool:
        async for request in self._of(Handoff, names):
            await self._leave_desk(request.handoff)
            for notice in await self._store.query(
                Notification, limit=_PAGE, tenant=self._tenant, handoff=request.handoff
            ):
                await self._delete(notice)
            if not await self._relayed(request.handoff):
                return False
            await self._delete(request)
        return not self._spent

    async def _relayed(self, handoff: str) -> bool:
        """Deletes the copies of the person's words, and the notices about them, in staff's conversations."""
        while True:
            where = [Where("handoff", "==", handoff)]
            found = await self._store.query(Outbound, where=where, limit=_PAGE, tenant=self._tenant)
            if not found:
                return True
            texts = {outbound.conversation: set[str]() for outbound in found}
            for outbound in found:
                texts[outbound.conversation].add(outbound.text)
                await self._delete(outbound)
            for conversation, said in texts.items():
                await self._unremember(conversation, said)
            if self._spent:
                return False

    async def _unremember(self, conversation: str, said: set[str]) -> None:
        """Takes these messages out of a conversation's recent history."""

        async def work(tx: Transaction) -> None:
            found = await tx.get(Conversation, tenant=self._tenant, conversation=conversation)
            if found is not None:
                found.history = [line for line in found.history if not _says(line.text, said)]
                tx.put(found)

        await self._store.transaction(work)

    async def _leave_desk(self, handoff: str) -> None:
        """Ends the talk about a request, and takes its name off the desk."""

        async def work(tx: Transaction) -> None:
            desk = await tx.get(Desk, tenant=self._tenant, desk="now")
            if desk is not None:
                desk.talks = [talk for talk in desk.talks if talk.handoff != handoff]
                desk.queue = [each for each in desk.queue if each.handoff != handoff]
                tx.put(desk)

        await self._store.transaction(work)

    async def _pages(self, names: Sequence[str]) -> bool:
        async for page in self._of(Page, names):
            await pages.delete(self._store, self._blobs, page)
            self.deleted += 1
        return not self._spent

    async def _occurrences(self, names: Sequence[str]) -> bool:
        async for occurrence in self._of(Occurrence, names):
            await self._delete(occurrence)
        return not self._spent

    async def _records(self, names: Sequence[str]) -> bool:
        """Empties the records of the organisation's system: their versions stay, as after a deletion."""
        async for record in self._of(External, names):
            record.stated, record.notes, record.deleted, record.contact = Stated(), [], True, ""
            await self._store.put(record)
        return True

    async def _of(self, model: type[D], names: Sequence[str]) -> AsyncIterator[D]:
        """Yields the documents of these contacts until enough are deleted, page by page.

        Each is deleted, or belongs to nobody, before the next page is read.
        """
        for some in _chunks(names):
            while not self._spent:
                where = [Where("contact", "in", some)]
                page = await self._store.query(model, where=where, limit=_PAGE, tenant=self._tenant)
                for each in page:
                    yield each
                if len(page) < _PAGE:
                    break

    async def _delete(self, document: Document) -> None:
        keys = {name: getattr(document, name) for name in type(document).keys()}  # noqa: SIM118
        await self._store.delete(type(document), **keys)
        self.deleted += 1

    @property
    def _spent(self) -> bool:
        return self.deleted >= DELETED


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    return (list(names[begin : begin + _AT_ONCE]) for begin in range(0, len(names), _AT_ONCE))


def _tombstone(tenant: str, identity: str, at: datetime) -> Tombstone:
    return Tombstone(
        tenant=tenant,
        tombstone=tombstone_id(tenant, identity),
        at=at,
        expires_at=at + TOMBSTONE_KEPT,
    )


def _says(line: str, said: set[str]) -> bool:
    """Whether a line of the history is one of these messages, whose previews are on one line."""
    flat = " ".join(line.split())
    return any(flat.startswith(each.removesuffix("…")) for each in said if each)
