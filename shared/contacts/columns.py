"""Columns of a table of people: by the names of our fields, or by the names and labels of attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.contacts.problems import Problem
from shared.contacts.record import CONSENTS, TEXTS
from shared.errors import ConfigurationError
from shared.formats.json_schema import one_of
from shared.language.folding import folded
from shared.models.tenant import Tenant

#: Most problems of a header that are told.
_PROBLEMS = 50


@dataclass(frozen=True)
class Columns:
    """The field of each column, "" for an unknown one, and its title."""

    fields: Sequence[str]
    titles: Sequence[str]

    def cells(self, cells: Sequence[str], family: str = "") -> dict[str, str]:
        """Returns the cells by field: those of a family (`attributes`) by their names in it."""
        begin = f"{family}." if family else ""
        named = zip(self.fields, cells, strict=True)
        found = {name.removeprefix(begin): cell for name, cell in named if name and name.startswith(begin)}
        return {name: cell for name, cell in found.items() if "." not in name}

    def title(self, field: str) -> str:
        """Returns the title of a field's column, or the field's own name if it has none."""
        return self.titles[self.fields.index(field)] if field in self.fields else field


class Names:
    """The titles that columns may have, without regard to case, accents and punctuation."""

    def __init__(self, tenant: Tenant) -> None:
        self._expected = ["id", *TEXTS, *(f"consent_{kind}" for kind in CONSENTS), *tenant.attributes]
        self._fields = _fields(tenant)

    def known(self, title: str) -> bool:
        return bool(self._fields.get(folded(title)))

    def columns(self, titles: Sequence[str]) -> tuple[Columns, list[Problem]]:
        """Returns the columns, and a problem for each that is unknown.

        Raises ConfigurationError if two are the same, or if there is neither an id nor a phone number.
        """
        fields = [self._fields.get(folded(title), "") for title in titles]
        for field in filter(None, fields):
            if fields.count(field) > 1:
                same = " and ".join(str(place) for place, each in enumerate(fields, 1) if each == field)
                raise ConfigurationError(f"columns {same} are the same: {field} (expected it once)")
        if not {"id", "phone"} & set(fields):
            raise ConfigurationError("has neither a column id nor a column phone (expected one of them)")
        problems = [
            Problem(title or f"column {place}", f"is not a column that we know ({one_of(self._expected)})")
            for place, (title, field) in enumerate(zip(titles, fields, strict=True), 1)
            if not field
        ]
        return Columns(fields, titles), problems[:_PROBLEMS]


def _fields(tenant: Tenant) -> Mapping[str, str]:
    """Returns the fields by folded title: our names first, then attributes' names, then their labels.

    A label of two attributes means neither.
    """
    labels: dict[str, str] = {}
    for name, attribute in tenant.attributes.items():
        for label in {folded(each) for each in attribute.label.values()}:
            labels[label] = "" if label in labels else f"attributes.{name}"
    return {
        **labels,
        **{folded(name): f"attributes.{name}" for name in tenant.attributes},
        **{folded(name): name for name in ("id", *TEXTS)},
        **{folded(f"consent_{kind}"): f"consent.{kind}" for kind in CONSENTS},
    }
