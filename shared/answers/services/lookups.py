"""Lookups in records: the one place where rows about persons are read, for whom it decides.

Parameters come from the proven identity alone, and each row that comes back is compared with the question
again: a source that filters wrongly shows nothing of others. Values of rows are data, never orders.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from shared.answers import Asked
from shared.answers.services import kept
from shared.answers.services.kept import Found as Found
from shared.answers.services.kept import Value as Value
from shared.answers.services.kept import as_value
from shared.errors import ConfigurationError, Retry
from shared.models.lookup import Lookup
from shared.models.service import Action, Proof, RecordsEntry
from shared.models.tenant import Tenant
from shared.models.verification import Linked, Verified
from shared.platform import logs
from shared.platform.blobs import Blobs
from shared.platform.clock import Clock
from shared.platform.store import Store
from shared.records import Broken, Edit, File, Question, Records, Row, is_asked
from shared.tenants.directory import Directory

R = TypeVar("R")
Where = Mapping[str, Sequence[str]]
#: Most sources that an instance keeps open, and most results of a conversation that a change ends.
_OPEN, _RESULTS = 200, 100


class Unavailable(Exception):
    """A source that cannot be asked now, while no result is kept. It is logged for the operator.

    `sure` is False if a change may have been made all the same.
    """

    def __init__(self, *, sure: bool = True) -> None:
        super().__init__("the source cannot be asked now")
        self.sure = sure


class NotTheirs(Exception):
    """A question about records that are not this identity's, or for which the identity has no value."""


@dataclass(frozen=True)
class Candidate:
    """The person whose record has a code: `subject` is what the proof keeps, `email` and `phone` are the
    addresses on file, "" without any."""

    name: str
    subject: dict[str, list[Linked]]
    email: str = ""
    phone: str = ""


class Lookups:
    def __init__(self, directory: Directory, store: Store, blobs: Blobs, clock: Clock) -> None:
        self._directory, self._store, self._blobs, self._clock = directory, store, blobs, clock
        self._sources: dict[tuple[str, str], tuple[RecordsEntry, Records]] = {}

    async def proof(self, tenant: Tenant, proof: Proof, code: str) -> Candidate | None:
        """Returns the person with exactly this code, or None; None too if two records have it.

        Raises Unavailable.
        """
        if not code:
            return None
        shown = [proof.code, *proof.keeps.values(), *filter(None, [proof.name, proof.email, proof.phone])]
        question = Question(proof.of, {proof.code: [code]}, list(dict.fromkeys(shown)), 1)
        rows = await self._rows(tenant, proof.records, question)
        same = [row for row in rows if hmac.compare_digest(str(row[proof.code]).encode(), code.encode())]
        if len(same) > 1:
            _log_wrong(
                "records_ambiguous", tenant, proof.records, f"several records of {proof.of} have one code"
            )
        if len(same) != 1:
            return None
        (row,) = same
        subject = {name: _linked(row.get(field)) for name, field in proof.keeps.items()}
        return Candidate(
            _text(row, proof.name),
            {name: linked for name, linked in subject.items() if linked},
            _text(row, proof.email),
            _text(row, proof.phone),
        )

    async def rows(self, asked: Asked, name: str, verified: Verified, of: str) -> Found:
        """Returns the rows of an action for this identity; `of` is the id of one of the action's `each`, ""
        for all of them. At most one call for rows is made.

        Raises Unavailable, NotTheirs.
        """
        tenant, action = asked.tenant, _action(asked.tenant, name, verified)
        where = _where(action, verified, of)
        key = kept.key(asked, name, verified, where)
        found = await self._store.get(Lookup, **key)
        age = asked.now - found.at if found else None
        if found and age is not None and age < kept.fresh(tenant.records[action.records]):
            return kept.read(found)
        fields = list(dict.fromkeys([*action.fields.values(), *where]))
        question = Question(action.of, where, fields, action.most, action.order or "")
        try:
            rows = await self._rows(tenant, action.records, question)
        except Unavailable:
            if found and found.expires_at > asked.now:
                return replace(kept.read(found), as_of=found.at)
            raise
        self._note_missing(tenant, action, rows)
        result = _found(action, where, rows)
        await kept.write(self._store, key, name, result, self._clock.now())
        return result

    async def change(
        self, asked: Asked, name: str, verified: Verified, of: str, key: str
    ) -> Mapping[str, Value]:
        """Makes the change of an action, and returns the record's values as they are now, as far as the
        source tells them. `key` is the same for a repeat, which changes nothing more.

        Raises Unavailable, NotTheirs.
        """
        tenant, action = asked.tenant, _action(asked.tenant, name, verified)
        if action.changes is None:
            raise NotTheirs(f"{name} changes nothing")
        where = _where(action, verified, of)
        edit = Edit(action.changes.of or action.of, where, action.changes.sets, key)
        try:
            row = await self._asked(tenant, action.records, lambda source: source.change(edit), change=True)
        finally:  # whatever became of it, what was read before may be out of date
            await self._forget(asked)
        told = {field: values for field, values in where.items() if field in row}
        if told and not is_asked(row, told):
            _log_unfiltered(tenant, action.records, f"{edit.of} answered with another's record")
        return _values(action, where, row) if told and is_asked(row, told) else {}

    async def file(self, tenant: Tenant, name: str, file: File) -> AsyncIterator[bytes]:
        """Yields the bytes of a record's file. Raises Unavailable."""
        try:
            async for piece in self._source(tenant, name).read(file):
                yield piece
        except (Broken, ConfigurationError, Retry) as error:
            _log_broken(tenant, name, str(error))
            raise Unavailable from None

    async def _rows(self, tenant: Tenant, name: str, question: Question) -> list[Row]:
        """Returns the rows that were asked for, without those of others. Raises Unavailable."""
        rows = await self._asked(tenant, name, lambda source: source.find(question))
        own = [row for row in rows if is_asked(row, question.where)]
        if len(own) < len(rows):
            others = f"{len(rows) - len(own)} of {len(rows)} rows of {question.of} were not asked for"
            _log_unfiltered(tenant, name, others)
        return own

    async def _asked(
        self, tenant: Tenant, name: str, ask: Callable[[Records], Awaitable[R]], *, change: bool = False
    ) -> R:
        """Returns a source's answer within its time. Raises Unavailable."""
        try:
            source = self._source(tenant, name)
            async with asyncio.timeout(tenant.records[name].seconds):
                return await ask(source)
        except TimeoutError:
            why, sure = f"no answer within {tenant.records[name].seconds} s", not change
        except Broken as broken:
            why, sure = str(broken), broken.sure
        except (ConfigurationError, Retry) as error:
            why, sure = str(error), True
        _log_broken(tenant, name, why)
        raise Unavailable(sure=sure)

    def _source(self, tenant: Tenant, name: str) -> Records:
        """Returns a source; it is opened anew if the tenant's file changed. Raises ConfigurationError."""
        place = tenant.tenant, name
        opened = self._sources.get(place)
        if opened is None or opened[0] != tenant.records.get(name):
            source = self._directory.records(tenant, name, self._blobs)
            while len(self._sources) >= _OPEN:
                self._sources.pop(next(iter(self._sources)))
            self._sources[place] = opened = tenant.records[name], source
        return opened[1]

    def _note_missing(self, tenant: Tenant, action: Action, rows: Sequence[Row]) -> None:
        """Logs fields that no row has: the source may have renamed them."""
        missing = [field for field in action.fields.values() if not any(field in row for row in rows)]
        if rows and missing:
            why = f"no row of {action.of} has {', '.join(missing)}"
            _log_wrong("records_lacking", tenant, action.records, why)

    async def _forget(self, asked: Asked) -> None:
        """Deletes the results of a conversation."""
        tenant, conversation = asked.tenant.tenant, asked.conversation.conversation
        found = await self._store.query(Lookup, limit=_RESULTS, tenant=tenant, conversation=conversation)
        for each in found:
            await self._store.delete(Lookup, tenant=tenant, conversation=conversation, lookup=each.lookup)


