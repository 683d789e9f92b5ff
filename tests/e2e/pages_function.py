"""The function `pages` on a socket, over a small world with two organisations."""

from __future__ import annotations

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
from shared.conversation.pages import digest
from shared.models.page import Attachment, Page, PageContent
from shared.models.tenant import Tenant
from shared.platform import logs
from tests.fakes.served import served
from tests.parts import install
from tests.world import FakePlugins, World

#: A browser, as a person's phone names it.
BROWSER = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/148.0 Mobile Safari/537.36"
TEXT = ["Nous certifions que *Awa* est inscrite en 2e année.", "- le samedi\n- à 15 h"]


@dataclass
class PagesRun:
    """The function; `lines` are its log lines."""

    origin: str
    world: World
    http: httpx.AsyncClient
    lines: list[dict[str, Any]]

    async def made(self, tenant: str = "parish", *, days: float = 7, **content: Any) -> str:
        """Makes a page; returns the token of its link."""
        token, now = self.world.ids.token(), self.world.clock.now()
        says = {"kind": "text", "title": "Attestation", "language": "fr", "text": TEXT, **content}
        page = Page(
            tenant=tenant,
            page=digest(token),
            contact="c-1",
            conversation="waha.c-1",
            content=PageContent.model_validate(says),
            made_by="certificate",
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        await self.world.store.put(page)
        return token

    async def page(self, token: str, tenant: str = "parish") -> Page:
        found = await self.world.store.get(Page, tenant=tenant, page=digest(token))
        assert found is not None
        return found

    async def file(self, data: bytes, name: str = "notes.pdf", kind: str = "application/pdf") -> Attachment:
        """Stores a file; returns it as a page names it."""
        blob = f"tenants/parish/pages/p/{name.encode().hex()[:40]}"
        await self.world.ports.blobs.put(blob, data, kind)
        return Attachment(name=name, media_type=kind, blob=blob, size=len(data))

    def reads(self) -> int:
        """Returns the number of documents that the last call read."""
        return int([line for line in self.lines if line["event"] == "handled"][-1]["reads"])


@pytest.fixture
async def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PagesRun]:
    world = await World(tmp_path).begin(name="Catéchèse <de> Dakar", timezone="Africa/Dakar")
    await world.store.put(Tenant(tenant="hotel", name="Hôtel", languages=["fr"]))
    install(monkeypatch, world.ports, world.directory(FakePlugins(world)))
    lines: list[dict[str, Any]] = []
    source = str(ROOT / "functions" / "pages" / "main.py")
    app = Starlette(routes=[Mount("/pages", create_asgi_app("pages", source))])  # type: ignore[no-untyped-call]
    headers = {"User-Agent": BROWSER}
    async with (
        served(app) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False, headers=headers) as http,
    ):
        logs.configure("debug", lambda line: lines.append(dict(line)))
        yield PagesRun(origin, world, http, lines)
    logs.configure("info", lambda _: None)
