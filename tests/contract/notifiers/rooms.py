"""Rooms of staff at simulated vendors: their webhooks on a socket, and notices to them."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.google_chat import webhooks as google_chat
from scripts.local.vendors.hooks import Hooks, Posted
from scripts.local.vendors.slack import webhooks as slack
from scripts.local.vendors.teams import webhooks as teams
from shared.errors import ConfigurationError
from shared.models.history import Line
from shared.models.staff import NotifierEntry
from shared.models.webhook import Webhook
from shared.notifiers import Action, Answers, Connection, File, Notice, Result
from shared.platform.http import Http
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins
from tests.fakes.connection import NOW
from tests.fakes.http import ScriptedHttp, answer
from tests.fakes.served import served

CONTRACTS = Path(__file__).resolve().parents[3].parent / "shared" / "contracts" / "notifiers"

#: Words of a person that would ping, link, format or run something if any vendor read them as markup.
HOSTILE = "<!channel> <users/all> [Pay here](https://evil.example) **x** <b>y</b> {{contact.email}} &amp; `z`"

TAKE = Action("take", "Take", "https://concierge.example/desk/take?t=signed")
CLOSE = Action("close", "Close", "https://concierge.example/desk/close?t=signed")

NOTICE = Notice(
    id="notice-1",
    purpose="request",
    tenant_name="Hôtel Ndox",
    thread="handoff-42",
    title="№ 7: Martin asks for a human",
    text="№ 7: Martin asks for a human\nReason: asked\n👤 Can I check out late?",
    language="en",
    facts=[("Reason", "asked"), ("Language", "fr")],
    lines=[
        Line(author="person", text="Can I check out late?", at=NOW - timedelta(minutes=2)),
        Line(author="concierge", text="I will ask a colleague.", at=NOW - timedelta(minutes=1)),
    ],
    actions=[TAKE, CLOSE],
    files=[File("https://concierge.example/files/1?t=signed", "ticket.png", "image/png")],
    answer_token="abcdefghij234567",
    name="Martin",
)


def relay(text: str) -> Notice:
    return replace(
        NOTICE, id="notice-2", purpose="message", text=text, facts=(), lines=(), actions=(), files=()
    )


def huge() -> Notice:
    """A notice over all limits: as long as a person can write, in characters of many bytes."""
    lines = [Line(author="person", text="長い話 " * 4_000, at=NOW) for _ in range(60)]
    return replace(
        NOTICE,
        title="長" * 500,
        text="長い話 " * 5_000,
        facts=[("Étiquette " * 50, "valeur " * 1_000) for _ in range(60)],
        lines=lines,
        actions=[replace(TAKE, title="Prendre " * 50), CLOSE],
        files=[File(f"https://concierge.example/files/{n}", "n" * 300, "image/png") for n in range(60)],
    )


def connected(
    kind: str, http: Http, secrets: Mapping[str, str], settings: Mapping[str, str | int] | None = None
) -> Connection:
    entry = NotifierEntry(kind=kind, settings=dict(settings or {}), secrets={name: name for name in secrets})

    async def secret(name: str) -> str:
        if name not in secrets:
            raise ConfigurationError(f"hotel/desk: secrets.{name} is missing (expected its name)")
        return secrets[name]

    return Connection("hotel", "desk", entry, secret, http, lambda: NOW)


def reader(kind: str, secrets: Mapping[str, str], settings: Mapping[str, str | int] | None = None) -> Answers:
    found = plugins.answers(kind, connected(kind, ScriptedHttp(answer(500)), secrets, settings))
    assert found is not None
    return found


def posted(body: bytes, headers: Mapping[str, str]) -> Webhook:
    return Webhook("POST", headers, {}, body)


def sample(name: str) -> bytes:
    """Returns a published sample of a vendor, which stands beside the project."""
    if not CONTRACTS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    return (CONTRACTS / name).read_bytes()


def sampled(name: str) -> Any:
    return json.loads(sample(name))


def _any(_: Posted) -> Response:
    return JSONResponse({"id": "theirs-1"})


@dataclass(frozen=True)
class Kind:
    """A vendor's webhook: its answers, its secret address, and the other secrets of a connection."""

    take: Callable[[Posted], Response]
    path: str
    secrets: Mapping[str, str]


KINDS: dict[str, Kind] = {
    "slack": Kind(slack.take, slack.PATH, {}),
    "teams": Kind(teams.take, f"{teams.PATH}?{teams.QUERY}", {}),
    "google_chat": Kind(google_chat.take, f"{google_chat.PATH}?{google_chat.QUERY}", {}),
    "webhook": Kind(_any, "/in/not-a-real-address", {"signing_key": "desk-signing-key"}),
}


@dataclass(frozen=True)
class Room:
    """A room of staff at a vendor on a socket."""

    kind: str
    url: str
    vendor: Hooks
    http: HttpxHttp

    async def tell(self, notice: Notice, to: str = "", **secrets: str) -> Result:
        known = {"url": self.url, **KINDS[self.kind].secrets, **secrets}
        return await plugins.notifier(self.kind, connected(self.kind, self.http, known)).notify(to, notice)


@asynccontextmanager
async def opened(kind: str) -> AsyncIterator[Room]:
    vendor, http = Hooks(KINDS[kind].take), HttpxHttp()
    async with served(vendor.app) as origin:
        yield Room(kind, origin + KINDS[kind].path, vendor, http)
        await http.close()
