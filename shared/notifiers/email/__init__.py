"""E-mail: a notice goes out by SMTP, and the reply to it comes in by a webhook of an inbound-mail service.

Settings: `host`, `port`, `security` (`starttls`, `tls`, or `none` on the loopback interface only), `sender`
(our address) and `sender_name`. For replies: `reply_domain` (a domain all of whose mail the service
receives), `inbound` (`mailgun`, `sendgrid` or `postmark`) and, if SendGrid signs its webhooks,
`inbound_public_key`.

Secrets: `user` and `password` for the SMTP server (neither if it asks for none); `webhook_token`, the
password of basic authentication in the address that the service posts to; `signing_key`, Mailgun's key for
webhooks.
"""

from __future__ import annotations

import importlib
from functools import cached_property

from shared.errors import ConfigurationError
from shared.notifiers import Answers, Connection, Notice, Notifier, Refused, Result
from shared.notifiers.email.addresses import address, domain
from shared.notifiers.email.smtp import Login, Server, server

_INBOUND = ("mailgun", "sendgrid", "postmark")


def create(connection: Connection) -> Notifier:
    """Creates the notifier. Raises ConfigurationError if a setting is missing or unusable."""
    return Email(connection)


def answers(connection: Connection) -> Answers | None:
    """Creates the reader of replies; returns None if the setting `inbound` names no service.

    Raises ConfigurationError if it names an unknown one.
    """
    service = connection.setting("inbound", "none")
    if service == "none":
        return None
    if service not in _INBOUND:
        raise ConfigurationError(
            f"{connection.place}: settings.inbound: expected one of {', '.join(_INBOUND)}"
        )
    from shared.notifiers.email.replies import Replies

    source = importlib.import_module(f"shared.notifiers.email.{service}").create(connection)
    return Replies(connection, source)


class Email:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._server: Server = server(connection)
        self._sender = address(connection.setting("sender"))
        if not self._sender:
            raise ConfigurationError(f"{connection.place}: settings.sender: expected an e-mail address")
        if self._reply_domain and not domain(self._reply_domain):
            raise ConfigurationError(f"{connection.place}: settings.reply_domain: expected a domain")

    @cached_property
    def _reply_domain(self) -> str:
        return str(self._connection.settings.settings.get("reply_domain", ""))

    async def notify(self, to: str, notice: Notice) -> Result:
        """Sends one mail to one recipient."""
        from shared.notifiers.email.composing import Letterhead, compose

        recipient = address(to)
        if not recipient:
            return Refused("no_address")
        name = self._connection.setting("sender_name", notice.tenant_name)
        letterhead = Letterhead(self._sender, name, self._reply_domain, self._connection.now())
        mail = compose(letterhead, recipient, notice)
        return await self._server.deliver(await self._login(), self._sender, recipient, mail)

    async def _login(self) -> Login | None:
        if not {"user", "password"} & self._connection.settings.secrets.keys():
            return None
        return Login(await self._connection.secret("user"), await self._connection.secret("password"))
