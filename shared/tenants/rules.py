"""Rules for a tenant that its JSON Schema cannot express. Each breach is a field and a message."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import datetime

from shared.formats.json_schema import one_of
from shared.language import texts
from shared.language.languages import shipped
from shared.models.tenant import Tenant
from shared.tenants import attribute_rules, model_rules, plugins, staff_rules, trigger_rules
from shared.tenants.attribute_rules import language_breaches
from shared.tenants.declared import Declared, Entry
from shared.tenants.problems import Breaches


def breaches(tenant: Declared) -> Breaches:
    """Yields all breaches, in the order of the fields."""
    if tenant.timezone not in zoneinfo.available_timezones():
        yield "timezone", f"{tenant.timezone!r} is not a time zone (expected a name such as Africa/Dakar)"
    if "listens" in tenant.model_fields_set:
        yield "listens", "is made from the triggers (expected no such field)"
    yield from _languages_breaches(tenant)
    for day, intervals in tenant.hours.items():
        yield from staff_rules.interval_breaches(f"hours.{day}", intervals)
    for language, wordings in tenant.texts.items():
        yield from language_breaches(f"texts.{language}", language, tenant)
        for key in wordings:
            if key not in texts.names():
                yield f"texts.{language}.{key}", f"is not a text ({one_of(texts.names())})"
    yield from model_rules.breaches(tenant.answers)
    for name, channel in tenant.channels.items():
        yield from _plugin_breaches(
            f"channels.{name}.kind", channel.kind, "a channel", plugins.names("channels")
        )
    seen: set[str] = set()
    for entry in tenant.knowledge:
        yield from _entry_breaches(entry, tenant)
        if entry.id in seen:
            yield f"knowledge.{entry.id}", "this id stands here twice"
        seen.add(entry.id)
    yield from staff_rules.breaches(tenant)
    yield from attribute_rules.breaches(tenant)
    yield from trigger_rules.breaches(tenant)


def _languages_breaches(tenant: Declared) -> Breaches:
    """Yields languages that are neither shipped nor described by the tenant."""
    for place, language in enumerate(tenant.languages):
        if language not in {*shipped(), *tenant.languages_added}:
            expected = f"{one_of(shipped())}, or one described in languages_added"
            yield f"languages[{place}]", f"{language!r} is not a language that we know ({expected})"
    for language in tenant.languages_added:
        yield from language_breaches(f"languages_added.{language}", language, tenant)
        if language in shipped():
            yield f"languages_added.{language}", "is a language that we know already"


def _plugin_breaches(place: str, name: str, kind: str, files: Iterable[str]) -> Breaches:
    if name not in files:
        yield place, f"{name!r} is not {kind} ({one_of(files)})"


def _entry_breaches(entry: Entry, tenant: Declared) -> Breaches:
    place = f"knowledge.{entry.id}"
    if not entry.wordings:
        yield place, f"has no wording ({one_of(tenant.languages)})"
    for language in entry.wordings:
        yield from language_breaches(f"{place}.{language}", language, tenant)
    for name, text in (("topic", entry.topic), ("source", entry.source)):
        for language in () if isinstance(text, str) else text:
            yield from language_breaches(f"{place}.{name}.{language}", language, tenant)


def gaps(tenant: Tenant, now: datetime) -> Iterator[str]:
    """Yields a line for each thing that is allowed, but leaves some people without an answer of their own.

    These are fixed texts that an added language lacks, and gaps of the roster.
    """
    for language in tenant.languages_added:
        if missing := texts.missing(tenant, language):
            yield f"texts.{language}: said in another language: {', '.join(missing)}"
    yield from staff_rules.gaps(tenant, now)
