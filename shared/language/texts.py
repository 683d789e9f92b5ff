"""The fixed texts in the person's language; a tenant may replace the wording of each."""

from __future__ import annotations

import re

from shared.language.languages import shipped
from shared.models.tenant import Tenant

_PLACE = re.compile(r"\{(\w+)\}")


def names() -> frozenset[str]:
    """Returns the names of the fixed texts, the same in every language."""
    return frozenset(shipped()["en"].texts)


def text(tenant: Tenant, language: str, key: str, **values: str) -> str:
    """Returns the wording of `key` in `language`, else in a language of the tenant, else in English.

    The tenant's languages are tried in their order, and in each language the tenant's own wording before
    ours. `values` fill the `{…}` at once: a value is never read as a template.
    """
    candidates = (language, *tenant.languages, "en")
    wordings = (_wording(tenant, candidate, key) for candidate in candidates)
    wording = next(found for found in wordings if found)
    known = {"name": tenant.name, **values}
    return _PLACE.sub(lambda place: known.get(place[1], place[0]), wording)


def missing(tenant: Tenant, language: str) -> list[str]:
    """Returns the keys of the texts that neither the tenant nor we have in this language."""
    return sorted(key for key in names() if not _wording(tenant, language, key))


def _wording(tenant: Tenant, language: str, key: str) -> str | None:
    ours = shipped().get(language)
    return tenant.texts.get(language, {}).get(key) or (ours.texts.get(key) if ours else None)
