"""Rules for a tenant's sources of knowledge that the JSON Schema cannot express."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from shared.formats.json_schema import one_of
from shared.sources import Terms
from shared.tenants import plugins
from shared.tenants.attribute_rules import language_breaches
from shared.tenants.declared import Declared, SourceEntry
from shared.tenants.problems import Breaches
from shared.tenants.setting_rules import missing_breaches, secret_breaches, value_breaches

#: Settings that are addresses.
_ADDRESSES = ("url", "base_url", "own_origin")


def breaches(tenant: Declared) -> Breaches:
    """Yields all breaches, in the order of the fields."""
    kinds = plugins.names("sources")
    for name, entry in tenant.sources.items():
        place = f"sources.{name}"
        if entry.kind not in kinds:
            yield f"{place}.kind", f"{entry.kind!r} is not a kind of source ({one_of(kinds)})"
            continue
        terms = plugins.source_terms(entry.kind)
        if entry.language is not None:
            yield from language_breaches(f"{place}.language", entry.language, tenant)
        yield from _setting_breaches(f"{place}.settings", entry, terms)
        yield from secret_breaches(f"{place}.secrets", entry.secrets, terms.secrets)


def _setting_breaches(place: str, entry: SourceEntry, terms: Terms) -> Breaches:
    def own(at: str, name: str, value: str) -> Breaches:
        if name in _ADDRESSES:
            yield from _address_breaches(at, value, entry)
        elif name == "path" and not _is_inner(value):
            yield at, f"{value!r} is not a path below the tenant's file"

    yield from missing_breaches(place, entry.settings, terms.settings)
    yield from value_breaches(place, entry.settings, terms.settings, own)


def _address_breaches(place: str, url: str, entry: SourceEntry) -> Breaches:
    own = str(entry.settings.get("own_origin", ""))
    schemes = ("https", "http") if place.endswith(("base_url", "own_origin")) or own else ("https",)
    try:
        split = urlsplit(url)
        right = split.scheme in schemes and bool(split.hostname) and split.username is None
    except ValueError:
        right = False
    if not right:
        wanted = " or ".join(f"{scheme}://…" for scheme in schemes)
        yield place, f"{url!r} is not such an address (expected {wanted})"


def _is_inner(path: str) -> bool:
    return not path.startswith("/") and ".." not in re.split(r"[/\\]", path)
