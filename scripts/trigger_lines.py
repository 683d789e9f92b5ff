"""The lines that `make triggers` prints. People are named by their contact ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

import yaml

from shared.models.definition import (
    After,
    Before,
    Birthday,
    Cron,
    Definition,
    Happening,
    Once,
    Silence,
    When,
    WindowCloses,
)
from shared.models.occurrence import Occurrence
from shared.models.parts import Media, as_text
from shared.models.trigger import Progress, Trigger
from shared.triggers.rules import Rule
from shared.triggers.wording import Worded
from shared.upkeep.outlook import Outlook
from shared.upkeep.previews import LOOKED, Preview
from shared.upkeep.triggers import CALENDAR, Detail, Overview


def overviews(tenant: str, found: Sequence[Overview]) -> Iterator[str]:
    """Yields one line for each trigger, and one more for a problem."""
    if not found:
        yield f"{tenant}: has no triggers"
    width = max((len(each.trigger.trigger) for each in found), default=0)
    for each in found:
        yield f"{each.trigger.trigger:{width}}  {_overview(each)}"
        if each.problem:
            yield f"{'':{width}}  problem: {'; '.join(each.problem.splitlines())}"


def detail(found: Detail) -> Iterator[str]:
    """Yields a trigger's definition, state, numbers, and occurrences around now."""
    trigger = found.overview.trigger
    yield f"{trigger.trigger}  {_overview(found.overview)}"
    if found.overview.problem:
        yield from (f"  problem: {each}" for each in found.overview.problem.splitlines())
    if trigger.why:
        yield f"  {trigger.why}"
    if trigger.confirmed:
        word = trigger.confirmed
        yield f"  confirmed for {word.count} people on {_time(word.at)} UTC by {word.by}"
    dumped = yaml.safe_dump(trigger.definition, allow_unicode=True, sort_keys=False, width=100)
    yield from (f"    {line}" for line in dumped.splitlines())
    yield from results(trigger.trigger, found.progress)
    yield from _occurrences("next", found.next)
    yield from _occurrences("last", found.last)


def preview(rule: Rule, found: Preview) -> Iterator[str]:
    """Yields the number of people, some who get it, the words in each language, and why others do not."""
    yield f"{rule.name}: {_when(rule.definition.when)}, meant for {found.count} people"
    yield from _state(rule.trigger)
    if not found.whole:
        yield f"  only the first {LOOKED} people were looked at for the rest"
    yield f"  {found.gets} of {found.looked} people would get it"
    for each in found.sample:
        yield f"    {each.contact.contact}  {_at(each)}, {_way(each)}"
    for language, each in sorted(found.words.items()):
        yield f"  in {language}:"
        yield from _words(each.worded)
    for why, refusals in sorted(found.refusals.items(), key=lambda each: -each[1].number):
        examples = ", ".join(refusals.contacts) + (" …" if refusals.number > len(refusals.contacts) else "")
        yield f"  {refusals.number} not: {why} ({examples})"


def outlook(rule: Rule, found: Outlook) -> Iterator[str]:
    """Yields exactly what one person would get, or why not."""
    yield f"{rule.name}, {found.contact.contact}: {_when(rule.definition.when)}"
    yield from _state(rule.trigger)
    if found.why:
        yield f"  would get nothing: {found.why}"
        return
    yield f"  {_at(found)}, {_way(found)}"
    yield from _words(found.worded)


def calendar(found: Sequence[Occurrence], days: int, now: datetime) -> Iterator[str]:
    """Yields what is planned for each day and trigger, with the times of day and their numbers, in UTC."""
    if not found:
        yield f"nothing is planned in the next {days} days"
    if len(found) >= CALENDAR:
        yield f"… only the next {CALENDAR} are read"
    due = [(each.due_at, each.trigger) for each in found if each.due_at is not None]
    overdue = sum(at < now for at, _ in due)
    if overdue:
        yield f"overdue: {overdue}"
    for day, of_day in groupby(due, key=lambda each: each[0].astimezone(UTC).date()):
        yield f"{day:%a %Y-%m-%d}"
        by_name = sorted(of_day, key=lambda each: (each[1], each[0]))
        for trigger, of_trigger in groupby(by_name, key=lambda each: each[1]):
            times = [f"{at.astimezone(UTC):%H:%M}" for at, _ in of_trigger]
            told = [f"{time} × {len(list(same))}" for time, same in groupby(times)]
            shown = ", ".join(told[:8]) + (f" … {told[-1]}" if len(told) > 8 else "")
            yield f"  {len(times):5}  {trigger}  {shown}"


