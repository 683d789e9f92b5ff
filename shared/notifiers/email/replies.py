"""Replies to our mails, posted by an inbound-mail service, as staff's answers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Protocol

from shared.errors import ConfigurationError, Rejected
from shared.formats.wire import TEXT_LIMIT
from shared.models.events import StaffAnswered
from shared.models.webhook import Webhook
from shared.notifiers import Connection
from shared.notifiers.email import addresses
from shared.notifiers.email.incoming import Mail, ignored
from shared.notifiers.email.plain import from_html
from shared.notifiers.email.quotes import reply
from shared.platform import logs

_ID_LIMIT = 500
#: Most references looked at: the newest ones come last.
_REFERENCES = 50
_COMMANDS = {"#close": "close", "#take": "take", "1": "take"}


class Source(Protocol):
    """One inbound-mail service."""

    async def verify(self, webhook: Webhook) -> None:
        """Verifies the service's own signature, if it has one. Raises Rejected(401)."""
        ...

    def mail(self, webhook: Webhook) -> Mail:
        """Returns the mail in a request. Raises Rejected(400) if the body is not the service's envelope."""
        ...


class Replies:
    #: Most bytes of a request: 25 MB of mail with its attachments, which are not read, and their envelope.
    body_limit = 28 * 1024 * 1024

    def __init__(self, connection: Connection, source: Source) -> None:
        self._connection = connection
        self._source = source

    async def verify(self, webhook: Webhook) -> None:
        """Verifies the password in the address, then the service's signature.

        The password comes first, because the services' signatures stand inside the body (Mailgun), are
        optional (SendGrid) or do not exist (Postmark).
        """
        wanted = await key(self._connection, "webhook_token")
        if not hmac.compare_digest(_password(webhook.headers.get("authorization", "")), wanted.encode()):
            raise Rejected(
                401, "Authorization: expected basic authentication with the webhook_token as password"
            )
        await self._source.verify(webhook)

    def parse(self, webhook: Webhook) -> Sequence[StaffAnswered]:
        mail = self._source.mail(webhook)
        token = self._token(mail)
        reason = ignored(mail) or ("" if token else "no_request")
        if reason:
            logs.logger().warning("mail_ignored", reason=reason)
            return []
        said = reply(mail.text.strip() or from_html(mail.html))
        act, text = _act(said.encode(errors="replace").decode())
        return [
            StaffAnswered(
                tenant=self._connection.tenant,
                notifier=self._connection.name,
                id=_id(mail),
                act=act,
                token=token,
                who=mail.author,
                name=mail.name,
                text=text,
                at=self._connection.now(),
            )
        ]

    def _token(self, mail: Mail) -> str:
        """Returns the token in the envelope's recipient, else in the ids of the mails that it answers."""
        settings = self._connection.settings.settings
        host = addresses.domain(str(settings.get("reply_domain", "")))
        references = re.findall(r"<([^<>\s]+)>", mail.header("references"))[-_REFERENCES:]
        references = [*re.findall(r"<([^<>\s]+)>", mail.header("in-reply-to"))[:1], *references]
        found = [addresses.token(each) for each in mail.recipients]
        if host:
            found += [addresses.token(each, host) for each in reversed(references)]
        return next((token for token in found if token), "")


async def key(connection: Connection, name: str) -> str:
    """Returns a secret that authenticates a sender. Raises ConfigurationError if it is missing or empty."""
    value = await connection.secret(name)
    if not value:
        raise ConfigurationError(f"{connection.place}: secrets.{name} is empty")
    return value


def _password(authorization: str) -> bytes:
    """Returns the password of basic authentication (RFC 7617), b"" if there is none."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return b""


def _act(text: str) -> tuple[str, str]:
    """Returns the act and its words.

    To answer is to take, so a command to take with words after it is those words.
    """
    first, _, rest = text.partition("\n")
    command = _COMMANDS.get(first.strip().lower().rstrip("."))
    if command is None or (command == "take" and rest.strip()):
        said = text if command is None else rest
        return "say", said.strip()[:TEXT_LIMIT]
    return command, ""


def _id(mail: Mail) -> str:
    """Returns the mail's own id, the same whenever and by whichever way it comes."""
    found = mail.header("message-id").strip().strip("<>")
    if 0 < len(found) <= _ID_LIMIT:
        return found
    told = "\n".join((found, mail.author, mail.header("date"), mail.header("subject"), mail.text, mail.html))
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()
