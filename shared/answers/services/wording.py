"""Records in words: templates of an action, filled with rows. Values of rows are data, never templates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from shared.answers import Asked
from shared.answers.hours import spoken
from shared.answers.services.lookups import Found, Value
from shared.formats.marks import inline
from shared.formats.templates import Absent, Template
from shared.language.texts import text
from shared.models.attributes import Value as Shown
from shared.models.service import Action, Rows
from shared.models.tenant import Tenant
from shared.models.verification import Linked, Verified
from shared.platform import logs

W = TypeVar("W")
#: Most characters of an answer: as many as an assistant's.
LONGEST = 8_000
#: Stands for a value that a record lacks, and separates the values of a record without a template.
_LACKING, _BETWEEN = "–", " · "


def in_language(tenant: Tenant, language: str, worded: Mapping[str, W]) -> W:
    """Returns the wording in the language, else in the first of the tenant's languages that has one."""
    found = (worded[code] for code in (language, *tenant.languages) if code in worded)
    return next(found, next(iter(worded.values())))


def own(verified: Verified, action: Action) -> list[Linked]:
    """Returns the person's own values of the action's `each`, such as their children."""
    return verified.subject.get(action.each, []) if action.each else []


def called(linked: Linked) -> str:
    """Returns the name of one of the person's own."""
    return inline(linked.text) or linked.id


def words(asked: Asked, verified: Verified, action: Action, of: str, found: Found) -> str:
    """Returns the rows in words, for one of the person's own or, grouped, for all of them (`of` is "")."""
    return "\n\n".join(paragraphs(asked, verified, action, of, found))


def paragraphs(
    asked: Asked, verified: Verified, action: Action, of: str, found: Found, longest: int = LONGEST
) -> list[str]:
    """Returns the paragraphs of the rows: the head, at most `longest` characters of rows, and a word if there
    are more or if they are not new."""
    tenant, language = asked.tenant, asked.words.language
    worded = in_language(tenant, language, action.says)
    about = subject(verified, action, of)
    if not found.rows:
        return [*filter(None, [filled(asked, worded.none, about), _stale(asked, found)])]
    lines, shown = _lines(asked, worded, action, verified, of, found, longest)
    more = found.more or shown < len(found.rows)
    told = [
        _head(asked, verified, action, of),
        "\n".join(lines),
        text(tenant, language, "service_more", count=str(shown)) if more else "",
        _stale(asked, found),
    ]
    return [*filter(None, told)]


def _head(asked: Asked, verified: Verified, action: Action, of: str) -> str:
    """Returns the line before the rows, "" if the action has none."""
    worded = in_language(asked.tenant, asked.words.language, action.says)
    return filled(asked, worded.head, subject(verified, action, of)) if worded.head else ""


def subject(verified: Verified, action: Action, of: str) -> dict[str, Shown]:
    """Returns the proven identity as values of templates: the name, and all that the proof keeps."""
    values: dict[str, Shown] = {"name": verified.name}
    for name, kept in verified.subject.items():
        mine = [each for each in kept if each.id == of] if of and name == action.each else kept
        values[name] = called(mine[0]) if len(mine) == 1 else [called(each) for each in mine]
    return values


def filled(asked: Asked, template: str, values: Mapping[str, Value], names: Collection[str] = ()) -> str:
    """Returns a template with these values, "" if it cannot be filled. A value that it needs and that is not
    there becomes a dash."""
    known: dict[str, Shown] = {name: _shown(value, asked.tenant) for name, value in values.items()}
    known["timezone"] = asked.tenant.timezone
    try:
        made = Template(template, {*known, *names})
        for _ in range(len(made.names) + 1):
            try:
                return made.render(known, asked.words.language)
            except Absent as absent:
                known[absent.name] = _LACKING
    except ValueError as error:
        logs.logger().error("wording_failed", reason=str(error)[:200])
    return ""


def _lines(
    asked: Asked, worded: Rows, action: Action, verified: Verified, of: str, found: Found, longest: int
) -> tuple[list[str], int]:
    """Returns the lines of the rows, and the number of rows that fit."""
    about, lines, length, shown = subject(verified, action, of), list[str](), 0, 0
    for title, rows in _groups(action, verified, of, found.rows):
        group = [f"*{title}*"] if title else []
        for row in rows:
            values = {**about, **row}
            line = filled(asked, worded.row, values, action.fields) or _plain(asked, action, row)
            length += len(line) + 1
            if length > longest and shown:
                return [*lines, *group], shown
            group.append(line[:longest])
            shown += 1
        lines += [*([""] if lines and title else []), *group]
    return lines, shown


def _groups(
    action: Action, verified: Verified, of: str, rows: Sequence[Mapping[str, Value]]
) -> list[tuple[str, list[Mapping[str, Value]]]]:
    """Returns the rows by the one of the person's own that they are about, each with its name; in one group
    without a name if there is but one, or if the rows do not tell."""
    mine = own(verified, action)
    field = next(
        (name for name, named in action.fields.items() if action.where.get(named) == action.each), ""
    )
    if of or len(mine) < 2 or not field:
        return [("", list(rows))]
    grouped: dict[str, list[Mapping[str, Value]]] = {called(each): [] for each in mine}
    for row in rows:
        grouped.setdefault(_text(row.get(field, "")), []).append(row)
    return [(title, theirs) for title, theirs in grouped.items() if theirs]


def _plain(asked: Asked, action: Action, row: Mapping[str, Value]) -> str:
    """Returns the values of a row without a template, for a value that its template cannot show."""
    values = (row.get(name) for name in action.fields)
    texts = (_text(_shown(value, asked.tenant)) for value in values if value is not None)
    return "• " + _BETWEEN.join(filter(None, texts))


def _text(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(inline, value)))
    return "" if isinstance(value, bool) else inline(str(value))


def _shown(value: Value, tenant: Tenant) -> Shown:
    """Returns a value as templates take it: days and times as text, times in the tenant's zone."""
    if isinstance(value, datetime):
        zone = ZoneInfo(tenant.timezone)
        return (value if value.tzinfo else value.replace(tzinfo=zone)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _stale(asked: Asked, found: Found) -> str:
    """Returns the words for rows that were kept, "" for new ones."""
    if found.as_of is None:
        return ""
    moment = spoken(asked.tenant, found.as_of, asked.now, asked.words.language)
    return text(asked.tenant, asked.words.language, "service_as_of", moment=moment)
