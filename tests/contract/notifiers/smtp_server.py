"""A real SMTP server on a socket: STARTTLS or TLS, authentication, and every way to fail."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "concierge", "fictional-password"


@dataclass
class Mailbox:
    """The server's behaviour, and the mails that it took.

    `at_recipient` and `at_content` are its answers there. After the mail's content, `drop` closes the
    connection and `hang` says nothing.
    """

    at_recipient: str = "250 OK"
    at_content: str = "250 2.0.0 Ok: queued as 4F7A"
    drop: bool = False
    hang: bool = False
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    size_limit: int = 1_000_000
    port: int = 0
    logins: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        assert session.ssl or self.implicit_tls or self.tls is None
        if self.hang:
            await asyncio.sleep(60)
        if self.drop:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if self.at_content.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            self.recipients += envelope.rcpt_tos
        return self.at_content

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.logins += 1
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def serving(box: Mailbox) -> AsyncIterator[Mailbox]:
    """Serves the mailbox on a free port of the loopback interface."""
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            box,
            hostname="localhost",
            loop=loop,
            tls_context=None if box.implicit_tls else box.tls,
            require_starttls=box.tls is not None and not box.implicit_tls,
            auth_required=True,
            auth_require_tls=box.tls is not None and not box.implicit_tls,
            authenticator=box.authenticate,
            data_size_limit=box.size_limit,
        )

    listening = await loop.create_server(session, "127.0.0.1", 0, ssl=box.tls if box.implicit_tls else None)
    box.port = listening.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        listening.close()
