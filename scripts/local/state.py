"""The local run's files, looked at before anything starts: one that cannot be used is one line that says what
to do."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from shared.errors import ConfigurationError

#: What a start writes is less: the demo tenants, and SQLite's write-ahead logs before they are folded in.
_ROOM_BYTES = 16 * 1024 * 1024
_OTHER_FOLDER = "expected a folder to write to; LOCAL_FOLDER=… chooses another"
_WAYS_OUT = {
    sqlite3.SQLITE_BUSY: "end the process that uses it",
    sqlite3.SQLITE_FULL: "make room on the disk",
}
_BEGIN_ANEW = "move it away, with the -wal and -shm beside it, to begin anew"


def folder(path: Path) -> None:
    """Makes the folder. Raises ConfigurationError if it cannot be written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(bytes(_ROOM_BYTES))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror} ({_OTHER_FOLDER})") from None


def database(path: Path, open_: Callable[[Path], object]) -> None:
    """Looks through the file, if there is one, and opens it as its owner does. Raises ConfigurationError
    if it is damaged, in use or another program's."""
    try:
        if path.exists():
            _look_through(path)
        open_(path)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise ConfigurationError(f"{path}: {error} ({_WAYS_OUT.get(code, _BEGIN_ANEW)})") from None


def forget(path: Path) -> None:
    """Deletes the file and what SQLite keeps beside it. Raises ConfigurationError if it stays."""
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        try:
            each.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{each}: {error.strerror} (move it away)") from None


def _look_through(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError("its pages are damaged")