def _action(tenant: Tenant, name: str, verified: Verified) -> Action:
    """Returns an action of the identity's own profile. Raises NotTheirs."""
    profile = tenant.profiles.get(verified.profile)
    if profile is None or name not in profile.actions or name not in tenant.actions:
        raise NotTheirs(f"{name} is no action of {verified.profile}")
    return tenant.actions[name]


def _where(action: Action, verified: Verified, of: str) -> Where:
    """Returns the values of the question by field, all of them the identity's own. Raises NotTheirs."""
    if of and action.each not in action.where.values():
        raise NotTheirs("the action has nothing to choose from")
    where: dict[str, Sequence[str]] = {}
    for field, name in action.where.items():
        values = [each.id for each in verified.subject.get(name, ())]
        if of and name == action.each:
            values = [value for value in values if value == of]
        if not values or not all(values):
            raise NotTheirs(f"the identity has no {name} for this")
        where[field] = values
    return where


def _found(action: Action, where: Where, rows: Sequence[Row]) -> Found:
    shown = rows[: action.most]
    files = [
        each
        for row in shown
        if action.page and action.page.files
        for each in row.get(action.fields.get(action.page.files, "")) or ()
        if isinstance(each, File)
    ]
    return Found([_values(action, where, row) for row in shown], len(rows) > action.most, None, files)


def _values(action: Action, where: Where, row: Row) -> dict[str, Value]:
    """Returns the values of a row by the names that templates use, without empty ones.

    A field of the question shows only the links that were asked for: a session's other children are others.
    """
    found: dict[str, Value] = {"id": str(row.get("id", ""))}
    for name, field in action.fields.items():
        value = as_value(row.get(field), where.get(field))
        if value is not None:
            found[name] = value
    return found


def _linked(value: object) -> list[Linked]:
    """Returns what a proof keeps of a field: the records that it links to, or its value."""
    match value:
        case list():
            return [each for each in value if isinstance(each, Linked) and each.id]
        case None | "" | bool():
            return []
    return [Linked(id=str(value), text=str(value))]


def _text(row: Row, field: str | None) -> str:
    value = as_value(row.get(field)) if field else None
    return value[0] if isinstance(value, list) else "" if value is None else str(value)


def _log_broken(tenant: Tenant, source: str, why: str) -> None:
    logs.logger().error("records_broken", tenant=tenant.tenant, source=source, reason=why)


def _log_unfiltered(tenant: Tenant, source: str, why: str) -> None:
    logs.logger().error("records_unfiltered", tenant=tenant.tenant, source=source, reason=why)


def _log_wrong(event: str, tenant: Tenant, source: str, why: str) -> None:
    logs.logger().warning(event, tenant=tenant.tenant, source=source, reason=why)
