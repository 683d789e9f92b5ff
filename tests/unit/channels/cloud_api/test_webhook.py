"""Meta's verification request and events, over the function's own app."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from functions_framework.aio import create_asgi_app

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.models.tenant import Channel
from shared.platform import logs
from shared.platform.store.sqlite import SqliteStore
from shared.wiring import process

MAIN = Path(__file__).resolve().parents[4] / "functions" / "webhook" / "main.py"
CHANNELS = {
    "cloud_api": Channel(
        tenant="hotel",
        channel="cloud_api",
        kind="cloud_api",
        settings={"base_url": "https://graph.example/v23.0", "phone_number_id": meta.NUMBER_ID},
        secrets={"app_secret": "hotel-app-secret", "verify_token": "hotel-verify-token"},
    ),
    "waha": Channel(
        tenant="hotel",
        channel="waha",
        kind="waha",
        settings={"base_url": "https://waha.example", "session": "default"},
    ),
}
CHECK = {"hub.mode": "subscribe", "hub.verify_token": "local-secret", "hub.challenge": "1158201444"}


@pytest.fixture
async def webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The served function `webhook`, with two channels of the tenant `hotel`."""
    store = SqliteStore(tmp_path / "store.db")
    for channel in CHANNELS.values():
        await store.put(channel)
    monkeypatch.setenv("CONCIERGE_STORE", f"sqlite:{tmp_path / 'store.db'}")
    monkeypatch.setenv("CONCIERGE_BUS", f"sqlite:{tmp_path / 'bus.db'}")
    monkeypatch.setenv("CONCIERGE_SECRETS", "environment")
    monkeypatch.setenv("SECRET_HOTEL_APP_SECRET", "local-secret")
    monkeypatch.setenv("SECRET_HOTEL_VERIFY_TOKEN", "local-secret")
    process.surroundings.cache_clear()
    process.parts.cache_clear()
    app = create_asgi_app("webhook", str(MAIN))  # type: ignore[no-untyped-call]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://webhook") as client:
        yield client
    process.surroundings.cache_clear()
    process.parts.cache_clear()
    logs.configure("info", lambda _: None)


async def test_the_check_of_the_address_is_read_back(webhook: httpx.AsyncClient) -> None:
    answer = await webhook.get("/hotel/cloud_api", params=CHECK)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_others_are_refused(webhook: httpx.AsyncClient) -> None:
    for query in ({}, {"hub.mode": "subscribe"}, CHECK | {"hub.verify_token": "guess"}):
        answer = await webhook.get("/hotel/cloud_api", params=query)
        assert answer.status_code == 403
        assert "1158201444" not in answer.text
    for path in ("/hotel/waha", "/hotel/nothing", "/nobody/cloud_api"):
        assert (await webhook.get(path, params=CHECK)).status_code == 404


async def test_events_are_published_and_named_drops_counted(webhook: httpx.AsyncClient) -> None:
    body = json.dumps(meta.received(meta.text(), meta.unsupported())).encode()
    answer = await webhook.post("/hotel/cloud_api", content=body, headers=meta.signed(body))
    assert answer.status_code == 200
    assert answer.json() == {"published": 1, "dropped": ["unknown_kind:unsupported"]}


async def test_what_meta_did_not_sign_is_401(webhook: httpx.AsyncClient) -> None:
    body = json.dumps(meta.EVENTS["text"]).encode()
    for headers in ({}, meta.signed(body, "guess")):
        assert (await webhook.post("/hotel/cloud_api", content=body, headers=headers)).status_code == 401
