"""Files of a knowledge source on this machine: a file, or a folder with its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from shared.errors import ConfigurationError
from shared.formats.files import Unreadable
from shared.knowledge.reading import format_of, size_problem
from shared.sources import ITEMS

#: Longest name of a file within its folder; it is part of documents and of queries.
_NAME = 500


@dataclass
class Collected:
    """The bytes of files by name, and by name the rest of a sentence for each that is refused."""

    files: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def collect(place: Path) -> Collected:
    """Reads a file, or those in a folder and below it, without hidden ones.

    A file that is too large is refused by its size, without being read. Raises ConfigurationError if there is
    no such place, or if the folder has too many files.
    """
    if not place.exists():
        raise ConfigurationError(f"{place.name!r} does not exist (expected a file or a folder)")
    root = place if place.is_dir() else place.parent
    paths = [place]
    if place.is_dir():
        found = (path for path in sorted(place.rglob("*")) if path.is_file())
        visible = (path for path in found if not _is_hidden(path.relative_to(root)))
        paths = list(islice(visible, ITEMS + 1))
    if len(paths) > ITEMS:
        raise ConfigurationError(f"{place.name!r} has more than {ITEMS} files (expected fewer: split it)")
    collected = Collected()
    for path in paths:
        _collect(collected, path, path.relative_to(root).as_posix())
    return collected


def _collect(collected: Collected, path: Path, name: str) -> None:
    try:
        if len(name.encode()) > _NAME:
            raise Unreadable(f"has a name of more than {_NAME} bytes: give it a shorter one")
        format_of(name)
        if problem := size_problem(path.stat().st_size):
            raise Unreadable(problem)
        collected.files[name] = path.read_bytes()
    except Unreadable as refused:
        collected.refused[name] = str(refused)
    except OSError as error:
        collected.refused[name] = f"cannot be opened ({error.strerror}): look at its rights"


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
