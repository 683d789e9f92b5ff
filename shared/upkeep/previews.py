"""Previews of triggers: the people who would get a message, its words, and why others would not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from shared.errors import ConfigurationError
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.platform.clock import Clock
from shared.platform.store import Store, Where
from shared.triggers.broadcasts import Broadcasts
from shared.triggers.rules import Rule, Rules
from shared.upkeep import people
from shared.upkeep.outlook import Outlook, Outlooks

#: Most people whose outlook is worked out, those shown who get the message, and examples of each reason.
LOOKED, SAMPLE, EXAMPLES = 2_000, 5, 3
_PAGE = 500


@dataclass
class Refusals:
    """People who get nothing for one reason: their number, and the contact ids of the first."""

    number: int = 0
    contacts: list[str] = field(default_factory=list)


@dataclass
class Preview:
    """The preview of a trigger. `count` people are meant, which a confirmation names.

    `looked` is the number of people whose outlook was worked out, of whom `gets` would get it. `sample` has
    the soonest of them, and `words` one for each language.
    """

    count: int
    looked: int = 0
    gets: int = 0
    sample: list[Outlook] = field(default_factory=list)
    words: dict[str, Outlook] = field(default_factory=dict)
    refusals: dict[str, Refusals] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether everybody was looked at."""
        return self.looked < LOOKED

    def add(self, outlook: Outlook) -> None:
        self.looked += 1
        if outlook.why or outlook.worded is None:
            refusals = self.refusals.setdefault(outlook.why, Refusals())
            refusals.number += 1
            refusals.contacts = [*refusals.contacts, outlook.contact.contact][:EXAMPLES]
            return
        self.gets += 1
        self.words.setdefault(outlook.worded.language, outlook)
        soonest = sorted([*self.sample, outlook], key=lambda each: (each.at is None, each.at))
        self.sample = soonest[:SAMPLE]


class Previews:
    def __init__(self, store: Store, clock: Clock, outlooks: Outlooks) -> None:
        self._store, self._outlooks = store, outlooks
        self._broadcasts = Broadcasts(store, clock, Rules(store))

    async def of(self, tenant: Tenant, rule: Rule) -> Preview:
        """Returns the preview of a trigger over all its tenant's people."""
        preview = Preview((await self._broadcasts.count(tenant, rule)).count)
        async for contact in self._people(tenant.tenant):
            preview.add(await self._outlooks.of(tenant, rule, contact))
            if not preview.whole:
                break
        return preview

    async def for_one(self, tenant: Tenant, rule: Rule, name: str) -> Outlook:
        """Returns the outlook of the person of this contact id, external id or phone number.

        Raises ConfigurationError if there is none.
        """
        contact = await people.named(self._store, tenant.tenant, name)
        if contact is None:
            raise ConfigurationError(
                f"there is no contact {name[:80]!r} (expected a contact's id, its id in your own system, "
                "or its phone number)"
            )
        return await self._outlooks.of(tenant, rule, contact)

    async def _people(self, tenant: str) -> AsyncIterator[Contact]:
        after = ""
        while True:
            where = [Where("contact", ">", after)]
            page = await self._store.query(Contact, where=where, order="contact", limit=_PAGE, tenant=tenant)
            for contact in page:
                if not contact.merged_into:
                    yield contact
            if len(page) < _PAGE:
                return
            after = page[-1].contact
