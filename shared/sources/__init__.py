"""The port to sources of knowledge: one file per kind in this folder, registered by its name.

A file defines `create(connection) -> Fetcher` and `TERMS`. It lists a source's items (pages, files, tables)
and loads those that changed; it neither reads nor stores them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.errors import ConfigurationError
from shared.models.setting import Setting
from shared.models.source import Source
from shared.platform.blobs import Blobs
from shared.platform.http import Http

#: Most items of a source.
ITEMS = 500


class Broken(Exception):
    """A source or an item that cannot be had now. The text is a sentence for the operator: the reason and
    the remedy. `after` is the wait in seconds that the vendor asked for, else None."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


@dataclass(frozen=True)
class Terms:
    """The settings and the roles of secrets that a kind has. All its secrets have to be there."""

    settings: Mapping[str, Setting]
    secrets: Sequence[str] = ()


@dataclass(frozen=True)
class Content:
    """The bytes of an item. `media_type` is "" if the item's name tells its format."""

    data: bytes
    media_type: str = ""


@dataclass(frozen=True)
class Item:
    """One page, file or table. `mark` changes with its content. `load` raises Broken, `Oversized`."""

    id: str
    name: str
    mark: str
    load: Callable[[], Awaitable[Content]]


class Oversized(Exception):
    """An item of more bytes than are read; `size` of them, or None if it was cut off there."""

    def __init__(self, size: int | None = None) -> None:
        super().__init__(size)
        self.size = size


@dataclass(frozen=True)
class Known:
    """The marks of the items as they were read last, by id, and the cursor of the last listing, "" to list
    all of them."""

    marks: Mapping[str, str]
    cursor: str = ""


@dataclass(frozen=True)
class Listing:
    """All items of a source, and the place in the vendor's log of changes; `items` is None if none of them
    changed."""

    items: Sequence[Item] | None
    cursor: str = ""


@dataclass(frozen=True)
class Connection:
    """A source with its settings, its secrets by the file's own names, HTTP, blobs and the time.

    A secret is read with `await connection.secret("token")`, which raises ConfigurationError if it has no
    name. `limit` is the most bytes of an item.
    """

    source: Source
    secret: Callable[[str], Awaitable[str]]
    http: Http
    blobs: Blobs
    now: Callable[[], datetime]
    limit: int

    def setting(self, name: str, default: str = "") -> str:
        """Returns a setting as text. Raises ConfigurationError if it is missing and has no default."""
        value = self.source.settings.get(name, default)
        if value == "":
            raise ConfigurationError(f"{self.source.location()}: settings.{name} is missing")
        return str(value)


class Fetcher(Protocol):
    async def look(self, known: Known, /) -> Listing:
        """Returns the items of the source. Raises Broken, ConfigurationError."""
        ...
