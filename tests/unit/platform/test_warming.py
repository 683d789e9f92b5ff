"""Warm-ups over the functions' own apps: when the webhook sends them, and how the others handle them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from functions_framework.aio import create_asgi_app

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.errors import Retry
from shared.models.events import Warm
from shared.models.tenant import Channel
from shared.platform import logs, warming
from shared.platform.bus import envelope
from shared.platform.bus.sqlite import Queue, Subscription
from shared.platform.clock import RandomIds
from shared.tenants import plugins
from shared.wiring import process
from tests.parts import install
from tests.world import World

ROOT = Path(__file__).resolve().parents[3]
META = Channel(
    tenant="parish",
    channel="cloud_api",
    kind="cloud_api",
    settings={"base_url": "https://graph.example/v23.0", "phone_number_id": meta.NUMBER_ID},
    secrets={"app_secret": "parish-app-secret", "api_key": "parish-api-key"},
)
WEBCHAT = Channel(
    tenant="parish", channel="webchat", kind="webchat", secrets={"signing_key": "parish-signing-key"}
)
Serve = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def serve(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """Serves functions on the world's ports, each in the state of a new process; warm-ups are on."""
    for channel in (META, WEBCHAT):
        await world.store.put(channel)
    for name in ("APP_SECRET", "API_KEY", "SIGNING_KEY"):
        monkeypatch.setenv(f"SECRET_PARISH_{name}", "local-secret")
    warming.configure(on=True)

    def start(name: str) -> httpx.AsyncClient:
        install(monkeypatch, replace(world.ports, ids=RandomIds()), world.directory(plugins))
        app = create_asgi_app(name, str(ROOT / "functions" / name / "main.py"))  # type: ignore[no-untyped-call]
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://function")

    yield start
    warming.configure(on=False)
    process.parts.cache_clear()


async def say(webhook: httpx.AsyncClient, number: int = 1) -> httpx.Response:
    """Posts a person's message, signed as Meta signs it."""
    body = json.dumps(meta.received(meta.text(key=f"wamid.{number}"))).encode()
    return await webhook.post("/parish/cloud_api", content=body, headers=meta.signed(body))


def published(world: World) -> list[str]:
    """Returns topics and kinds of the events published since the last call, in order."""
    events, world.bus.waiting = world.bus.waiting, []
    return [f"{event.topic} {json.loads(event.data)['kind']}" for event in events]


WARM_UP = ["inbound warm", "receipts warm"]


# --- the webhook


async def test_a_new_process_sends_one_warm_up_ahead_of_its_first_message(serve: Serve, world: World) -> None:
    webhook = serve("webhook")
    assert (await say(webhook)).json()["published"] == 1
    assert published(world) == [*WARM_UP, "inbound message"]
    await say(webhook, 2)
    assert published(world) == ["inbound message"]


async def test_a_warm_up_names_the_address_and_no_person(serve: Serve, world: World) -> None:
    await say(serve("webhook"))
    told = [json.loads(event.data) for event in world.bus.waiting[:2]]
    assert told == [{"kind": "warm", "tenant": "parish", "channel": "cloud_api"}] * 2


async def test_an_idle_instance_sends_another_and_a_busy_one_does_not(serve: Serve, world: World) -> None:
    webhook = serve("webhook")
    await say(webhook)
    for number in range(2, 6):  # each message within the idle time of the one before
        world.clock.pass_(warming.IDLE.total_seconds() - 1)
        await say(webhook, number)
    assert published(world).count("inbound warm") == 1
    world.clock.pass_(warming.IDLE.total_seconds())
    await say(webhook, 6)
    assert published(world) == [*WARM_UP, "inbound message"]


async def test_off_means_none(serve: Serve, world: World) -> None:
    webhook = serve("webhook")
    warming.configure(on=False)
    await say(webhook)
    assert published(world) == ["inbound message"]


async def test_a_visitor_who_opens_the_page_is_ahead_of_the_first_message(serve: Serve, world: World) -> None:
    assert (await serve("webhook").post("/parish/webchat/visitor")).status_code == 200
    assert published(world) == WARM_UP


@pytest.mark.parametrize(
    ("path", "status"), [("/parish/cloud_api", 401), ("/parish/none", 404), ("/nobody/waha", 404)]
)
async def test_garbage_causes_one_warm_up_per_idle_time_at_most(
    serve: Serve, world: World, path: str, status: int
) -> None:
    webhook = serve("webhook")
    for _ in range(20):
        assert (await webhook.post(path, content=b"{}")).status_code == status
        world.clock.pass_(warming.IDLE.total_seconds() / 10)
    assert published(world) == WARM_UP * 2


@pytest.mark.parametrize("path", ["/Par ish/waha", "/parish/" + "x" * 900, "/-/-", "/a", "/"])
async def test_an_address_that_nothing_is_called_causes_none(serve: Serve, world: World, path: str) -> None:
    webhook = serve("webhook")
    assert (await webhook.post(path, content=b"{}")).status_code == 404
    assert published(world) == []
    await say(webhook)
    assert published(world) == [*WARM_UP, "inbound message"]


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "DELETE"])
async def test_only_a_post_may_bring_a_message(serve: Serve, world: World, method: str) -> None:
    await serve("webhook").request(method, "/parish/cloud_api")
    assert published(world) == []


