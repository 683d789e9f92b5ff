"""Requests of the three inbound-mail services with one mail, signed as each signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.errors import ConfigurationError
from shared.models.events import StaffAnswered
from shared.models.staff import NotifierEntry
from shared.models.webhook import Webhook
from shared.notifiers import Answers, Connection
from shared.tenants import plugins
from tests.fakes.connection import NOW
from tests.fakes.http import ScriptedHttp, answer

CONTRACTS = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "notifiers"
TOKEN, SIGNING_KEY = "webhook-secret", "mailgun-signing-key"
REQUEST = "k3v9x2m7q4"
TO = f"reply+{REQUEST}@in.hotel.example"
FROM = "Dana Staff <Agent1@hotel.example>"
SERVICES = ("mailgun", "sendgrid", "postmark")
Headers = Sequence[tuple[str, str]]
HEADERS: Headers = [("From", FROM), ("Subject", "Re: Hotel"), ("Message-ID", "<abc-1@mail.hotel.example>")]


def sample(name: str) -> bytes:
    if not CONTRACTS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    return (CONTRACTS / name).read_bytes()


def reader(service: str, secrets: dict[str, str] | None = None, **settings: str) -> Answers:
    """Returns the reader of replies for this service."""
    held = {"webhook_token": TOKEN, "signing_key": SIGNING_KEY} if secrets is None else secrets

    async def secret(name: str) -> str:
        if name not in held:
            raise ConfigurationError(f"secrets.{name} is missing")
        return held[name]

    all_settings: dict[str, str | int | bool] = {
        "inbound": service,
        "reply_domain": "in.hotel.example",
        **settings,
    }
    entry = NotifierEntry(kind="email", settings=all_settings)
    http = ScriptedHttp(answer(500))
    answers = plugins.answers("email", Connection("hotel", "desk", entry, secret, http, lambda: NOW))
    assert answers
    return answers


def basic(password: str = TOKEN, user: str = "concierge") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def webhook(body: bytes, content_type: str, **headers: str) -> Webhook:
    given = {"content-type": content_type, "authorization": basic()}
    return Webhook(
        "POST", given | {name.replace("_", "-"): value for name, value in headers.items()}, {}, body
    )


def posted(
    service: str,
    text: str = "Yes, until noon.",
    *,
    html: str = "",
    headers: Headers = HEADERS,
    to: str = TO,
    sender: str = "agent1@hotel.example",
) -> Webhook:
    """Returns the service's request for a mail."""
    match service:
        case "mailgun":
            fields = {"recipient": to, "sender": sender, "from": dict(headers)["From"], **signed()}
            fields |= {"message-headers": json.dumps([list(pair) for pair in headers])}
            fields |= {"body-plain": text, "body-html": html}
            return webhook(urlencode(fields).encode(), "application/x-www-form-urlencoded")
        case "sendgrid":
            lines = "\n".join(f"{name}: {value}" for name, value in headers)
            fields = {"headers": lines, "from": dict(headers)["From"], "text": text, "html": html}
            fields |= {"envelope": json.dumps({"to": [to], "from": sender}), "charsets": '{"text": "UTF-8"}'}
            return webhook(*multipart(fields))
    listed = [{"Name": name, "Value": value} for name, value in [*headers, ("Return-Path", f"<{sender}>")]]
    author = {"Email": "Agent1@hotel.example", "Name": "Dana Staff"}
    told: dict[str, Any] = {"FromFull": author, "OriginalRecipient": to, "Headers": listed}
    return webhook(json.dumps(told | {"TextBody": text, "HtmlBody": html}).encode(), "application/json")


def signed(at: int = int(NOW.timestamp()), key: str = SIGNING_KEY) -> dict[str, str]:
    """Returns Mailgun's fields for its signature."""
    signature = hmac.new(key.encode(), f"{at}token".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": str(at), "token": "token", "signature": signature}


def multipart(fields: dict[str, str], file: bytes = b"") -> tuple[bytes, str]:
    """Returns a body and its content type."""
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()
    ]
    encoded = [part.encode() for part in parts]
    if file:
        named = b'Content-Disposition: form-data; name="attachment1"; filename="a.jpg"\r\n'
        encoded.insert(0, named + b"Content-Type: image/jpeg\r\n\r\n" + file)
    body = b"".join(b"--xYzZY\r\n" + part + b"\r\n" for part in encoded) + b"--xYzZY--\r\n"
    return body, "multipart/form-data; boundary=xYzZY"


async def read(service: str, *args: Any, **more: Any) -> list[StaffAnswered]:
    """Verifies and parses a request for a mail."""
    request, answers = posted(service, *args, **more), reader(service)
    await answers.verify(request)
    return list(answers.parse(request))
