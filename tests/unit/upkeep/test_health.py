"""Health over HTTP: the public answer, the detailed answer for the token's bearer, and the cost of both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from functions_framework.aio import create_asgi_app

from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError, Retry
from shared.models.answers import Answers
from shared.models.tenant import Channel, Health, Tenant
from shared.platform import logs
from shared.platform.settings import Settings
from shared.tenants import plugins
from shared.tenants.directory import Directory
from shared.upkeep import health as upkeep
from shared.upkeep.pausing import Pausing
from shared.wiring.ports import Ports, connect
from tests.parts import install
from tests.world import ManualClock

TOKEN = "only-operators-know"
VITAL = {"store", "bus", "secrets"}


class Asked:
    """The served function, its ports, and a bus that counts calls of `reach` and can fail or pause."""

    def __init__(self, ports: Ports, http: httpx.AsyncClient) -> None:
        self.ports, self.http = ports, http
        self.times = 0
        self.failure: Exception | None = None
        self.pause = 0.0

    async def reach(self) -> None:
        self.times += 1
        await asyncio.sleep(self.pause)
        if self.failure:
            raise self.failure

    async def ask(self, token: str = "") -> httpx.Response:
        return await self.http.get("/", headers={"Authorization": f"Bearer {token}"} if token else {})

    async def checks(self) -> dict[str, dict[str, Any]]:
        """Returns the detailed checks by dependency."""
        return {check["name"]: check for check in (await self.ask(TOKEN)).json()["checks"]}

    def later(self) -> None:
        clock = self.ports.clock
        assert isinstance(clock, ManualClock)
        clock.time += upkeep.KEEP


@pytest.fixture
async def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asked]:
    store, bus = f"sqlite:{tmp_path / 'store.db'}", f"sqlite:{tmp_path / 'bus.db'}"
    settings = Settings(store, bus, "environment", blobs=f"folder:{tmp_path / 'media'}")
    ports = replace(connect(settings), clock=ManualClock())
    directory = Directory(ports.store, ports.secrets, ports.http, ports.clock, plugins)
    install(monkeypatch, ports, directory)
    monkeypatch.setenv("SECRET_HEALTH_TOKEN", TOKEN)
    logs.configure("info", lambda _: None)
    app = create_asgi_app("health", str(ROOT / "functions" / "health" / "main.py"))  # type: ignore[no-untyped-call]
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://health", timeout=20) as http:
        asked = Asked(ports, http)
        monkeypatch.setattr(ports.bus, "reach", asked.reach)
        await ports.store.put(Tenant(tenant="inn", name="The inn", languages=["fr"]))
        yield asked


async def test_all_is_well_and_nobody_is_told_more(asked: Asked) -> None:
    answer = await asked.ask()
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


async def test_who_has_the_token_sees_each_dependency_with_its_latency(asked: Asked) -> None:
    asked.pause = 0.02
    checks = await asked.checks()
    assert {*VITAL, "work", "files"} == set(checks)
    assert all(check["state"] == "ok" for check in checks.values())
    assert checks["bus"]["ms"] >= 20


@pytest.mark.parametrize("token", ["wrong", TOKEN + "x", TOKEN[:-1], "é"])
async def test_a_wrong_token_is_told_what_anybody_is(asked: Asked, token: str) -> None:
    headers = httpx.Headers({"Authorization": f"Bearer {token}"}, encoding="latin-1")
    answer = await asked.http.get("/", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_without_a_token_in_force_nobody_is_let_in(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_HEALTH_TOKEN")
    for token in (TOKEN, "None", ""):
        answer = await asked.ask(token)
        assert (answer.status_code, answer.json()) == (200, {"status": "degraded"})


async def test_a_token_that_is_not_there_is_not_looked_for_with_every_guess(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = 0

    async def get(_: str) -> str:
        nonlocal looked
        looked += 1
        raise ConfigurationError("secret health-token: no value")

    monkeypatch.setattr(asked.ports.secrets, "get", get)
    for guess in range(20):
        assert (await asked.ask(f"guess-{guess}")).json() == {"status": "degraded"}
    assert looked == 1


async def test_what_is_down_is_503_and_named_for_those_who_may_know(asked: Asked) -> None:
    asked.failure = Retry("bus: ServiceUnavailable")
    answer = await asked.ask()
    assert (answer.status_code, answer.json()) == (503, {"status": "down"})
    bus = (await asked.checks())["bus"]
    assert (bus["state"], bus["why"]) == ("down", "bus: ServiceUnavailable")


async def test_a_bug_of_a_dependency_is_named_without_its_words(asked: Asked) -> None:
    asked.failure = RuntimeError("somebody's words")
    answer = await asked.ask(TOKEN)
    assert answer.status_code == 503
    assert "RuntimeError" in answer.text
    assert "words" not in answer.text


async def test_what_answers_but_not_as_needed_is_degraded(asked: Asked) -> None:
    asked.failure = ConfigurationError("bus: there is no topic")
    answer = await asked.ask()
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded"})


async def test_who_does_not_answer_is_not_waited_for(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "DEADLINE", 0.05)
    asked.pause = 30
    began = time.monotonic()
    bus = (await asked.checks())["bus"]
    assert time.monotonic() - began < 5
    assert (bus["state"], bus["why"]) == ("down", "no answer within 0.05 s")


async def test_however_many_ask_a_dependency_is_asked_once(asked: Asked) -> None:
    asked.pause = 0.05
    answers = await asyncio.gather(*(asked.ask() for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    await asked.ask(TOKEN)
    assert asked.times == 1
    asked.later()
    await asked.ask()
    assert asked.times == 2


async def test_a_failure_is_kept_as_long_and_then_forgotten(asked: Asked) -> None:
    asked.failure = Retry("bus: out of reach")
    assert (await asked.ask()).status_code == 503
    asked.failure = None
    assert (await asked.ask()).status_code == 503
    asked.later()
    assert (await asked.ask()).status_code == 200


@pytest.mark.parametrize(("working", "state"), [(True, "ok"), (False, "degraded"), (None, "ok")])
async def test_a_channel_is_as_it_was_last_heard_of(asked: Asked, working: bool | None, state: str) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC) - timedelta(hours=1)
    health = None if working is None else Health(status="SCAN_QR_CODE", working=working, at=at)
    await asked.ports.store.put(Channel(tenant="inn", channel="waha", kind="waha", health=health))
    check = (await asked.checks())["channel inn/waha"]
    assert (check["state"], check["ms"]) == (state, None)
    assert (await asked.ask()).json() == {"status": state}


async def test_a_provider_that_is_chosen_is_asked(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key and Vertex AI it cannot answer: it is down, but the offline provider answers."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    answers = Answers(provider="gemini", secrets={"api_key": "inn-gemini"})
    await asked.ports.store.put(Tenant(tenant="inn", name="The inn", languages=["fr"], answers=answers))
    check = (await asked.checks())["provider gemini of inn"]
    assert check["state"] == "down"
    assert "inn-gemini" in check["why"]
    assert (await asked.ask()).json() == {"status": "degraded"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/details"), ("POST", "/"), ("DELETE", "/")])
async def test_nothing_else_is_there(asked: Asked, method: str, path: str) -> None:
    assert (await asked.http.request(method, path)).status_code == 404
    assert asked.times == 0


async def test_a_paused_deployment_is_degraded_and_says_since_when(asked: Asked) -> None:
    assert (await asked.checks())["work"]["state"] == "ok"
    await Pausing(asked.ports.store, asked.ports.clock).pause("moving")
    asked.later()
    check = (await asked.checks())["work"]
    assert (check["state"], check["why"]) == ("degraded", "paused since 2026-11-20T10:00:00+00:00")
    assert (await asked.ask()).status_code == 200
