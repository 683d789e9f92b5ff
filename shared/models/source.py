"""Sources of a tenant's knowledge (pages, files, folders, tables), and the pieces that are read from them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import BaseModel, Field

from shared.models.document import Document
from shared.models.staff import Language, Slug, Strict
from shared.models.tenant import Embedded

#: Hours between two readings, by kind; a kind that is not named here is read hourly.
EVERY_HOURS = {"page": 24, "file": 24}
#: The most sources of a tenant that are read.
SOURCES = 200
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class SourceSettings(Strict):
    """A source as people declare it. `kind` is the name of a file in shared/sources; `title` is shown to
    people as the source of an answer; `secrets` maps roles to names in the secret store."""

    kind: Slug
    title: str = Field("", max_length=200)
    #: The language of texts that are too short to tell; the tenant's first one by default.
    language: Language | None = None
    every_hours: int | None = Field(None, ge=1, le=720)
    settings: dict[str, str | int | bool | list[str]] = {}
    secrets: dict[str, str] = {}


class StoredFile(BaseModel):
    """A file that we keep for a source: its name, the name of its blob, and a digest of its bytes."""

    name: str
    blob: str
    digest: str


class SourceItem(BaseModel):
    """One page, file or table of a source, as it was read last.

    `mark` tells a changed version from this one; `why` says why the newest version could not be read, ""
    if it was. `embedder` names the embedder of all its pieces' vectors, "" if some have none.
    """

    id: str
    name: str
    mark: str = ""
    #: Of its bytes: a server may give the same ones another mark.
    digest: str = ""
    pieces: int = 0
    embedder: str = ""
    why: str = ""
    #: Whether its pieces are searched in the store (Source.in_store).
    in_store: bool = False


class Claim(BaseModel):
    """The right to refresh a source, until a time; writes of a refresh that lost it fail."""

    by: str
    until: datetime


class Source(Document):
    """One source of a tenant's knowledge, with its state; `why` says in a sentence how it is."""

    path: ClassVar[str] = "tenants/{tenant}/sources/{source}"
    tenant: Slug
    source: Slug
    kind: Slug
    title: str = ""
    language: Language | None = None
    every_hours: int | None = None
    settings: dict[str, str | int | bool | list[str]] = {}
    secrets: dict[str, str] = {}
    #: The files of the kind `file`, in the blobs.
    files: list[StoredFile] = []
    #: Whether it stands in the tenant's file; others were added by a command.
    declared: bool = False
    #: Its pieces are to be deleted, and then the source.
    dropped: bool = False

    why: str = "Not read yet."
    working: bool = True
    due_at: datetime = _LONG_AGO
    checked_at: datetime | None = None
    changed_at: datetime | None = None
    failures: int = 0
    #: A place in the vendor's log of changes (shared/sources).
    cursor: str = ""
    items: list[SourceItem] = []
    pieces: int = 0
    #: Changes with the pieces, so that readers know when to read them again.
    revision: int = 0
    #: Whether its pieces are searched by the store's own vector index: too many for an instance's memory.
    in_store: bool = False
    claim: Claim | None = None

    def declare(self, settings: SourceSettings, files: list[StoredFile]) -> None:
        """Takes over settings; a change of them makes the source due and forgets what is known of items."""
        declared = {name: getattr(settings, name) for name in SourceSettings.model_fields}
        declared |= {"files": files, "dropped": False}
        if any(getattr(self, name) != value for name, value in declared.items()):
            for name, value in declared.items():
                setattr(self, name, value)
            self.due_at, self.cursor = _LONG_AGO, ""
            self.items = [item.model_copy(update={"mark": ""}) for item in self.items]

    def keep(self, item: SourceItem) -> None:
        """Keeps the state of an item, in the place of an earlier one."""
        self.items = [*(each for each in self.items if each.id != item.id), item]
        self.pieces = sum(each.pieces for each in self.items)

    def forget(self, item: str) -> None:
        """Forgets an item."""
        self.items = [each for each in self.items if each.id != item]
        self.pieces = sum(each.pieces for each in self.items)

    def drop(self) -> None:
        """Marks the source for deletion by the next refresh."""
        self.dropped, self.due_at, self.why = True, _LONG_AGO, "No longer declared: its pieces are deleted."

    @property
    def hours(self) -> int:
        """Hours between two readings."""
        return self.every_hours or EVERY_HOURS.get(self.kind, 1)


class SourcePiece(Document):
    """A few sentences or rows of a source, with their place in it.

    Its id is a digest of source, item, title, page and text (knowledge/cutting.py). `title` is the path of
    titles, `A › B`; `topic` the last of them or the text's beginning; `page` is None without pages.
    """

    path: ClassVar[str] = "tenants/{tenant}/pieces/{piece}"
    vectors: ClassVar[tuple[str, ...]] = ("vector",)
    tenant: Slug
    piece: str
    source: Slug
    item: str
    title: str
    topic: str
    page: int | None = None
    text: str
    language: Language
    #: Digest of title and text, which make the vector.
    digest: str
    #: The vector, eight bits a number; `of` is the embedder's name.
    embedded: Embedded | None = None
    #: The same vector for `Store.nearest`, only while the source is searched in the store.
    vector: list[float] | None = None

    @property
    def origin(self) -> str:
        """Returns the source of an answer as people read it."""
        return self.title if self.page is None else f"{self.title}, p. {self.page}"
