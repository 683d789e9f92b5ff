"""Documents for the store's contract suite: every kind of field, nested two levels, in two tenants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import BaseModel

from shared.models.document import Document

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Loan(BaseModel):
    reader: str
    until: datetime


class Book(Document):
    path: ClassVar[str] = "tenants/{tenant}/shelves/{shelf}/books/{book}"
    vectors: ClassVar[tuple[str, ...]] = ("meaning",)
    tenant: str
    shelf: str
    book: str
    title: str = ""
    colour: Colour = Colour.RED
    pages: int = 0
    price: float = 0.0
    open: bool = False
    due_at: datetime | None = None
    tags: list[str] = []
    loan: Loan | None = None
    history: list[Loan] = []
    attributes: dict[str, str] = {}
    meaning: list[float] | None = None


class Magazine(Document):
    """A document in the collection of the books, distinguished by its `form`."""

    path: ClassVar[str] = "tenants/{tenant}/shelves/{shelf}/books/{book}"
    discriminator: ClassVar[str] = "form"
    tenant: str
    shelf: str
    book: str
    form: Literal["magazine"] = "magazine"
    issue: int


class Map(Document):
    path: ClassVar[str] = "tenants/{tenant}/shelves/{shelf}/books/{book}"
    discriminator: ClassVar[str] = "form"
    tenant: str
    shelf: str
    book: str
    form: Literal["map"] = "map"
    scale: str


def book(name: str, *, tenant: str = "a", shelf: str = "s", **fields: Any) -> Book:
    return Book(tenant=tenant, shelf=shelf, book=name, **fields)


def keys(name: str, *, tenant: str = "a") -> dict[str, str]:
    return {"tenant": tenant, "shelf": "s", "book": name}


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def names(books: list[Book]) -> list[str]:
    return [each.book for each in books]
