"""Parsing of Green API's webhooks by a channel with fixed settings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from shared.channels import Parsed, Webhook
from shared.channels.green_api import GreenApi, create
from shared.platform.http import Unreachable
from tests.fakes.connection import Settings, connection
from tests.fakes.http import ScriptedHttp

SETTINGS: Settings = {"base_url": "https://7103.api.green-api.example/", "instance": "7103000000"}

SECRETS = {"api_key": "api-secret", "webhook_token": "local-secret"}

PHONE, LID = "whatsapp:+221770000001", "whatsapp:lid-100000000000001"

SENT_AT = datetime(2026, 7, 24, 9, 17, 7, tzinfo=UTC)


def channel(settings: Settings = SETTINGS, secrets: dict[str, str] = SECRETS) -> GreenApi:
    return create(connection("green_api", settings, secrets, ScriptedHttp(Unreachable())))


def posted(body: bytes, headers: dict[str, str] | None = None) -> Webhook:
    return Webhook(method="POST", headers=headers or {}, query={}, body=body)


def parse(event: Any) -> Parsed:
    return channel().parse(posted(json.dumps(event).encode()))


def heard(event: Any) -> Any:
    parsed = parse(event)
    assert not parsed.dropped
    assert len(parsed.inbound) + len(parsed.receipts) == 1
    return (parsed.inbound or parsed.receipts)[0]


def dropped(event: Any) -> str:
    parsed = parse(event)
    assert not parsed.inbound
    assert not parsed.receipts
    return parsed.dropped[0]
