"""The operator's and the pairing function on one origin, for tests of pairing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from functions_framework.aio import create_asgi_app
from starlette.applications import Starlette
from starlette.routing import Mount

from scripts.yaml_file import ROOT
from shared.models.tenant import Channel, Tenant
from shared.platform import logs
from shared.platform.settings import Settings
from shared.tenants import plugins
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports, connect
from tests.fakes.served import served
from tests.fakes.vendor import Vendor
from tests.parts import install
from tests.world import ManualClock


@dataclass
class Deployment:
    """The two functions on one origin, in front of two tenants' gateways; the test moves the time."""

    origin: str
    ports: Ports
    clock: ManualClock
    gateways: dict[str, Vendor]
    lines: list[dict[str, Any]]
    http: httpx.AsyncClient

    async def invited(self, tenant: str = "hotel", channel: str = "waha") -> str:
        """Returns the token of a link that an operator requested."""
        answer = await self.http.post(f"/gateways/{tenant}/{channel}/pair")
        assert answer.status_code == 200, answer.text
        page, _, token = answer.json()["link"].partition("#")
        assert page == f"{self.origin}/pairing/"
        return str(token)

    async def state(self, token: str) -> httpx.Response:
        return await self.http.get("/pairing/state", headers={"Authorization": f"Bearer {token}"})

    async def again(self, token: str) -> httpx.Response:
        return await self.http.post("/pairing/restart", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
async def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    functions = Starlette(
        routes=[
            Mount(f"/{name}", create_asgi_app(name, str(ROOT / "functions" / name / "main.py")))  # type: ignore[no-untyped-call]
            for name in ("gateways", "pairing")
        ]
    )
    gateways = {name: Vendor("waha") for name in ("hotel", "diocese")}
    async with (
        served(gateways["hotel"].app) as hotel,
        served(gateways["diocese"].app) as diocese,
        served(functions) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as http,
    ):
        for name, value in _secrets().items():
            monkeypatch.setenv(name, value)
        clock, lines = ManualClock(), list[dict[str, Any]]()
        settings = Settings(f"sqlite:{tmp_path / 'store.db'}", f"sqlite:{tmp_path / 'bus.db'}", "environment")
        ports = replace(connect(settings), clock=clock)
        install(monkeypatch, ports, Directory(ports.store, ports.secrets, ports.http, clock, plugins, origin))
        logs.configure("info", lambda line: lines.append(dict(line)))
        for tenant, url in ("hotel", hotel), ("diocese", diocese):
            await _tenant(ports, tenant, url)
        yield Deployment(origin, ports, clock, gateways, lines, http)
        await ports.http.close()  # type: ignore[attr-defined]
    logs.configure("info", lambda _: None)


def _secrets() -> dict[str, str]:
    secrets = {"API_KEY": "api-secret", "HMAC_KEY": "hmac-secret"}
    keys = {f"SECRET_{tenant}_LINK_KEY": f"{tenant}-link-secret" for tenant in ("HOTEL", "DIOCESE")}
    return {f"SECRET_{name}": value for name, value in secrets.items()} | keys


async def _tenant(ports: Ports, tenant: str, url: str) -> None:
    named = {"hotel": "Hôtel Kër Ndox", "diocese": "Catéchèse de Dakar"}
    await ports.store.put(Tenant(tenant=tenant, name=named[tenant], languages=["fr"]))
    secrets = {"api_key": "api-key", "hmac_key": "hmac-key", "link_key": f"{tenant}-link-key"}
    settings: dict[str, Any] = {"base_url": url, "session": "default"}
    waha = Channel(tenant=tenant, channel="waha", kind="waha", settings=settings, secrets=secrets)
    await ports.store.put(waha)
    await ports.store.put(waha.model_copy(update={"channel": "second"}))
    await ports.store.put(Channel(tenant=tenant, channel="webchat", kind="webchat"))
