"""The run's mail server: accepts every mail by SMTP and keeps it for `GET /_sim/mail`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

#: Maximum number of mails kept.
LIMIT = 10_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, tenant TEXT NOT NULL, "from" TEXT NOT NULL, "to" TEXT NOT NULL,
    reply_to TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL
);
"""


class MailServer:
    """An SMTP server on the loopback interface, without TLS. `port` is the port that it serves on.

    `db` is a connection as database.connect opens it. Any user and password are accepted. A mail's tenant is
    the first word of its sender's domain, `hotel` for `concierge@hotel.example`.
    """

    def __init__(self, db: sqlite3.Connection, now: Callable[[], datetime], *, port: int = 0) -> None:
        self._db = db
        self._now = now
        self._server: asyncio.Server | None = None
        self.port = port
        db.executescript(_SCHEMA)

    async def start(self) -> None:
        """Starts serving. Raises OSError if the port is taken."""
        loop = asyncio.get_running_loop()

        def session() -> SMTP:
            return SMTP(
                self,
                hostname="localhost",
                loop=loop,
                auth_require_tls=False,
                authenticator=lambda *_: AuthResult(success=True),
            )

        self._server = await loop.create_server(session, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Returns the mails after `seq`, oldest first."""
        rows = self._db.execute("SELECT * FROM mails WHERE seq > ? ORDER BY seq", (seq,))
        return [dict(row) for row in rows]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        """Keeps a mail: the name and the arguments are aiosmtpd's."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content, policy=default)
        sender = envelope.mail_from or ""
        cursor = self._db.execute(
            'INSERT INTO mails (at, tenant, "from", "to", reply_to, subject, text, html)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._now().isoformat(),
                sender.rpartition("@")[2].partition(".")[0],
                sender,
                ", ".join(envelope.rcpt_tos),
                parseaddr(str(mail.get("reply-to", "")))[1],
                str(mail.get("subject", "")),
                _body(mail, "plain"),
                _body(mail, "html"),
            ),
        )
        self._db.execute("DELETE FROM mails WHERE seq <= ?", ((cursor.lastrowid or 0) - LIMIT,))
        self._db.commit()
        return f"250 2.0.0 Ok: queued as {cursor.lastrowid}"


def _body(mail: EmailMessage, subtype: Literal["plain", "html"]) -> str:
    part = mail.get_body(preferencelist=(subtype,))
    return str(part.get_content()) if part else ""
