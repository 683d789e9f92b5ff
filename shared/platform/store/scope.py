"""Scope of a query: one rule for both adapters, from a model's path and the given keys."""

from __future__ import annotations

from collections.abc import Mapping

from shared.models.document import Document
from shared.platform.store import Where


def scope(model: type[Document], keys: Mapping[str, str]) -> tuple[str | None, list[Where]]:
    """Returns the path of the one collection, or None for the group, and the conditions from the keys.

    Raises ValueError for a key that is not in the model's path: a misspelt `tenant` must not ask every
    tenant.
    """
    if unknown := set(keys) - set(model.keys()):
        raise ValueError(f"{model.__name__} has no {sorted(unknown)} in its path {model.path}")
    parent = model.parent(**keys)
    placed = model.keys()[:-1] if parent else []
    return parent, [Where(name, "==", value) for name, value in keys.items() if name not in placed]
