"""A person as an organisation writes them: the fields of a request's body or of a table's row, typed.

A field that is absent says nothing, and one that is empty (null, or an empty cell) takes back what the same
record said before. A body's `attributes` are all that it has; a row has those of its columns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, get_args

from shared.contacts import spelt, values
from shared.contacts.problems import Problem, Refused
from shared.contacts.spelt import Unfit
from shared.contacts.values import Written
from shared.formats import countries
from shared.formats.json_schema import one_of
from shared.models.attributes import Value
from shared.models.document import is_name
from shared.models.external import Stated
from shared.models.people import MessageKind
from shared.models.tenant import Tenant

CONSENTS: tuple[MessageKind, ...] = get_args(MessageKind)
#: The fields of text, and all fields of a person in a body.
TEXTS = ("phone", "name", "language", "timezone", "country")
FIELDS = (*TEXTS, "attributes", "consent")
#: Greatest length (characters) of an id in the organisation's system.
_ID = 200


@dataclass(frozen=True)
class Said:
    """The content of a body or a row. "" and None take the record's former value back."""

    texts: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Written | None] = field(default_factory=dict)
    consent: Mapping[MessageKind, bool | None] = field(default_factory=dict)
    #: Whether attributes that are absent are taken back too.
    all_attributes: bool = False

    @property
    def digest(self) -> str:
        """A digest of the content, the same for spellings with the same meaning."""
        told = [self.texts, self.attributes, self.consent, self.all_attributes]
        plain = json.dumps(told, sort_keys=True, default=datetime.isoformat)
        return hashlib.sha256(plain.encode()).hexdigest()[:32]

    def onto(self, before: Stated, zone: str) -> Stated:
        """Returns the record's content after this. Moments without a zone are times of `zone`.

        Raises Refused if clocks of that zone never show such a time, or twice.
        """
        told: dict[str, Any] = {name: text for name, text in self.texts.items() if text or name != "phone"}
        attributes = {} if self.all_attributes else dict(before.attributes)
        consent = dict(before.consent)
        for name, value in self.attributes.items():
            attributes.pop(name, None)
            if value is not None:
                attributes[name] = _instant(name, value, zone)
        for kind, given in self.consent.items():
            consent.pop(kind, None)
            if given is not None:
                consent[kind] = given
        return before.model_copy(update={**told, "attributes": attributes, "consent": consent})


def _instant(name: str, value: Written, zone: str) -> Value:
    if not isinstance(value, datetime):
        return value
    try:
        return (value if value.tzinfo else spelt.local(value, zone)).isoformat()
    except Unfit as unfit:
        raise Refused([Problem(f"attributes.{name}", str(unfit))]) from None


class Reader:
    """Reads the fields of one person, and collects their problems."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._problems: list[Problem] = []

    def body(self, body: Mapping[str, Any], others: Iterable[str] = ()) -> Said:
        """Returns the content of a request's body; `others` are fields that it may have beside these.

        Raises Refused with all problems.
        """
        for name in sorted({*body} - {*FIELDS, *others}):
            self.problem(name, f"is not a field ({one_of([*FIELDS, *others])})")
        attributes, consent = (self._map(body, name) for name in ("attributes", "consent"))
        said = Said(
            self.texts({name: body[name] for name in TEXTS if name in body}),
            self.attributes(attributes or {}),
            self.consent(consent or {}),
            all_attributes=attributes is not None,
        )
        self.check()
        return said

    def texts(self, given: Mapping[str, Any], region: str = "") -> dict[str, str]:
        """Returns the fields of text. A local phone number is of the country given, else of the `region`."""
        read: Mapping[str, Callable[[Any], str]] = {
            "country": values.country,
            "phone": lambda value: values.phone_number(value, region and (found.get("country") or region)),
            "name": values.name,
            "language": lambda value: values.language(value, self._tenant),
            "timezone": values.timezone,
        }
        found: dict[str, str] = {}
        for name, of in read.items():
            if name in given:
                found[name] = self._read(name, given[name], of) or ""
        return found

    def attributes(self, given: Mapping[str, Any]) -> dict[str, Written | None]:
        """Returns the attributes that the tenant declares; any other one is a problem."""
        declared, found = self._tenant.attributes, dict[str, Written | None]()
        for name, value in given.items():
            if attribute := declared.get(name):
                found[name] = self._read(f"attributes.{name}", value, partial(values.attribute, attribute))
            else:
                self.problem(f"attributes.{name}", f"is not an attribute of the tenant ({one_of(declared)})")
        return found

    def consent(self, given: Mapping[str, Any]) -> dict[MessageKind, bool | None]:
        """Returns the consents by kind of message."""
        for name in sorted({*given} - {*CONSENTS}):
            self.problem(f"consent.{name}", f"is not a kind of message ({one_of(CONSENTS)})")
        return {
            kind: self._read(f"consent.{kind}", given[kind], values.boolean)
            for kind in CONSENTS
            if kind in given
        }

    def problem(self, name: str, message: str) -> None:
        self._problems.append(Problem(name, message))

    def check(self) -> None:
        """Raises Refused if there is a problem."""
        if self._problems:
            raise Refused(self._problems)

    def _map(self, body: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        """Returns the object in this field, or None if the field is absent."""
        if name not in body:
            return None
        given = body[name]
        if not isinstance(given, dict):
            self.problem(name, "expected an object")
            return None
        return given

    def _read(self, name: str, value: Any, of: Callable[[Any], Any]) -> Any:
        """Returns the value as `of` reads it, None if it is empty or has a problem."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            return of(value)
        except Unfit as unfit:
            self.problem(name, str(unfit))
            return None


def checked_id(written: str) -> str:
    """Returns the id of a record. Raises Refused if a document cannot be named so, or it is too long."""
    if len(written) > _ID or not is_name(written) or written != written.strip():
        raise Refused([Problem("id", f"expected at most {_ID} characters, without / and control characters")])
    return written


def default_region(tenant: Tenant) -> str:
    """Returns the country of local phone numbers: that of the tenant's time zone, "" if it has none."""
    return countries.country_of(tenant.timezone)
