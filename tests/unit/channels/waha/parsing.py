"""Parsing of WAHA's events by a channel with fixed settings."""

from __future__ import annotations

import json
from typing import Any

from scripts.local.vendors.waha import webhooks as waha
from shared.channels import Parsed, Webhook
from shared.channels.waha import Waha, create
from shared.platform.http import Unreachable
from tests.fakes.connection import Settings, connection
from tests.fakes.http import ScriptedHttp

SETTINGS: Settings = {"base_url": "https://waha.example/", "session": "default"}

SECRETS = {"api_key": "api-secret", "hmac_key": "local-secret"}

PHONE, LID = "whatsapp:+221770000001", "whatsapp:lid-100000000000001"


def channel(settings: Settings = SETTINGS, secrets: dict[str, str] = SECRETS) -> Waha:
    return create(connection("waha", settings, secrets, ScriptedHttp(Unreachable())))


def posted(body: bytes, headers: dict[str, str] | None = None) -> Webhook:
    return Webhook(method="POST", headers=headers or {}, query={}, body=body)


def parse(kind: str, payload: Any, **envelope: Any) -> Parsed:
    body = waha.event(kind, {}) | {"payload": payload} | envelope
    return channel().parse(posted(json.dumps(body).encode()))


def heard(kind: str, payload: Any, **envelope: Any) -> Any:
    parsed = parse(kind, payload, **envelope)
    assert not parsed.dropped
    assert len(parsed.inbound) + len(parsed.receipts) == 1
    return (parsed.inbound or parsed.receipts)[0]


def dropped(kind: str, payload: Any, **envelope: Any) -> str:
    parsed = parse(kind, payload, **envelope)
    assert not parsed.inbound
    assert not parsed.receipts
    return parsed.dropped[0]
