"""Rules for triggers that the JSON Schema cannot express, and the check of a stored definition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from pydantic import ValidationError
from pydantic.json_schema import JsonSchemaValue

from shared.formats.conditions import Condition
from shared.formats.cron import Recurrence
from shared.formats.nearest import unknown
from shared.formats.templates import Template
from shared.models.attributes import Kind
from shared.models.definition import (
    After,
    Before,
    Birthday,
    Cron,
    Definition,
    Happening,
    Once,
    Silence,
    Span,
    WindowCloses,
    Words,
    length,
)
from shared.models.tenant import Tenant
from shared.tenants import shape
from shared.tenants.attribute_rules import channel_breaches, language_breaches, variables
from shared.tenants.declared import Declared
from shared.tenants.problems import Breaches, Invalid

#: The longest silence that is watched, and the longest delay of an event.
_SILENCE = timedelta(days=30)
_DELAY = timedelta(days=400)
#: Shorter than the window of every network that has one (24 hours).
_WINDOW = timedelta(hours=24) - timedelta(minutes=1)
#: Most choices that WhatsApp shows below a file, as buttons; more are a list, which has no file:
#: https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages
_BUTTONS = 3


def read(tenant: Tenant, definition: Mapping[str, Any]) -> Definition:
    """Returns the definition of a stored trigger, which people may have edited in the console.

    Channels and entries of the knowledge that it names are not looked up. Raises Invalid with all problems.
    """
    try:
        found = Definition.model_validate(definition, strict=True)
    except ValidationError as error:
        raise Invalid(shape.problems(definition, error.errors(include_url=False), _schema())) from None
    if breaches := list(_definition_breaches("", found, tenant)):
        raise Invalid(breaches)
    return found


def revision(definition: Definition) -> str:
    """Returns a digest (16 hexadecimal digits) that is the same if and only if the definition is."""
    fields = definition.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _schema() -> JsonSchemaValue:
    return Definition.model_json_schema()


def breaches(tenant: Declared) -> Breaches:
    """Yields all breaches of the triggers in a tenant's file."""
    topics = frozenset(entry.id for entry in tenant.knowledge)
    for name, definition in tenant.triggers.items():
        place = f"triggers.{name}."
        yield from _definition_breaches(place, definition, tenant)
        yield from channel_breaches(f"{place}channels", definition.channels, tenant)
        yield from _topic_breaches(place, definition, topics)


def _definition_breaches(place: str, definition: Definition, tenant: Tenant) -> Breaches:
    known = variables(tenant)
    yield from _when_breaches(f"{place}when", definition, known)
    if definition.who:
        yield from _refused(f"{place}who", partial(Condition, definition.who, known))
    for language, words in definition.says.items():
        yield from language_breaches(f"{place}says.{language}", language, tenant)
        yield from _words_breaches(f"{place}says.{language}", words, known)
    for language, approved in definition.template.items():
        yield from language_breaches(f"{place}template.{language}", language, tenant)
        yield from _template_breaches(f"{place}template.{language}.parameters", approved.parameters, known)
    late = definition.late
    if late.policy != "skip_if_older_than" and "hours" in late.model_fields_set:
        yield f"{place}late.hours", f"has no meaning for {late.policy} (expected skip_if_older_than)"
    if definition.rating and any(words.choices for words in definition.says.values()):
        yield f"{place}rating", "asks for stars, and there are choices too (expected one of the two)"


def _when_breaches(place: str, definition: Definition, known: Mapping[str, Kind]) -> Breaches:
    match definition.when:
        case Before(before=name):
            yield from _date_breaches(f"{place}.before", name, known, ("date", "moment"))
        case After(after=name):
            yield from _date_breaches(f"{place}.after", name, known, ("date", "moment"))
        case Birthday(birthday=name):
            yield from _date_breaches(f"{place}.birthday", name, known, ("date",))
        case Cron(cron=text):
            yield from _refused(f"{place}.cron", partial(Recurrence, text))
        case Once(once=text) if text != "confirmed":
            yield from _moment_breaches(f"{place}.once", text)
        case Silence(silence=span):
            yield from _span_breaches(f"{place}.silence", span, _SILENCE)
        case WindowCloses(before_window_closes=span):
            yield from _span_breaches(f"{place}.before_window_closes", span, _WINDOW)
        case Happening() as event:
            yield from _event_breaches(place, event, known)


def _event_breaches(place: str, event: Happening, known: Mapping[str, Kind]) -> Breaches:
    if event.delay is not None:
        yield from _span_breaches(f"{place}.delay", event.delay, _DELAY)
    if event.attribute is None:
        return
    if event.event != "attribute_changed":
        yield f"{place}.attribute", f"has no meaning for {event.event} (expected attribute_changed)"
    elif event.attribute not in known:
        yield f"{place}.attribute", unknown("attribute", event.attribute, known)


def _date_breaches(place: str, name: str, known: Mapping[str, Kind], kinds: Sequence[Kind]) -> Breaches:
    if name in known and known[name] not in kinds:
        yield place, f"{name!r} is of the type {known[name]} (expected one of the type {' or '.join(kinds)})"
    elif name not in known:
        yield place, unknown("attribute", name, [other for other, kind in known.items() if kind in kinds])


def _moment_breaches(place: str, text: str) -> Breaches:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        yield place, f"{text!r} is not a day of the calendar (expected a day and a time, 2026-12-24T18:30)"


def _span_breaches(place: str, span: Span, longest: timedelta) -> Breaches:
    if length(span) > longest:
        days, minutes = longest.days, longest // timedelta(minutes=1)
        yield place, f"{span!r} is too long (expected at most {f'{days}d' if days else f'{minutes}m'})"


def _words_breaches(place: str, words: Words, known: Mapping[str, Kind]) -> Breaches:
    if not words.text.strip():
        yield f"{place}.text", "is empty"
    yield from _refused(f"{place}.text", partial(Template, words.text, known))
    titles = [choice.title.strip().casefold() for choice in words.choices]
    for number, title in enumerate(titles):
        if not title:
            yield f"{place}.choices[{number}].title", "is empty"
        elif title in titles[:number]:
            yield f"{place}.choices[{number}].title", "stands here twice"
    if words.file is not None and len(words.choices) > _BUTTONS:
        yield f"{place}.choices", f"are too many beside a file (expected at most {_BUTTONS})"


def _template_breaches(place: str, parameters: Sequence[str], known: Mapping[str, Kind]) -> Breaches:
    for number, parameter in enumerate(parameters):
        yield from _refused(f"{place}[{number}]", partial(Template, parameter, known))


def _topic_breaches(place: str, definition: Definition, topics: frozenset[str]) -> Breaches:
    named = [(f"{place}reply_topic", definition.reply_topic)] + [
        (f"{place}says.{language}.choices[{number}].topic", choice.topic)
        for language, words in definition.says.items()
        for number, choice in enumerate(words.choices)
    ]
    for field, topic in named:
        if topic is not None and topic not in topics:
            yield field, unknown("entry of the knowledge", topic, topics)


def _refused(place: str, make: Callable[[], object]) -> Breaches:
    """Yields the refusal of a notation (formats/), which says what was expected."""
    try:
        make()
    except ValueError as error:
        yield place, " ".join(str(error).split())
