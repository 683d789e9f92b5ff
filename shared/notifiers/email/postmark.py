"""Postmark's inbound webhook (https://postmarkapp.com/developer/webhooks/inbound-webhook).

Its address is `https://concierge:<webhook_token>@<our address>`; Postmark signs nothing. `MessageID` is its
own id: the mail's is among the headers.
"""

from __future__ import annotations

import re

from pydantic import Field

from shared.formats import wire
from shared.models.webhook import Webhook
from shared.notifiers import Connection
from shared.notifiers.email.incoming import Mail, Verdict, verdict


def create(connection: Connection) -> Postmark:  # noqa: ARG001
    return Postmark()


class Postmark:
    async def verify(self, webhook: Webhook) -> None:
        """Does nothing: the password in the address is all there is."""

    def mail(self, webhook: Webhook) -> Mail:
        # At full length: an HTML page begins with its styles.
        told = wire.read(_Inbound, wire.as_it_stands(webhook.body))
        headers = [(header.name, header.value) for header in told.headers]
        recipients = [told.recipient]
        if told.mailbox_hash:
            recipients.append(f"reply+{told.mailbox_hash}@postmark")
        sender = next((value for name, value in headers if name.lower() == "return-path"), None)
        spam_tests = {
            test for name, value in headers if name.lower() == "x-spam-tests" for test in value.split(",")
        }
        return Mail(
            headers=headers,
            recipients=recipients,
            sender=sender,
            author=told.author.email.strip().lower(),
            name=told.author.name,
            text=told.text,
            html=told.html,
            spf=_spf(headers, spam_tests),
            dkim="pass" if "DKIM_VALID" in {test.strip() for test in spam_tests} else "",
        )


def _spf(headers: list[tuple[str, str]], spam_tests: set[str]) -> Verdict:
    received = [value for name, value in headers if name.lower() == "received-spf"]
    tests = [match[1] for test in spam_tests if (match := re.fullmatch(r"SPF_(\w+)", test.strip()))]
    return verdict([*received, *tests])


class _Header(wire.Wire):
    name: str = Field("", alias="Name")
    value: str = Field("", alias="Value")


class _Author(wire.Wire):
    email: str = Field("", alias="Email")
    name: str = Field("", alias="Name")


class _Inbound(wire.Wire):
    author: _Author = Field(alias="FromFull")
    recipient: str = Field("", alias="OriginalRecipient")
    mailbox_hash: str = Field("", alias="MailboxHash")
    text: str = Field("", alias="TextBody")
    html: str = Field("", alias="HtmlBody")
    headers: list[_Header] = Field([], alias="Headers", max_length=1_000)
