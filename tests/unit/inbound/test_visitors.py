"""The web chat over the function's own app: limits on posts, visitors and tokens, readable refusals."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from functions_framework.aio import create_asgi_app

from scripts.yaml_file import ROOT
from shared.inbound import visitors
from shared.models.tenant import Channel
from shared.platform.clock import RandomIds
from tests.fakes.http import ScriptedHttp
from tests.parts import install
from tests.world import RealChannels, World

PAGE = "https://hotel.example"
WEBCHAT = "/parish/webchat"
GUEST = "203.0.113.7"


@pytest.fixture
async def page(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on the parish's page, which calls the served function. The channel `waha` has no page."""
    world.rebuild(RealChannels(world), ids=RandomIds(), http=ScriptedHttp(OSError()))
    keys = {"signing_key": "parish-signing-key", "hmac_key": "parish-signing-key"}
    for kind, settings in (
        ("webchat", {"allowed_origins": [PAGE]}),
        ("waha", {"base_url": "https://waha.example", "session": "default"}),
    ):
        given: Any = {"tenant": "parish", "channel": kind, "kind": kind, "settings": settings}
        await world.store.put(Channel.model_validate(given | {"secrets": keys}))
    monkeypatch.setenv("SECRET_PARISH_SIGNING_KEY", "local-secret")
    install(monkeypatch, world.ports, world.parts.directory)
    app = create_asgi_app("webhook", str(ROOT / "functions" / "webhook" / "main.py"))  # type: ignore[no-untyped-call]
    transport = httpx.ASGITransport(app, client=(GUEST, 50_000))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://webhook", headers={"Origin": PAGE}
    ) as client:
        yield client


async def visit(page: httpx.AsyncClient, forwarded: str = "") -> httpx.Response:
    return await page.post(f"{WEBCHAT}/visitor", headers={"X-Forwarded-For": forwarded} if forwarded else {})


async def token(page: httpx.AsyncClient) -> str:
    return str((await visit(page)).json()["token"])


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def said(text: str = "Bonjour", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "text": text} | more


# Limits on posts.


async def test_a_visitor_posts_32_kib_at_most(page: httpx.AsyncClient) -> None:
    mine = bearing(await token(page))
    largest = json.dumps(said("é" * 4_000)).encode().ljust(32 * 1024)
    assert (await page.post(WEBCHAT, content=largest, headers=mine)).status_code == 200
    refused = await page.post(WEBCHAT, content=largest + b" ", headers=mine)
    assert refused.status_code == 413
    assert (await page.post(f"{WEBCHAT}/visitor", content=b" " * 33_000)).status_code == 413


async def test_a_stranger_is_told_no_before_much_is_read(page: httpx.AsyncClient) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(64):
            read += 16 * 1024
            yield b" " * 16 * 1024

    assert (await page.post(WEBCHAT, content=body())).status_code == 413
    assert (await page.post("/parish/nothing", content=b" " * 900_000)).status_code == 404


async def test_a_gateway_may_still_post_much(page: httpx.AsyncClient) -> None:
    assert (await page.post("/parish/waha", content=b" " * 900_000)).status_code == 401
    assert (await page.post("/parish/waha", content=b" " * 1_100_000)).status_code == 413


# Limits on visitors.


async def test_one_address_gets_only_so_many_visitors(page: httpx.AsyncClient, world: World) -> None:
    for _ in range(visitors.PER_ADDRESS.burst):
        assert (await visit(page)).status_code == 200
    refused = await visit(page)
    assert refused.status_code == 429
    assert refused.json()["error"].startswith("Beaucoup de personnes nous écrivent en ce moment.")
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= visitors.PER_ADDRESS.every.total_seconds()
    assert (await visit(page, "198.51.100.9")).status_code == 200
    world.clock.pass_(wait)
    assert (await visit(page)).status_code == 200


async def test_an_address_is_the_one_that_the_platform_saw(page: httpx.AsyncClient) -> None:
    """Entries that a client adds to X-Forwarded-For itself come before it."""
    for number in range(visitors.PER_ADDRESS.burst):
        assert (await visit(page, f"192.0.2.{number}, 198.51.100.9")).status_code == 200
    assert (await visit(page, "192.0.2.250, 198.51.100.9")).status_code == 429
    assert (await visit(page, "198.51.100.9,192.0.2.250")).status_code == 200


