"""The local run's files, checked before startup: each problem is one line with its remedy."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from shared.errors import ConfigurationError

#: Required free space; startup writes less: the demo tenants and SQLite's write-ahead logs.
_ROOM_BYTES = 16 * 1024 * 1024
_OTHER_FOLDER = "expected a folder to write to; LOCAL_FOLDER=… sets another"
_REMEDIES = {
    sqlite3.SQLITE_BUSY: "end the process that uses it",
    sqlite3.SQLITE_FULL: "make room on the disk",
}
_START_OVER = "to start over, move it away together with its -wal and -shm files"


def folder(path: Path) -> None:
    """Makes the folder. Raises ConfigurationError if it cannot be written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(bytes(_ROOM_BYTES))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror} ({_OTHER_FOLDER})") from None


def database(path: Path, open_: Callable[[Path], object]) -> None:
    """Checks the file, if it exists, and opens it with `open_`. Raises ConfigurationError if it is damaged,
    in use or another program's."""
    try:
        if path.exists():
            _check_pages(path)
        open_(path)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise ConfigurationError(f"{path}: {error} ({_REMEDIES.get(code, _START_OVER)})") from None


def delete(path: Path) -> None:
    """Deletes the file and SQLite's files beside it. Raises ConfigurationError if it cannot be deleted."""
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        try:
            each.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{each}: {error.strerror} (move it away)") from None


def _check_pages(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError("its pages are damaged")
