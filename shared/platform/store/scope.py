"""Where a query looks: the one rule that both adapters read from a model's path and the keys given."""

from __future__ import annotations

from collections.abc import Mapping

from shared.models.document import Document
from shared.platform.store import Where


def scope(model: type[Document], keys: Mapping[str, str]) -> tuple[str | None, list[Where]]:
    """The path of the one collection to ask, or None for the collection group; and the conditions that the
    keys stand for there. Raises ValueError for a key that the model's path does not have: a misspelt
    `tenant` must not ask every tenant."""
    if unknown := set(keys) - set(model.keys()):
        raise ValueError(f"{model.__name__} has no {sorted(unknown)} in its path {model.path}")
    parent = model.parent(**keys)
    placed = model.keys()[:-1] if parent else []
    return parent, [Where(name, "==", value) for name, value in keys.items() if name not in placed]
