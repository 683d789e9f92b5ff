"""Results of lookups, and the documents in which they are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from shared.answers import Asked
from shared.models.lookup import KEPT, Kept, KeptDay, KeptFile, KeptMoment, Lookup
from shared.models.service import RecordsEntry
from shared.models.verification import Linked, Verified
from shared.platform.store import Store
from shared.records import File

Value = str | int | float | bool | date | datetime | list[str]
#: Most bytes of a result that is kept: a document holds a mebibyte.
_BYTES = 500_000


@dataclass(frozen=True)
class Found:
    """Rows of an action by the names of its `fields`, each with its own "id"; an empty value is absent.

    `more` is set if there are more than the action's `most`. `as_of` is the time of a kept result, if the
    source cannot be asked. `files` are those of the field `page.files`.
    """

    rows: Sequence[Mapping[str, Value]]
    more: bool = False
    as_of: datetime | None = None
    files: Sequence[File] = ()


def as_value(value: object, only: Sequence[str] | None = None) -> Value | None:
    """Returns a record's value as templates have it, or None if it is empty.

    Links are their texts, those with an id of `only` if it is given; files are their names.
    """
    match value:
        case list():
            links = [each for each in value if isinstance(each, Linked) and (only is None or each.id in only)]
            names = [each.text or each.id for each in links]
            names += [each.name for each in value if isinstance(each, File)]
            return names or None
        case bool() | int() | float() | date():
            return value
        case str():
            return value or None
    return None


def key(asked: Asked, action: str, verified: Verified, where: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Returns the place of a result: of this conversation, identity and question."""
    bound = asked.tenant.actions[action].model_dump(include={"records", "of", "fields", "order", "most"})
    subject = {name: [each.id for each in linked] for name, linked in verified.subject.items()}
    told = json.dumps([action, verified.profile, subject, where, bound], sort_keys=True, default=list)
    return {
        "tenant": asked.tenant.tenant,
        "conversation": asked.conversation.conversation,
        "lookup": hashlib.sha256(told.encode()).hexdigest()[:32],
    }


def fresh(entry: RecordsEntry) -> timedelta:
    """Returns how long a result is told without a call."""
    return timedelta(minutes=entry.keep_minutes)


def read(kept: Lookup) -> Found:
    """Returns a kept result."""
    rows = [{name: _read(value) for name, value in row.items()} for row in kept.rows]
    files = [File(each.name, each.media_type, each.place, each.size) for each in kept.files]
    return Found(rows, kept.more, None, files)


async def write(store: Store, place: Mapping[str, str], action: str, found: Found, now: datetime) -> None:
    """Keeps a result, unless it is too large for a document."""
    kept = Lookup(
        **place,
        action=action,
        at=now,
        expires_at=now + KEPT,
        rows=[{name: _kept(value) for name, value in row.items()} for row in found.rows],
        more=found.more,
        files=[KeptFile(**asdict(each)) for each in found.files],
    )
    if len(kept.model_dump_json()) <= _BYTES:
        await store.put(kept)


def _kept(value: Value) -> Kept:
    match value:
        case datetime():
            return KeptMoment(moment=value)
        case date():
            return KeptDay(day=value.isoformat())
    return value


def _read(value: Kept) -> Value:
    match value:
        case KeptMoment():
            return value.moment
        case KeptDay():
            return date.fromisoformat(value.day)
    return value
