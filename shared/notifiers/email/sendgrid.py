"""SendGrid's Inbound Parse (https://www.twilio.com/docs/sendgrid/for-developers/parsing-email).

Its address is `https://concierge:<webhook_token>@<our address>`. A security policy may also sign its
requests; then the setting `inbound_public_key` has the policy's public key, and every request has to be
signed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from email.parser import HeaderParser
from email.policy import default
from email.utils import parseaddr

from shared.errors import ConfigurationError, Rejected
from shared.formats import wire
from shared.models.webhook import Webhook
from shared.notifiers import Connection
from shared.notifiers.email.forms import Form, form
from shared.notifiers.email.incoming import Mail, body, decoded, from_mime, verdict

#: Greatest distance (s) between the signature's time and ours.
_AGE_S = 300
_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


def create(connection: Connection) -> SendGrid:
    """Raises ConfigurationError if `inbound_public_key` is not a public key."""
    return SendGrid(connection)


class SendGrid:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._key = str(connection.settings.settings.get("inbound_public_key", ""))

    async def verify(self, webhook: Webhook) -> None:
        """Verifies the ECDSA signature over time and raw body, if a public key is set."""
        if not self._key:
            return
        timestamp = webhook.headers.get(_TIMESTAMP, "")
        if not self._signed(webhook.headers.get(_SIGNATURE, ""), timestamp.encode() + webhook.body):
            raise Rejected(401, f"{_SIGNATURE}: expected a signature of timestamp and body")
        now = self._connection.now().timestamp()
        if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > _AGE_S:
            raise Rejected(401, f"{_TIMESTAMP}: expected a time within {_AGE_S} seconds of now")

    def _signed(self, signature: str, signed: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        try:
            public = load_der_public_key(base64.b64decode(self._key))
        except ValueError:
            public = None
        if not isinstance(public, ec.EllipticCurvePublicKey):
            place = self._connection.place
            raise ConfigurationError(f"{place}: settings.inbound_public_key: expected SendGrid's public key")
        try:
            public.verify(base64.b64decode(signature, validate=True), signed, ec.ECDSA(SHA256()))
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def mail(self, webhook: Webhook) -> Mail:
        fields = form(webhook)
        envelope = wire.loads(fields.get("envelope", b""))
        if not isinstance(envelope, dict):
            raise Rejected(400, "body: expected a form with an envelope")
        recipients = envelope.get("to")
        sender = envelope.get("from")
        author, headers, text, html = _raw(fields["email"]) if "email" in fields else _parsed(fields)
        name, address = parseaddr(author)
        return Mail(
            headers=headers,
            recipients=[str(each) for each in recipients] if isinstance(recipients, list) else [],
            sender=sender if isinstance(sender, str) else None,
            author=address.lower(),
            name=name,
            text=text,
            html=html,
            spf=verdict([_ascii(fields, "SPF")]),
            # Not JSON: `{@example.com : pass}`, one pair for each signature.
            dkim="pass" if re.search(r":\s*pass\b", _ascii(fields, "dkim").lower()) else "",
        )


_Content = tuple[str, list[tuple[str, str]], str, str]


def _parsed(fields: Form) -> _Content:
    """Returns author, headers, text and HTML. Each field has a charset of its own, named in `charsets`."""
    named = _charsets(fields)

    def text(name: str) -> str:
        return decoded(fields.get(name, b""), named.get(name, "utf-8"))

    parsed = HeaderParser(policy=default).parsestr(_ascii(fields, "headers"))
    return text("from"), [(name, str(value)) for name, value in parsed.items()], text("text"), text("html")


def _raw(mail: bytes) -> _Content:
    raw = from_mime(mail)
    headers = [(name, str(value)) for name, value in raw.items()]
    return str(raw.get("from", "")), headers, body(raw, "plain"), body(raw, "html")


def _charsets(fields: Form) -> dict[str, str]:
    try:
        named = json.loads(fields.get("charsets", b"{}"))
    except ValueError:
        return {}
    return (
        {name: value for name, value in named.items() if isinstance(value, str)}
        if isinstance(named, dict)
        else {}
    )


def _ascii(fields: Form, name: str) -> str:
    return fields.get(name, b"").decode(errors="replace")
