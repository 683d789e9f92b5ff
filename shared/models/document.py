"""Documents: each declares its path once, and the rest of the code never writes a path as a string."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict

_FIELD = re.compile(r"{(\w+)}")
#: What no document can be called: https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
#: Control characters and halves of surrogate pairs are no UTF-8, or forge what shows them.
_REFUSED = re.compile(r"[/\x00-\x1f\x7f-\x9f\ud800-\udfff]|\A(?:|\.\.?|__.*__)\Z")
_MOST_BYTES = 1_500


def is_name(value: str) -> bool:
    """Whether Firestore takes `value` as a document's id."""
    return not _REFUSED.search(value) and len(value.encode()) <= _MOST_BYTES


def is_indexed(value: str) -> bool:
    """Whether an index holds all of `value`: Firestore refuses a query for a longer one
    (https://firebase.google.com/docs/firestore/quotas#indexes)."""
    return len(value.encode()) <= _MOST_BYTES


def _checked(value: str) -> str:
    if not is_name(value):
        raise ValueError("expected a document's name")
    return value


#: A document's id in what comes from outside: one that Firestore refuses is an error of its field.
Name = Annotated[str, AfterValidator(_checked)]


@cache
def _fields(path: str) -> list[str]:
    return _FIELD.findall(path)


@cache
def _collection(path: str) -> str:
    return path.split("/")[-2]


class Document(BaseModel):
    """One Firestore document. `path` names the fields that place it, and they are stored in it too,
    so that a query over a collection group can ask for the tenant."""

    model_config = ConfigDict(extra="ignore", validate_assignment=False)
    path: ClassVar[str]
    #: The field whose value tells this model's documents from another's at the same path, "" if it has none.
    discriminator: ClassVar[str] = ""
    #: The fields (lists of floats) that `Store.nearest` may search.
    vectors: ClassVar[tuple[str, ...]] = ()

    #: In a slot: what pydantic calls a private attribute, it would set up anew, in Python, for each one read.
    __slots__ = ("_version",)

    @property
    def version(self) -> Any:
        """What the store read or wrote last, None before that; only a store adapter touches it."""
        return getattr(self, "_version", None)

    @version.setter
    def version(self, version: Any) -> None:
        object.__setattr__(self, "_version", version)

    @classmethod
    def read(cls, fields: Any) -> Self | None:
        """The document with these stored fields, None if they are another model's."""
        name = cls.discriminator
        if name and fields.get(name) != cls.model_fields[name].default:
            return None
        return cls.model_validate(fields)

    @classmethod
    def keys(cls) -> list[str]:
        """The path's fields, outermost first; the last one is the document's own id."""
        return _fields(cls.path)

    @classmethod
    def collection(cls) -> str:
        """The name of the collection (group) that holds these documents."""
        return _collection(cls.path)

    @classmethod
    def locate(cls, **keys: str) -> str:
        """The path of the document with these keys. Raises ValueError for a key that is no name."""
        for name, value in keys.items():
            if not is_name(value):
                raise ValueError(f"{cls.__name__}.{name} cannot be {value[:80]!r} in a document path")
        return cls.path.format(**keys)

    @classmethod
    def parent(cls, **keys: str) -> str | None:
        """The path of the collection below these keys, or None where they do not reach down to it."""
        names = cls.keys()
        if set(names[:-1]) - set(keys):
            return None
        return cls.locate(**{name: keys.get(name, "_") for name in names}).rsplit("/", 1)[0]

    def location(self) -> str:
        """This document's path."""
        return self.locate(**{name: getattr(self, name) for name in self.keys()})
