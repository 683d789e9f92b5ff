"""The function `desk` on a socket, over a small world whose staff have links and notifiers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from functions_framework.aio import create_asgi_app
from starlette.applications import Starlette
from starlette.routing import Mount

from scripts.yaml_file import ROOT
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.tenants import plugins
from shared.tenants.links import FileGrant, StaffGrant
from tests.fakes.served import served
from tests.parts import install
from tests.unit.handoff.desk import parish, request
from tests.world import FakePlugins, World

KEY = "parish-link-value"
#: The secrets of the notifiers, by the names of their variables.
SECRETS = {
    "PARISH_LINK": KEY,
    "HOTEL_LINK": "hotel-link-value",
    "OWN_KEY": "own-key-value",
    "SLACK_KEY": "slack-key-value",
    "MAIL_TOKEN": "mail-token-value",
}
NOTIFIERS: dict[str, Any] = {
    "own": {"kind": "webhook", "secrets": {"signing_key": "own-key"}},
    "slack": {"kind": "slack", "secrets": {"signing_secret": "slack-key"}},
    "space": {"kind": "google_chat"},
    "mail": {
        "kind": "email",
        "settings": {"inbound": "postmark", "reply_domain": "reply.parish.example"},
        "secrets": {"webhook_token": "mail-token"},
    },
}
PHOTO = "tenants/parish/media/waha.c-1/M1/0"


class RealAnswers(FakePlugins):
    """Fakes, with the real readers of answers."""

    answers = staticmethod(plugins.answers)


@dataclass
class DeskRun:
    """The function with a request that waits; `lines` are its log lines."""

    origin: str
    world: World
    http: httpx.AsyncClient
    lines: list[dict[str, Any]]

    async def token(
        self, staff: str = "chief", *, key: str = KEY, tenant: str = "parish", minutes: float = 60
    ) -> str:
        """Returns the token of a link to the request that waits."""
        until = self.world.clock.now().replace(microsecond=0) + timedelta(minutes=minutes)
        return StaffGrant(tenant, until, (await request(self.world)).handoff, staff, "mail").token(key)

    def file(self, blob: str = PHOTO, kind: str = "image/jpeg", *, tenant: str = "parish") -> str:
        """Returns the token of a link to a file, signed by the tenant that it names."""
        until = self.world.clock.now().replace(microsecond=0) + timedelta(hours=1)
        return FileGrant(tenant, until, blob, kind).token(SECRETS[f"{tenant.upper()}_LINK"])

    async def use(self, path: str, token: str, body: object = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.http.post(f"/desk/{path}", headers=headers, json=body)


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeskRun]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"SECRET_{name}", value)
    world = await parish(tmp_path, notifiers=NOTIFIERS, secrets={"link_key": "parish-link"})
    hotel = Tenant(tenant="hotel", name="Hotel", languages=["fr"], secrets={"link_key": "hotel-link"})
    await world.store.put(hotel)
    world.rebuild(FakePlugins(world), secrets=EnvironmentSecrets(None, os.environ))
    await world.ports.blobs.put(PHOTO, b"\xff\xd8\xff", "image/jpeg")
    install(monkeypatch, world.ports, world.directory(RealAnswers(world)))
    await world.say("Je voudrais parler à quelqu'un")
    lines: list[dict[str, Any]] = []
    source = str(ROOT / "functions" / "desk" / "main.py")
    app = Starlette(routes=[Mount("/desk", create_asgi_app("desk", source))])  # type: ignore[no-untyped-call]
    async with served(app) as origin, httpx.AsyncClient(base_url=origin, trust_env=False) as http:
        logs.configure("debug", lambda line: lines.append(dict(line)))
        yield DeskRun(origin, world, http, lines)
    logs.configure("info", lambda _: None)
