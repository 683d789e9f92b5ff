"""Submission of one mail to one recipient by SMTP (RFC 5321), over verified TLS (RFC 3207, RFC 8314)."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, cast

from shared.errors import ConfigurationError
from shared.notifiers import Connection, Later, Refused, Result, Told, Unclear

if TYPE_CHECKING:
    from aiosmtplib import SMTP

Security = Literal["starttls", "tls", "none"]
Stage = Literal["connection", "login", "sender", "recipient", "content"]
#: Time (s) for everything from the connection to the server's last answer.
DEADLINE_S = 19.0
#: Time (s) for the goodbye, after which the connection is closed all the same.
_QUIT_S = 0.5
_REFERENCE_LIMIT = 200
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Refusals of our account: no credentials given, or not these (RFC 4954, 4 and 6).
_CREDENTIALS = (530, 534, 535, 538)


@dataclass(frozen=True)
class Login:
    user: str
    password: str


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    security: Security

    async def deliver(self, login: Login | None, sender: str, to: str, mail: bytes) -> Result:
        """Hands one mail over. Every wait ends within DEADLINE_S and the goodbye."""
        from aiosmtplib import SMTP, SMTPException

        client = SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.security == "tls",
            start_tls=False,  # _Session.open does it, and tells a server without it from one that fails
            tls_context=None if self.security == "none" else trusted(),
            timeout=DEADLINE_S,
            local_hostname=sender.rpartition("@")[2],
        )
        session = _Session(client)
        try:
            async with asyncio.timeout(DEADLINE_S):
                await session.open(self.security == "starttls", login)
                accepted = await session.send(sender, to, mail)
            await session.quit()
        except _Impossible as error:
            return Refused(str(error))
        except (SMTPException, OSError) as error:  # OSError: a time-out, TLS, the network
            return _failed(error, session.stage)
        finally:
            client.close()
        return Told(" ".join(accepted.split())[:_REFERENCE_LIMIT])


def server(connection: Connection) -> Server:
    """Returns the server of the settings. Raises ConfigurationError if they are missing or unusable."""
    host, port = connection.setting("host"), connection.setting("port")
    security = connection.setting("security", "starttls")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigurationError(f"{connection.place}: settings.port: expected a number from 1 to 65535")
    if security not in ("starttls", "tls", "none"):
        raise ConfigurationError(f"{connection.place}: settings.security: expected starttls, tls or none")
    if security == "none" and host not in _LOOPBACK:
        raise ConfigurationError(f"{connection.place}: settings.security: none is for the loopback interface")
    return Server(host, int(port), cast(Security, security))


@cache
def trusted() -> ssl.SSLContext:
    """Returns the TLS context that verifies certificate and host name; it takes 50 ms to make."""
    return ssl.create_default_context()


class _Impossible(Exception):
    """A server that cannot do what we insist on. The message is the reason of the refusal."""


class _Session:
    """One session; `stage` is the part of it that failed, if it fails."""

    def __init__(self, client: SMTP) -> None:
        self._client = client
        self.stage: Stage = "connection"

    async def open(self, starttls: bool, login: Login | None) -> None:
        """Connects and logs in. Never goes on in clear if the server does not offer STARTTLS."""
        await self._client.connect()
        await self._client.ehlo()
        if starttls:
            if not self._client.supports_extension("starttls"):
                raise _Impossible("starttls_not_offered")
            await self._client.starttls()
            await self._client.ehlo()
        if login:
            self.stage = "login"
            await self._authenticate(login)

    async def _authenticate(self, login: Login) -> None:
        """Tries one mechanism, once: a server may lock the account after a few wrong passwords."""
        offered = self._client.server_auth_methods
        if "plain" in offered:
            await self._client.auth_plain(login.user, login.password)
        elif "login" in offered:
            await self._client.auth_login(login.user, login.password)
        else:
            raise _Impossible("login_not_offered")

    async def send(self, sender: str, to: str, mail: bytes) -> str:
        """Returns the words with which the server accepts the mail: they name its place in the queue."""
        self.stage = "sender"
        size = [f"size={len(mail)}"] if self._client.supports_extension("size") else []
        await self._client.mail(sender, options=size)
        self.stage = "recipient"
        await self._client.rcpt(to)
        self.stage = "content"
        return (await self._client.data(mail)).message

    async def quit(self) -> None:
        """Says goodbye. The mail is handed over, so a failure here changes nothing."""
        from aiosmtplib import SMTPException

        try:
            await self._client.quit(timeout=_QUIT_S)
        except SMTPException:
            return


def _failed(error: Exception, stage: Stage) -> Result:
    from aiosmtplib import SMTPResponseException

    if isinstance(error, SMTPResponseException) and 400 <= error.code < 600:
        return _answered(error.code, stage)
    if stage == "content":  # the server may have taken it
        return Unclear("unanswered")
    causes = (error, error.__cause__)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Refused("certificate")
    return Later("unreachable")


def _answered(code: int, stage: Stage) -> Result:
    """Returns the meaning of a server's refusal: its first digit decides (RFC 5321, 4.2.1)."""
    if code in _CREDENTIALS or (stage == "login" and code >= 500):
        return Refused("credentials")
    # Old servers say 552 for too many recipients (RFC 5321, 4.5.3.1.10).
    if code < 500 or (stage == "recipient" and code == 552):
        return Later(f"smtp_{code}")
    return Refused(f"smtp_{code}")
