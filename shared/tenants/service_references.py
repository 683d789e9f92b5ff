"""Rules for services that need other documents of the tenant, plugin files, or the library of templates."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from shared.formats.nearest import unknown
from shared.formats.templates import Template
from shared.models.service import Action, Rows, Service
from shared.records import Terms
from shared.tenants import plugins
from shared.tenants.attribute_rules import channel_breaches
from shared.tenants.declared import Declared
from shared.tenants.problems import Breaches
from shared.tenants.service_rules import keeps


def breaches(tenant: Declared) -> Breaches:
    """Yields all breaches, in the order of the fields."""
    for name, service in tenant.services.items():
        yield from _service_breaches(f"services.{name}", service, tenant)
    for name, action in tenant.actions.items():
        yield from _action_breaches(f"actions.{name}", action, _common(keeps(tenant, name)), tenant)


def _service_breaches(place: str, service: Service, tenant: Declared) -> Breaches:
    entries = {entry.id for entry in tenant.knowledge}
    for number, topic in enumerate(service.topics):
        if topic not in entries:
            yield f"{place}.topics[{number}]", unknown("entry of the knowledge", topic, entries)
    yield from channel_breaches(f"{place}.channels", service.channels, tenant)


def _action_breaches(place: str, action: Action, kept: Collection[str], tenant: Declared) -> Breaches:
    if action.records in tenant.records and (terms := _terms(tenant.records[action.records].kind)):
        yield from _source_breaches(place, action, terms, tenant.records[action.records].kind)
    about = {*kept, "name"}
    names = {*about, *action.fields}
    for language, rows in action.says.items():
        yield from _rows_breaches(f"{place}.says.{language}", rows, about, names)
    if action.page is not None:
        yield from _templates_breaches(f"{place}.page.titles", action.page.titles, names)
    if action.changes is not None:
        yield from _templates_breaches(f"{place}.changes.confirm", action.changes.confirm, names)
        yield from _templates_breaches(f"{place}.changes.done", action.changes.done, names)


def _common(keeps: Mapping[str, set[str]]) -> set[str]:
    """Returns the names that all of the profiles keep."""
    return set.intersection(*keeps.values()) if keeps else set()


def _terms(kind: str) -> Terms | None:
    """Returns the terms of a kind of records, or None if there is no such kind."""
    return plugins.record_terms(kind) if kind in plugins.names("records") else None


def _source_breaches(place: str, action: Action, terms: Terms, kind: str) -> Breaches:
    if action.changes is not None and not terms.writes:
        yield f"{place}.changes", f"is not possible: records of the kind {kind} are only read"
    if action.each is not None and not terms.several:
        yield f"{place}.each", f"is not possible: one question to {kind} is about one value"


def _rows_breaches(place: str, rows: Rows, about: Collection[str], fields: Collection[str]) -> Breaches:
    if rows.head is not None:
        yield from _template_breaches(f"{place}.head", rows.head, about)
    yield from _template_breaches(f"{place}.row", rows.row, fields)
    yield from _template_breaches(f"{place}.none", rows.none, about)


def _templates_breaches(place: str, worded: Mapping[str, str], names: Collection[str]) -> Breaches:
    for language, text in worded.items():
        yield from _template_breaches(f"{place}.{language}", text, names)


def _template_breaches(place: str, text: str, names: Collection[str]) -> Breaches:
    try:
        Template(text, names)
    except ValueError as error:
        yield place, " ".join(str(error).split())