@pytest.mark.parametrize("error", [Retry("bus_unreachable"), RuntimeError("bug")])
async def test_a_warm_up_that_fails_is_a_line_and_the_message_goes_on(
    serve: Serve, world: World, monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]], error: Exception
) -> None:
    publish = world.bus.publish

    async def failing(topic: str, data: bytes, **more: Any) -> str:
        if json.loads(data)["kind"] == "warm":
            raise error
        return await publish(topic, data, **more)

    monkeypatch.setattr(world.bus, "publish", failing)
    assert (await say(serve("webhook"))).status_code == 200
    assert published(world) == ["inbound message"]
    assert [line["event"] for line in lines].count("wake_ahead_failed") == 2


async def test_a_bus_that_is_down_refuses_the_message_only(serve: Serve, world: World) -> None:
    webhook = serve("webhook")
    world.bus.broken = True
    assert (await say(webhook)).status_code == 503
    world.bus.broken = False
    assert (await say(webhook)).status_code == 200
    assert published(world) == ["inbound message"]


async def test_a_bus_that_hangs_delays_the_first_answer_within_bounds(
    serve: Serve, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "_HEAD_START_S", 0.01)
    monkeypatch.setattr(warming, "_DEADLINE_S", 0.05)
    publish = world.bus.publish

    async def hanging(topic: str, data: bytes, **more: Any) -> str:
        if json.loads(data)["kind"] == "warm":
            await asyncio.Event().wait()
        return await publish(topic, data, **more)

    monkeypatch.setattr(world.bus, "publish", hanging)
    assert (await say(serve("webhook"))).status_code == 200
    assert published(world) == ["inbound message"]


# --- the other functions

WARMED = [("reply", "inbound"), ("deliver", "receipts")]


async def push(function: httpx.AsyncClient, topic: str, channel: str = "cloud_api") -> httpx.Response:
    body = envelope.build(
        Warm(tenant="parish", channel=channel).model_dump_json().encode(),
        attributes={"tenant": "parish", "kind": "warm"},
        message_id="1",
        published_at=datetime.now(UTC),
        ordering_key="",
        attempt=1,
        subscription="projects/p/subscriptions/s",
    )
    return await function.post(f"/{topic}", content=body)


@pytest.mark.parametrize(("name", "topic"), WARMED)
async def test_a_warm_up_reads_ahead_and_touches_nothing_else(
    serve: Serve, world: World, lines: list[dict[str, Any]], name: str, topic: str
) -> None:
    """It reads the channel; `reply` also the tenant, whose models it may have to prepare for."""
    function = serve(name)
    for _ in range(2):  # a warm-up may be repeated
        assert (await push(function, topic)).status_code == 204
    handled = [line for line in lines if line["event"] == "handled"]
    assert [line["reads"] for line in handled] == [2 if name == "reply" else 1, 0]
    assert [line["wrote"] + line["published"] for line in handled] == [[], []]
    assert await world.inbound() == []


@pytest.mark.parametrize(("name", "topic"), WARMED)
async def test_a_warm_up_for_no_channel_is_acknowledged(serve: Serve, name: str, topic: str) -> None:
    assert (await push(serve(name), topic, "none")).status_code == 204


@pytest.mark.parametrize(("name", "topic"), WARMED)
async def test_a_warm_up_that_cannot_load_is_acknowledged_with_a_line(
    serve: Serve,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    lines: list[dict[str, Any]],
    name: str,
    topic: str,
) -> None:
    async def failing(*_: object, **__: object) -> None:
        raise Retry("store_unreachable")

    monkeypatch.setattr(world.store, "get", failing)
    assert (await push(serve(name), topic)).status_code == 204
    assert "warm_up_failed" in [line["event"] for line in lines]


async def test_deliver_asks_for_the_key_that_sending_needs(
    serve: Serve, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def get(name: str) -> str:
        asked.append(name)
        return "local-secret"

    monkeypatch.setattr(world.ports.secrets, "get", get)
    await push(serve("deliver"), "receipts")
    assert asked == ["parish-api-key"]


# --- the setting


@pytest.mark.parametrize(("setting", "expected"), [("on", WARM_UP), ("off", []), (None, [])])
async def test_the_environment_switches_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str | None, expected: list[str]
) -> None:
    environment = {"STORE": f"sqlite:{tmp_path}/store.db", "BUS": f"sqlite:{tmp_path}/bus.db"}
    environment |= {"SECRETS": "environment"} | ({"WAKE_AHEAD": setting} if setting else {})
    for name, value in environment.items():
        monkeypatch.setenv(f"CONCIERGE_{name}", value)
    process.surroundings.cache_clear()
    process.parts.cache_clear()
    app = create_asgi_app("webhook", str(ROOT / "functions" / "webhook" / "main.py"))  # type: ignore[no-untyped-call]
    Queue(tmp_path / "bus.db").declare([Subscription(t, t, "", False, 1, 1, 1, 5) for t in warming.TOPICS])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://function") as webhook:
        assert (await webhook.post("/parish/waha", content=b"{}")).status_code == 404
    warming.configure(on=False)
    process.surroundings.cache_clear()
    process.parts.cache_clear()
    logs.configure("info", lambda _: None)
    rows = sqlite3.connect(tmp_path / "bus.db").execute("SELECT topic, data FROM messages ORDER BY id")
    assert [f"{topic} {json.loads(data)['kind']}" for topic, data in rows] == expected
