"""Search for people by name, last digits of a phone number, or id in the organisation's own system.

Every query asks for one key of the index (conversation/finding.py) with a limit, so a search costs the same
among a hundred people and among a hundred thousand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.conversation import finding
from shared.language.folding import folded
from shared.language.typos import alike
from shared.models.external import External
from shared.models.people import Contact, plain_id
from shared.platform.store import Store, Where

#: Most people that a search shows, that one key may find, and words of a search that count.
SHOWN, _FOUND, _WORDS = 10, 40, 4


@dataclass(frozen=True)
class Hits:
    """The people found, best first. `near` if only similar names were found; `more` if there are others."""

    people: Sequence[Contact]
    near: bool = False
    more: bool = False


class Search:
    """Finds people of one tenant. No query leaves the tenant's own collection."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, tenant: str, asked: str) -> Hits:
        """Returns the people that a text names; if there is none, those with a similar name."""
        known = await self._of_record(tenant, asked)
        if known is not None:
            return Hits([known])
        digits = folded(asked).replace(" ", "")
        if digits.isdecimal() and len(digits) >= finding.DIGITS.start:
            # Zeros before a whole number are those of a country's or the international prefix.
            return await self._by_number(tenant, digits.lstrip("0") if len(digits) > 9 else digits)
        typed = finding.words(asked)[:_WORDS]
        for words in (typed, _joined(typed)):
            if (hits := await self._exact(tenant, words)).people:
                return hits
        return await self._near(tenant, _joined(typed))

    async def _of_record(self, tenant: str, asked: str) -> Contact | None:
        """Returns the contact of a record with this id, as written or in capitals."""
        names = dict.fromkeys(plain_id(each) for each in (asked.strip(), asked.strip().upper()) if each)
        for name in names:
            record = await self._store.get(External, tenant=tenant, external=name)
            if record is not None and record.contact and not record.deleted:
                return await self._living(tenant, record.contact)
        return None

    async def _living(self, tenant: str, contact: str) -> Contact | None:
        found = await self._store.get(Contact, tenant=tenant, contact=contact)
        if found is not None and found.merged_into:
            return await self._store.get(Contact, tenant=tenant, contact=found.merged_into)
        return found

    async def _by_number(self, tenant: str, digits: str) -> Hits:
        last = digits[-(finding.DIGITS.stop - 1) :]

        def ends(contact: Contact) -> bool:
            return any(number.endswith(digits) for number in finding.numbers(contact))

        return _hits(await self._having(tenant, [f"#{last}"]), ends, lambda contact: contact.name)

    async def _exact(self, tenant: str, words: list[str]) -> Hits:
        """Searches for names with words that begin so; of one word, for the whole word first."""
        first, *others = sorted(words, key=len, reverse=True) or [""]
        step = finding.of_two(first, others[0]) if others else finding.whole(first)
        found: dict[str, Contact] = {}
        hits = Hits([])
        for key in (step, finding.begun(first)) if first else ():
            found |= {each.contact: each for each in await self._having(tenant, [key])}
            hits = _hits(found.values(), lambda each: _begins(each, words), _order(words))
            if (others and hits.people) or len(hits.people) >= SHOWN:
                break
        return hits

    async def _near(self, tenant: str, words: list[str]) -> Hits:
        """Searches for names of which each word is the one that is meant, or differs by one slip."""
        longest = sorted(words, key=len, reverse=True)[:2]
        asked = [key for word in longest if len(word) > 2 for key in finding.nearly(word)]
        asked += [finding.of_two(*longest)] if len(longest) > 1 else []
        found = await self._having(tenant, asked)
        near = _hits(found, lambda each: _resembles(each, words), _order(words))
        return Hits(near.people, near=True, more=near.more)

    async def _having(self, tenant: str, keys: Sequence[str]) -> list[Contact]:
        """Returns people with one of these keys, each once, at most _FOUND of each key."""
        pages = await asyncio.gather(*(self._with(tenant, key) for key in keys))
        return list({each.contact: each for page in pages for each in page}.values())

    async def _with(self, tenant: str, key: str) -> list[Contact]:
        where = [Where("search", "array_contains", key)]
        return await self._store.query(Contact, where=where, limit=_FOUND, tenant=tenant)


def _joined(words: Sequence[str]) -> list[str]:
    """Returns the words with each single letter joined to the word after it: "n diaye" is "ndiaye"."""
    joined: list[str] = []
    for word in words:
        if joined and len(joined[-1]) == 1:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _hits(
    found: Iterable[Contact], fits: Callable[[Contact], bool], order: Callable[[Contact], object]
) -> Hits:
    people = [each for each in found if not each.merged_into and fits(each)]
    people.sort(key=order)  # type: ignore[arg-type]
    return Hits(people[:SHOWN], more=len(people) > SHOWN)


def _order(words: Sequence[str]) -> Callable[[Contact], tuple[int, str]]:
    """Returns the order of hits: those with most of the words themselves first, then by name."""

    def order(contact: Contact) -> tuple[int, str]:
        called = finding.spoken(contact.name)
        return -sum(word in called for word in words), folded(contact.name)

    return order


def _begins(contact: Contact, words: Sequence[str]) -> bool:
    """Whether each word is the beginning of one in the name."""
    called = finding.spoken(contact.name)
    return all(any(each.startswith(word) for each in called) for word in words)


def _resembles(contact: Contact, words: Sequence[str]) -> bool:
    """Whether each word begins one in the name, or differs from one by a single slip."""
    called = finding.spoken(contact.name)
    return all(
        any(each.startswith(word) or alike(each, word, finding.SHORTEST) for each in called) for word in words
    )
