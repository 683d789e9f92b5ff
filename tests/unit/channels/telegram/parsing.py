"""Parsing of Telegram's updates by a channel with fixed settings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from scripts.local.vendors.telegram import webhooks as telegram
from shared.channels import Parsed, Webhook
from shared.channels.telegram import Telegram, create
from shared.models.people import Address
from shared.platform.http import Unreachable
from tests.fakes.connection import Settings, connection
from tests.fakes.http import ScriptedHttp

SETTINGS: Settings = {"base_url": "https://telegram.example/"}

SECRETS = {"api_key": "7100000001:api-secret", "secret_token": "local-secret"}

AWA = Address(chat="700000001", identities=["telegram:700000001"], name="Awa Diop")

AT = datetime(2026, 7, 24, 9, 17, 7, tzinfo=UTC)


def channel(settings: Settings = SETTINGS, secrets: dict[str, str] = SECRETS) -> Telegram:
    return create(connection("telegram", settings, secrets, ScriptedHttp(Unreachable())))


def posted(body: bytes, headers: dict[str, str] | None = None) -> Webhook:
    return Webhook(method="POST", headers=headers or {}, query={}, body=body)


def parse(kind: str, event: Any, number: int = 500_001) -> Parsed:
    return channel().parse(posted(json.dumps(telegram.update(kind, event, number)).encode()))


def heard(kind: str, event: Any, number: int = 500_001) -> Any:
    parsed = parse(kind, event, number)
    assert not parsed.dropped
    (found,) = parsed.inbound
    return found


def dropped(kind: str, event: Any) -> str:
    parsed = parse(kind, event)
    assert not parsed.inbound
    assert not parsed.receipts
    (reason,) = parsed.dropped
    return reason
