"""Rules for contacts' attributes and for messages that we begin, which the JSON Schema cannot express."""

from __future__ import annotations

from shared.formats.json_schema import one_of
from shared.formats.nearest import unknown
from shared.models.attributes import BUILT_IN, Attribute, Kind
from shared.models.tenant import Tenant
from shared.tenants.declared import Declared
from shared.tenants.local_time import knows_holidays
from shared.tenants.problems import Breaches

#: Words that are values or operators in conditions (CEL) or templates (Jinja).
_RESERVED = frozenset("and elif else false if in is none not null or true".split())


def variables(tenant: Tenant) -> dict[str, Kind]:
    """Returns the variables of conditions and templates with their types."""
    return {**BUILT_IN, **{name: attribute.type for name, attribute in tenant.attributes.items()}}


def breaches(tenant: Declared) -> Breaches:
    """Yields all breaches: those of the tenant's own settings, then those that name channels or countries."""
    yield from settings_breaches(tenant)
    messaging = tenant.messaging
    if messaging.holidays is not None and not knows_holidays(messaging.holidays):
        expected = "expected a country with known holidays, such as SN"
        yield "messaging.holidays", f"{messaging.holidays!r} is not a country that we know ({expected})"
    yield from channel_breaches("messaging.channels", messaging.channels, tenant)


def settings_breaches(tenant: Tenant) -> Breaches:
    """Yields the breaches that the tenant's own settings show, in the order of the fields."""
    for name, attribute in tenant.attributes.items():
        yield from _attribute_breaches(f"attributes.{name}", name, attribute, tenant)
    if tenant.messaging.quiet is not None:
        begins, ends = tenant.messaging.quiet.split("-")
        if begins == ends:
            told = f"{tenant.messaging.quiet!r} ends when it begins (expected two different times)"
            yield "messaging.quiet", told


def _attribute_breaches(place: str, name: str, attribute: Attribute, tenant: Tenant) -> Breaches:
    if name in BUILT_IN:
        yield place, "is known of every contact (expected another name)"
    if name in _RESERVED:
        yield place, "is a word of conditions and templates (expected another name)"
    for language in attribute.label:
        yield from language_breaches(f"{place}.label.{language}", language, tenant)
    if attribute.type == "choice" and not attribute.choices:
        yield f"{place}.choices", "is missing (expected the values of the choice)"
    if attribute.type != "choice" and attribute.choices:
        yield f"{place}.choices", f"is only for the type choice, and this one is {attribute.type}"
    for number, choice in enumerate(attribute.choices):
        if not choice.strip():
            yield f"{place}.choices[{number}]", "is empty"
        elif choice in attribute.choices[:number]:
            yield f"{place}.choices[{number}]", f"{choice!r} stands here twice"


def channel_breaches(place: str, names: list[str], tenant: Declared) -> Breaches:
    """Yields names that are no channels of the tenant, and those that stand there twice."""
    for number, name in enumerate(names):
        if name not in tenant.channels:
            yield f"{place}[{number}]", unknown("channel", name, tenant.channels)
        elif name in names[:number]:
            yield f"{place}[{number}]", f"{name!r} stands here twice"


def language_breaches(place: str, language: str, tenant: Tenant) -> Breaches:
    """Yields a language that is not the tenant's."""
    if language not in tenant.languages:
        yield place, f"{language!r} is not a language of the tenant ({one_of(tenant.languages)})"