async def test_behind_our_load_balancer_its_own_header_has_the_address(
    page: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last address of X-Forwarded-For is the balancer's own there: all visitors would count as one."""
    monkeypatch.setattr(visitors, "_header", visitors._header)
    visitors.configure("x-client-address")

    async def come(*told: str) -> int:
        headers = [
            ("X-Forwarded-For", "192.0.2.1, 203.0.113.250"),
            *(("X-Client-Address", each) for each in told),
        ]
        return (await page.post(f"{WEBCHAT}/visitor", headers=headers)).status_code

    for number in range(visitors.PER_ADDRESS.burst):
        assert await come(f"192.0.2.{number}", "198.51.100.9") == 200, "a claim of the client counts"
    assert await come("192.0.2.250,198.51.100.9") == 429
    assert await come("198.51.100.10") == 200


async def test_without_a_load_balancer_its_header_is_a_claim(page: httpx.AsyncClient) -> None:
    for number in range(visitors.PER_ADDRESS.burst):
        assert (
            await page.post(f"{WEBCHAT}/visitor", headers={"X-Client-Address": f"192.0.2.{number}"})
        ).is_success
    refused = await page.post(f"{WEBCHAT}/visitor", headers={"X-Client-Address": "192.0.2.250"})
    assert refused.status_code == 429


async def test_a_network_of_ipv6_is_one_address(page: httpx.AsyncClient) -> None:
    for number in range(visitors.PER_ADDRESS.burst):
        assert (await visit(page, f"2001:db8:0:1::{number:x}")).status_code == 200
    assert (await visit(page, "2001:db8:0:1:ffff::1")).status_code == 429
    assert (await visit(page, "2001:db8:0:2::1")).status_code == 200


async def test_what_is_no_address_is_one_address(page: httpx.AsyncClient) -> None:
    found = [await visit(page, f"nonsense{n}") for n in range(visitors.PER_ADDRESS.burst + 1)]
    assert [each.status_code for each in found].count(429) == 1


async def test_a_channel_gets_only_so_many_visitors_from_everywhere(
    page: httpx.AsyncClient, world: World, lines: list[dict[str, Any]]
) -> None:
    addresses = (f"10.{n >> 8}.{n & 255}.1" for n in range(100_000))
    for _ in range(visitors.PER_CHANNEL.burst):
        assert (await visit(page, next(addresses))).status_code == 200
    assert (await visit(page, next(addresses))).status_code == 429
    assert [line["cap"] for line in lines if line["event"] == "visitor_refused"] == ["channel"]
    other = Channel(
        tenant="parish", channel="kiosk", kind="webchat", secrets={"signing_key": "parish-signing-key"}
    )
    await world.store.put(other)
    assert (await page.post("/parish/kiosk/visitor")).status_code == 200
    world.clock.pass_(visitors.PER_CHANNEL.every.total_seconds())
    assert (await visit(page, next(addresses))).status_code == 200


def test_what_is_remembered_has_an_end_and_names_no_address(world: World) -> None:
    counted = visitors.Visitors(world.clock, RandomIds())
    for number in range(visitors.ADDRESSES + 500):
        counted.wait("parish/webchat", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        world.clock.pass_(visitors.PER_CHANNEL.every.total_seconds())
    kept = repr(vars(counted))
    assert kept.count("datetime.datetime(") <= visitors.ADDRESSES + 1
    assert "10.0." not in kept


# Life of a token.


async def test_a_token_is_good_for_30_days(page: httpx.AsyncClient, world: World) -> None:
    mine = bearing(await token(page))
    world.clock.pass_(timedelta(days=30).total_seconds() - 1)
    assert (await page.post(WEBCHAT, json=said(), headers=mine)).status_code == 200
    world.clock.pass_(2)
    for refused in (
        await page.post(WEBCHAT, json=said(), headers=mine),
        await page.get(WEBCHAT, headers=mine),
    ):
        assert refused.status_code == 401
        assert "expired" in refused.json()["error"]
        assert "/visitor" in refused.json()["error"]


async def test_who_comes_back_in_time_gets_a_new_token(page: httpx.AsyncClient, world: World) -> None:
    first = await token(page)
    assert "token" not in (await page.get(WEBCHAT, headers=bearing(first))).json()
    world.clock.pass_(timedelta(days=16).total_seconds())
    second = (await page.get(WEBCHAT, headers=bearing(first))).json()["token"]
    assert second.split(".")[0] == first.split(".")[0]
    world.clock.pass_(timedelta(days=20).total_seconds())
    assert (await page.get(WEBCHAT, headers=bearing(first))).status_code == 401
    assert (await page.get(WEBCHAT, headers=bearing(second))).status_code == 200


async def test_nobody_lengthens_a_tokens_life(page: httpx.AsyncClient) -> None:
    visitor, until, signature = (await token(page)).split(".")
    for forged in (
        f"{visitor}.{int(until) + 1}.{signature}",
        f"{visitor}.{signature}",
        f"{visitor}.9{until}.{signature}",
    ):
        refused = await page.get(WEBCHAT, headers=bearing(forged))
        assert refused.status_code == 401
        assert "expired" not in refused.json()["error"]


# Answers that a browser can read.


async def test_a_browser_can_read_each_refusal(page: httpx.AsyncClient) -> None:
    mine = bearing(await token(page))
    for _ in range(visitors.PER_ADDRESS.burst):
        await visit(page)
    refusals = {
        400: await page.post(WEBCHAT, json={}, headers=mine),
        401: await page.post(WEBCHAT, json=said()),
        405: await page.post(f"{WEBCHAT}/nothing", json={}),
        413: await page.post(WEBCHAT, content=b" " * 40_000, headers=mine),
        429: await visit(page),
    }
    for status, refused in refusals.items():
        assert refused.status_code == status
        assert refused.headers["Access-Control-Allow-Origin"] == PAGE
        assert "Retry-After" in refused.headers["Access-Control-Expose-Headers"]
        assert refused.json()["error"]


async def test_a_browser_can_read_that_we_are_ill(page: httpx.AsyncClient, world: World) -> None:
    mine = bearing(await token(page))
    world.bus.broken = True
    refused = await page.post(WEBCHAT, json=said(), headers=mine)
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (503, PAGE)


@pytest.mark.parametrize("path", [WEBCHAT, "/parish/waha", "/parish/nothing", "/nobody/webchat", "/parish"])
async def test_a_stranger_s_page_can_read_none(page: httpx.AsyncClient, path: str) -> None:
    refused = await page.post(path, json={}, headers={"Origin": "https://evil.example"})
    assert refused.status_code in (401, 404)
    assert "Access-Control-Allow-Origin" not in refused.headers
