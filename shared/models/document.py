"""The base of all documents: each model declares its path once, and no other code spells a path."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict

_FIELD = re.compile(r"{(\w+)}")
#: Refused document ids: https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
#: Halves of surrogate pairs are not valid UTF-8, and control characters can forge lines of a log or terminal.
_REFUSED = re.compile(r"[/\x00-\x1f\x7f-\x9f\ud800-\udfff]|\A(?:|\.\.?|__.*__)\Z")
_MOST_BYTES = 1_500


def is_name(value: str) -> bool:
    """Whether Firestore accepts `value` as a document's id."""
    return not _REFUSED.search(value) and len(value.encode()) <= _MOST_BYTES


def is_indexed(value: str) -> bool:
    """Whether an index holds all of `value`: Firestore refuses a query for a longer value.

    https://firebase.google.com/docs/firestore/quotas#indexes
    """
    return len(value.encode()) <= _MOST_BYTES


def _checked(value: str) -> str:
    if not is_name(value):
        raise ValueError("expected a document's name")
    return value


#: A document's id in untrusted input: an id that Firestore refuses is an error of its field.
Name = Annotated[str, AfterValidator(_checked)]


@cache
def _fields(path: str) -> list[str]:
    return _FIELD.findall(path)


@cache
def _collection(path: str) -> str:
    return path.split("/")[-2]


class Document(BaseModel):
    """One Firestore document. `path` names the fields that make up its path.

    These fields are stored in the document too, so that a query over a collection group can filter by tenant.
    """

    model_config = ConfigDict(extra="ignore", validate_assignment=False)
    path: ClassVar[str]
    #: The field whose value distinguishes this model from another at the same path, "" if there is no other.
    discriminator: ClassVar[str] = ""
    #: The fields (lists of floats) that `Store.nearest` may search.
    vectors: ClassVar[tuple[str, ...]] = ()

    #: A slot, because pydantic would initialise a private attribute in Python for each document that is read.
    __slots__ = ("_version",)

    @property
    def version(self) -> Any:
        """The version that the store read or wrote last, None before; only for store adapters."""
        return getattr(self, "_version", None)

    @version.setter
    def version(self, version: Any) -> None:
        object.__setattr__(self, "_version", version)

    @classmethod
    def read(cls, fields: Any) -> Self | None:
        """Returns the document with these stored fields, or None if they are another model's."""
        name = cls.discriminator
        if name and fields.get(name) != cls.model_fields[name].default:
            return None
        return cls.model_validate(fields)

    @classmethod
    def keys(cls) -> list[str]:
        """Returns the path's fields, outermost first; the last one is the document's own id."""
        return _fields(cls.path)

    @classmethod
    def collection(cls) -> str:
        """Returns the name of the collection (group) of these documents."""
        return _collection(cls.path)

    @classmethod
    def locate(cls, **keys: str) -> str:
        """Returns the path of the document with these keys. Raises ValueError if one is not a valid id."""
        for name, value in keys.items():
            if not is_name(value):
                raise ValueError(f"{cls.__name__}.{name} cannot be {value[:80]!r} in a document path")
        return cls.path.format(**keys)

    @classmethod
    def parent(cls, **keys: str) -> str | None:
        """Returns the path of the collection below these keys, or None if keys above it are missing."""
        names = cls.keys()
        if set(names[:-1]) - set(keys):
            return None
        return cls.locate(**{name: keys.get(name, "_") for name in names}).rsplit("/", 1)[0]

    def location(self) -> str:
        """Returns this document's path."""
        return self.locate(**{name: getattr(self, name) for name in self.keys()})
