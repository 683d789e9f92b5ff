"""Parsing of Meta's webhooks by a channel with fixed settings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.channels import Parsed, Webhook
from shared.channels.cloud_api import CloudApi, create
from shared.platform.http import Unreachable
from tests.fakes.connection import Settings, connection
from tests.fakes.http import ScriptedHttp

URL = "https://graph.example/v23.0"

SETTINGS: Settings = {
    "base_url": f"{URL}/",
    "phone_number_id": meta.NUMBER_ID,
    "business_account": meta.ACCOUNT_ID,
}

SECRETS = {"api_key": "api-secret", "app_secret": "local-secret", "verify_token": "local-secret"}

SAID = datetime(2026, 7, 24, 9, 17, 7, tzinfo=UTC)


def channel(settings: Settings = SETTINGS, secrets: dict[str, str] = SECRETS) -> CloudApi:
    return create(connection("cloud_api", settings, secrets, ScriptedHttp(Unreachable())))


def posted(body: bytes, headers: dict[str, str] | None = None) -> Webhook:
    return Webhook(method="POST", headers=headers or {}, query={}, body=body)


def parse(body: Any) -> Parsed:
    return channel().parse(posted(json.dumps(body).encode()))


def heard(body: Any) -> Any:
    parsed = parse(body)
    assert not parsed.dropped
    found: list[Any] = [*parsed.inbound, *parsed.receipts]
    assert len(found) == 1
    return found[0]


def dropped(body: Any) -> str:
    parsed = parse(body)
    assert not [*parsed.inbound, *parsed.receipts]
    (reason,) = parsed.dropped
    return reason
