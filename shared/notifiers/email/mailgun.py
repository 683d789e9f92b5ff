"""Mailgun's routes (https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/).

A route `forward("https://concierge:<webhook_token>@<our address>")` posts a form with the mail's headers as
JSON, or the raw mail if the address ends in `mime`. The secret `signing_key` is Mailgun's "HTTP webhook
signing key".
"""

from __future__ import annotations

import hashlib
import hmac
from email.utils import parseaddr

from shared.errors import Rejected
from shared.formats import wire
from shared.models.webhook import Webhook
from shared.notifiers import Connection
from shared.notifiers.email.forms import Form, form
from shared.notifiers.email.incoming import Mail, body, from_mime, verdict
from shared.notifiers.email.replies import key

#: Greatest distance (s) between the signature's time and ours.
_AGE_S = 300


def create(connection: Connection) -> Mailgun:
    return Mailgun(connection)


class Mailgun:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def verify(self, webhook: Webhook) -> None:
        """Verifies the signature. It covers a time and a random token, and nothing of the mail."""
        fields = form(webhook)
        timestamp, token, given = (fields.get(name, b"") for name in ("timestamp", "token", "signature"))
        secret = await key(self._connection, "signing_key")
        wanted = hmac.new(secret.encode(), timestamp + token, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), given):
            raise Rejected(401, "signature: expected the HMAC of timestamp and token under the signing_key")
        now = self._connection.now().timestamp()
        if not timestamp.isdigit() or len(timestamp) > 12 or abs(now - int(timestamp)) > _AGE_S:
            raise Rejected(401, f"timestamp: expected a time within {_AGE_S} seconds of now")

    def mail(self, webhook: Webhook) -> Mail:
        fields = form(webhook)
        if "recipient" not in fields:
            raise Rejected(400, "body: expected a form with a recipient")
        return _raw(fields) if "body-mime" in fields else _parsed(fields)


def _parsed(fields: Form) -> Mail:
    listed = wire.loads(fields.get("message-headers", b""))
    headers = [
        (str(pair[0]), str(pair[1]))
        for pair in (listed if isinstance(listed, list) else [])
        if isinstance(pair, list) and len(pair) == 2
    ]
    return _mail(
        fields, headers, _text(fields, "from"), _text(fields, "body-plain"), _text(fields, "body-html")
    )


def _raw(fields: Form) -> Mail:
    raw = from_mime(fields["body-mime"])
    headers = [(name, str(value)) for name, value in raw.items()]
    return _mail(fields, headers, str(raw.get("from", "")), body(raw, "plain"), body(raw, "html"))


def _mail(fields: Form, headers: list[tuple[str, str]], author: str, text: str, html: str) -> Mail:
    name, address = parseaddr(author)
    found = {check: [value for key, value in headers if key.lower() == check] for check in (_SPF, _DKIM)}
    return Mail(
        headers=headers,
        recipients=[_text(fields, "recipient")],
        sender=_text(fields, "sender") if "sender" in fields else None,
        author=address.lower(),
        name=name,
        text=text,
        html=html,
        spf=verdict(found[_SPF]),
        dkim=verdict(found[_DKIM]),
    )


#: Mailgun's own verdicts, among the headers if the domain's spam filter is on.
_SPF, _DKIM = "x-mailgun-spf", "x-mailgun-dkim-check-result"


def _text(fields: Form, name: str) -> str:
    return fields.get(name, b"").decode(errors="replace")
