"""Files that people send and are sent, as a gateway keeps them: the newest ones, in the same database."""

from __future__ import annotations

import mimetypes
import secrets
import sqlite3
from dataclasses import dataclass

#: How many are kept, and how large one may be.
KEPT = 200
LIMIT = 16 * 1024 * 1024
#: What phones record; Python's table has no ending for it, or another one than gateways use.
_ENDINGS = {"audio/ogg": "oga", "image/jpeg": "jpg", "audio/webm": "weba", "video/mp4": "mp4"}


@dataclass(frozen=True)
class StoredFile:
    """`id` cannot be guessed; `filename` is the sender's, "" where there is none."""

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
        """Its name in a gateway's address."""
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
        """By its id, or its name in an address."""
        row = self._db.execute(
            "SELECT id, mimetype, filename, data FROM files WHERE id = ?", (name.partition(".")[0],)
        ).fetchone()
        return StoredFile(**dict(row)) if row else None
