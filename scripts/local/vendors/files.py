"""The files that people send and get, as a gateway stores them: the newest ones, in the same database."""

from __future__ import annotations

import mimetypes
import secrets
import sqlite3
from dataclasses import dataclass

#: Maximum number of files, and maximum size of one (bytes).
KEPT = 200
LIMIT = 16 * 1024 * 1024
#: File endings of phones' recordings that Python's table lacks or spells otherwise than gateways.
_ENDINGS = {"audio/ogg": "oga", "image/jpeg": "jpg", "audio/webm": "weba", "video/mp4": "mp4"}


@dataclass(frozen=True)
class StoredFile:
    """A stored file. `id` cannot be guessed; `filename` is the sender's, "" if there is none."""

    id: str
    mimetype: str
    filename: str
    data: bytes

    @property
    def ending(self) -> str:
        plain = self.mimetype.partition(";")[0]
        return _ENDINGS.get(plain) or (mimetypes.guess_extension(plain) or ".bin")[1:]

    @property
    def name(self) -> str:
        """The file's name in a gateway's address."""
        return f"{self.id}.{self.ending}"


class Files:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, mimetype: str, filename: str, data: bytes) -> StoredFile:
        file = StoredFile(secrets.token_hex(16), mimetype, filename, data)
        with self._db:
            cursor = self._db.execute(
                "INSERT INTO files (id, mimetype, filename, data) VALUES (?, ?, ?, ?)",
                (file.id, mimetype, filename, data),
            )
            self._db.execute("DELETE FROM files WHERE seq <= ?", ((cursor.lastrowid or 0) - KEPT,))
        return file

    def get(self, name: str) -> StoredFile | None:
        """Returns a file by its id or by its name in an address, or None."""
        row = self._db.execute(
            "SELECT id, mimetype, filename, data FROM files WHERE id = ?", (name.partition(".")[0],)
        ).fetchone()
        return StoredFile(**dict(row)) if row else None