def results(name: str, found: Progress) -> Iterator[str]:
    """Yields what became of a trigger's messages."""
    yield (
        f"{name}: {found.planned} planned, {found.queued} queued, {found.sent} sent, "
        f"{found.delivered} delivered, {found.read} read, {found.failed} failed, {found.skipped} skipped, "
        f"{found.cancelled} cancelled"
    )
    for why, number in found.reasons.items():
        yield f"  {number} × {why}"


def _overview(each: Overview) -> str:
    when = _when(each.definition.when) if each.definition else "definition is wrong"
    due = f"next {_time(each.next_at)} UTC" if each.next_at else "nothing due"
    state: str = each.trigger.state
    if each.definition and _unconfirmed(each.trigger, each.definition):
        state += ", waits for a confirmation"
    return f"{state}  {when}; {due}; {each.planned} planned, {each.sent} sent"


def _unconfirmed(trigger: Trigger, definition: Definition) -> bool:
    return isinstance(definition.when, Once) and trigger.confirmed is None


def _state(trigger: Trigger) -> Iterator[str]:
    if trigger.state != "active":
        yield f"  it is {trigger.state}, and sends nothing: this is what it would do"


def _when(when: When) -> str:
    """Returns the beginning of a trigger in words; times are the contact's."""
    match when:
        case Before(before=name, days=days, at=at):
            return f"{_days(days, 'before')} {name} at {at}"
        case After(after=name, days=days, at=at):
            return f"{_days(days, 'after')} {name} at {at}"
        case Birthday(birthday=name, at=at):
            return f"each year on the day of {name} at {at}"
        case Cron(cron=text):
            return f"at each time of {text!r}"
        case Once(once="confirmed"):
            return "once, as soon as it is confirmed"
        case Once(once=text):
            return f"once, on {text.replace('T', ' at ')}"
        case Silence(silence=span):
            return f"after {span} without a word of the person"
        case WindowCloses(before_window_closes=span):
            return f"{span} before the network's window closes"
        case Happening(event=event, delay=delay, attribute=attribute):
            about = f" of {attribute}" if attribute else ""
            return f"{f'{delay} after' if delay else 'on'} {event}{about}"


def _days(days: int, side: str) -> str:
    if not days:
        return "on the day of"
    return f"{days} day{'s' if days > 1 else ''} {side}"


def _at(each: Outlook) -> str:
    if each.at is None:
        return "at no time"
    local = f"{each.at.astimezone(each.zone):%a %Y-%m-%d %H:%M} in {each.zone.key}"
    late = f" (moved: {each.late})" if each.late else ""
    return f"{local}, {_time(each.at)} UTC{late}"


def _way(each: Outlook) -> str:
    language = each.worded.language if each.worded else ""
    template = each.worded.template if each.worded and not each.free else None
    by = f" by the approved template {template.name}({', '.join(template.parameters)})" if template else ""
    return f"on {each.channel}{by}, {language}"


def _words(worded: Worded | None) -> Iterator[str]:
    for part in worded.parts if worded else []:
        text = f"[{part.kind} {part.url}] {part.caption}" if isinstance(part, Media) else as_text(part)
        yield from (f"    {line}".rstrip() for line in text.splitlines())


def _occurrences(title: str, found: Sequence[Occurrence]) -> Iterator[str]:
    for each in found:
        at = each.due_at or each.closed_at or each.planned_for
        zone = ZoneInfo(each.zone)
        why = f": {each.why}" if each.why else ""
        yield f"  {title}  {_time(at)} UTC, {_time(at, zone)} local  {each.contact}  {each.state}{why}"


def _time(at: datetime, zone: ZoneInfo | None = None) -> str:
    return f"{at.astimezone(zone or UTC):%Y-%m-%d %H:%M}"
