"""Rules for a tenant that its JSON Schema cannot express. Each breach is a field and a message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shared.formats.json_schema import one_of
from shared.language import texts
from shared.language.languages import shipped
from shared.models.tenant import Tenant
from shared.tenants import (
    attribute_rules,
    model_rules,
    plugins,
    record_rules,
    service_references,
    service_rules,
    source_rules,
    staff_rules,
    trigger_rules,
)
from shared.tenants.attribute_rules import language_breaches
from shared.tenants.declared import ChannelEntry, Declared, Entry
from shared.tenants.local_time import is_zone
from shared.tenants.problems import Breaches

#: The fields that we write ourselves, with their origin.
_OURS = {"listens": "made from the triggers", "problem": "made by the check", "checked": "made by the check"}


def breaches(tenant: Declared) -> Breaches:
    """Yields all breaches, in the order of the fields."""
    for name, reason in _OURS.items():
        if name in tenant.model_fields_set:
            yield name, f"is {reason} (expected no such field)"
    yield from _general_breaches(tenant)
    yield from model_rules.breaches(tenant.answers, tenant.secrets)
    for name, channel in tenant.channels.items():
        yield from kind_breaches(f"channels.{name}.kind", channel)
    seen: set[str] = set()
    for entry in tenant.knowledge:
        yield from _entry_breaches(entry, tenant)
        if entry.id in seen:
            yield f"knowledge.{entry.id}", "this id stands here twice"
        seen.add(entry.id)
    yield from source_rules.breaches(tenant)
    yield from record_rules.breaches(tenant)
    yield from staff_rules.breaches(tenant)
    yield from attribute_rules.breaches(tenant)
    yield from trigger_rules.breaches(tenant)
    yield from service_rules.settings_breaches(tenant)
    yield from service_references.breaches(tenant)


def settings_breaches(tenant: Tenant) -> Breaches:
    """Yields the breaches that the tenant's own document shows, in the order of the fields.

    Every function can look for these: no other document is read, and no plugin file, of which a function has
    only those that it uses.
    """
    yield from _general_breaches(tenant)
    yield from model_rules.settings_breaches(tenant.answers, tenant.secrets)
    yield from staff_rules.settings_breaches(tenant)
    yield from attribute_rules.settings_breaches(tenant)
    yield from service_rules.settings_breaches(tenant)


def _general_breaches(tenant: Tenant) -> Breaches:
    if not is_zone(tenant.timezone):
        yield "timezone", f"{tenant.timezone!r} is not a time zone (expected a name such as Africa/Dakar)"
    yield from _languages_breaches(tenant)
    for day, intervals in tenant.hours.items():
        yield from staff_rules.interval_breaches(f"hours.{day}", intervals)
    for language, wordings in tenant.texts.items():
        yield from language_breaches(f"texts.{language}", language, tenant)
        for key in wordings:
            if key not in texts.names():
                yield f"texts.{language}.{key}", f"is not a text ({one_of(texts.names())})"


def _languages_breaches(tenant: Tenant) -> Breaches:
    """Yields languages that are neither shipped nor described by the tenant."""
    for place, language in enumerate(tenant.languages):
        if language not in {*shipped(), *tenant.languages_added}:
            expected = f"{one_of(shipped())}, or one described in languages_added"
            yield f"languages[{place}]", f"{language!r} is not a language that we know ({expected})"
    for language in tenant.languages_added:
        yield from language_breaches(f"languages_added.{language}", language, tenant)
        if language in shipped():
            yield f"languages_added.{language}", "is a language that we know already"


def kind_breaches(place: str, channel: ChannelEntry) -> Breaches:
    """Yields a kind that is no file of shared/channels."""
    kinds = plugins.names("channels")
    if channel.kind not in kinds:
        yield place, f"{channel.kind!r} is not a channel ({one_of(kinds)})"


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
