"""Rules for a tenant's sources of knowledge that the JSON Schema cannot express."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from shared.formats.json_schema import one_of
from shared.formats.nearest import unknown
from shared.sources import Terms
from shared.tenants import plugins
from shared.tenants.attribute_rules import language_breaches
from shared.tenants.declared import Declared, SourceEntry
from shared.tenants.problems import Breaches

_TYPES = {str: "text", int: "a whole number"}
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
        yield from _secret_breaches(f"{place}.secrets", entry, terms)


def _setting_breaches(place: str, entry: SourceEntry, terms: Terms) -> Breaches:
    for name, setting in terms.settings.items():
        if setting.required and name not in entry.settings:
            yield f"{place}.{name}", f"is missing (expected {_TYPES[setting.type]})"
    for name, value in entry.settings.items():
        if name not in terms.settings:
            yield f"{place}.{name}", unknown("setting", name, terms.settings)
        elif type(value) is not (wanted := terms.settings[name].type):
            yield f"{place}.{name}", f"{value!r} is not {_TYPES[wanted]}"
        elif value == "":
            yield f"{place}.{name}", "is empty"
        elif name in _ADDRESSES:
            yield from _address_breaches(f"{place}.{name}", str(value), entry)
        elif name == "path" and not _is_inner(str(value)):
            yield f"{place}.{name}", f"{value!r} is not a path below the tenant's file"


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


def _secret_breaches(place: str, entry: SourceEntry, terms: Terms) -> Breaches:
    for role in terms.secrets:
        if role not in entry.secrets:
            yield f"{place}.{role}", "is missing (expected the secret's name)"
    for role in entry.secrets:
        if role not in terms.secrets:
            yield f"{place}.{role}", unknown("secret", role, terms.secrets)


def _is_inner(path: str) -> bool:
    return not path.startswith("/") and ".." not in re.split(r"[/\\]", path)
