"""Rules for a tenant's sources of records that the JSON Schema cannot express."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.formats.json_schema import one_of
from shared.models.service import NAME, Call, RecordsEntry
from shared.platform.http import is_address
from shared.records import Terms
from shared.tenants import plugins
from shared.tenants.declared import Declared
from shared.tenants.problems import Breaches
from shared.tenants.setting_rules import missing_breaches, secret_breaches, value_breaches

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")


def breaches(tenant: Declared) -> Breaches:
    """Yields all breaches, in the order of the fields."""
    kinds = plugins.names("records")
    for name, entry in tenant.records.items():
        place = f"records.{name}"
        if entry.kind not in kinds:
            yield f"{place}.kind", f"{entry.kind!r} is not a kind of records ({one_of(kinds)})"
            continue
        terms = plugins.record_terms(entry.kind)
        yield from _setting_breaches(f"{place}.settings", entry, terms)
        yield from secret_breaches(f"{place}.secrets", entry.secrets, terms.secrets, terms.optional)
        if entry.calls and not terms.calls:
            yield f"{place}.calls", f"records of the kind {entry.kind} have no calls (expected no such field)"
        if terms.calls and not entry.calls:
            yield f"{place}.calls", "is missing (expected the calls by their names)"
        for call_name, call in entry.calls.items():
            yield from _call_breaches(f"{place}.calls.{call_name}", call)


def _setting_breaches(place: str, entry: RecordsEntry, terms: Terms) -> Breaches:
    yield from missing_breaches(place, entry.settings, terms.settings)
    if terms.one_of and sum(name in entry.settings for name in terms.one_of) != 1:
        yield place, f"expected exactly one of {' and '.join(terms.one_of)}"
    yield from value_breaches(place, entry.settings, terms.settings, _own_breaches)


def _own_breaches(place: str, name: str, value: str) -> Breaches:
    if name == "base_url" and not _is_base(value):
        yield place, f"{value!r} is not such an address (expected https://… without a query)"
    elif name == "file" and not _is_inner(value):
        yield place, f"{value!r} is not a name below the tenant's records"
    elif name == "header" and not _HEADER.fullmatch(value):
        yield place, f"{value!r} is not the name of a header (expected such as X-API-Key)"


def _call_breaches(place: str, call: Call) -> Breaches:
    if "?" in call.path or "#" in call.path:
        yield f"{place}.path", "has a query or a fragment (expected it in query)"
    if call.method == "GET" and call.body:
        yield f"{place}.body", "is not sent with GET (expected it in query, or another method)"
    for name, other in (("cursor", "next"), ("next", "cursor")):
        if getattr(call, name) and not getattr(call, other):
            yield f"{place}.{other}", f"is missing beside {name}"
    for field, text in _templates(call):
        if re.search(r"[{}]", NAME.sub("", text)):
            yield f"{place}.{field}", f"{text!r} has a brace without its other (expected {{name}})"
    if len(set(call.fields.values())) < len(call.fields):
        yield f"{place}.fields", "gives one name to two fields"


def _templates(call: Call) -> Iterator[tuple[str, str]]:
    yield "path", call.path
    yield from ((f"query.{name}", text) for name, text in call.query.items())
    yield from ((f"body.{name}", text) for name, text in call.body.items() if isinstance(text, str))


def _is_base(url: str) -> bool:
    return is_address(url) and "@" not in url and "?" not in url and "#" not in url


def _is_inner(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return not name.startswith("/") and ".." not in parts and "" not in parts and "." not in parts
