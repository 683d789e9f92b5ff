"""Nobody is named while staff answer: no phone number, mail address or word in log lines, spans, the bus's
attributes, ids, file names or the responses to vendors.

Staff answer by mail, by a team's chat, by a webhook and by links, in time and too late; strangers and forgers
try the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from functions_framework.aio import create_asgi_app

from scripts.yaml_file import ROOT
from shared.notifiers.webhook import SIGNATURE, signature
from shared.platform import logs, tracing
from shared.platform.secrets.environment import EnvironmentSecrets
from tests.e2e.desk_function import NOTIFIERS, SECRETS, DeskRun, RealAnswers
from tests.parts import install
from tests.unit.handoff.desk import ALWAYS, BINTA, ONE, parish, request, tick, writes
from tests.world import AWA, FakePlugins, HandBus, World

CHIEF = "chief.ndour@parish.example"
STRANGER = "somebody.else@strangers.example"
SLACK = "U0CHIEF01"
#: Numbers, addresses, names and words of people, as they may stand in an id or an address.
IDENTITIES = {
    AWA[1:],
    BINTA[1:],
    ONE[1:],
    "chief.ndour",
    "somebody.else",
    "Félicité",
    "Awa",
    "livret",
    "Venez",
    "demain",
}
STAFF: dict[str, Any] = {
    "one": {"name": "Aminata Ba", "languages": ["fr"], "ways": [{"channel": "waha", "to": ONE}]},
    "chief": {
        "name": "Félicité Ndour",
        "languages": ["fr"],
        "ways": [{"notifier": "mail", "to": CHIEF}],
        "accounts": {"slack": SLACK, "own": CHIEF},
    },
}


class Bus(HandBus):
    """A bus that keeps the attributes and keys of all published messages."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, Any]] = []

    async def publish(self, topic: str, data: bytes, *, attributes: Mapping[str, str], key: str = "") -> str:
        self.told.append({"topic": topic, "key": key, **attributes})
        return await super().publish(topic, data, attributes=attributes, key=key)


class Desk:
    """The function `desk` over a world; `answers` has its responses."""

    def __init__(self, world: World) -> None:
        self.world, self.answers = world, list[str]()
        source = str(ROOT / "functions" / "desk" / "main.py")
        app = create_asgi_app("desk", source)  # type: ignore[no-untyped-call]
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")
        self._links = DeskRun("", world, self._http, [])

    async def post(self, path: str, body: bytes, **headers: str) -> int:
        answer = await self._http.post(path, content=body, headers=headers)
        if not path.startswith(("/request", "/take", "/close", "/say")):  # a link shows the request
            self.answers.append(f"{answer.text} {answer.headers}")
        await self.world.pump()
        return answer.status_code

    async def mail(self, author: str, text: str, id: str, *, password: str = "mail-token-value") -> int:  # noqa: S107
        """Posts a reply as Postmark does."""
        token = (await request(self.world)).token
        told = {
            "From": author,
            "FromFull": {"Email": author, "Name": "Félicité", "MailboxHash": ""},
            "OriginalRecipient": f"reply+{token}@reply.parish.example",
            "Subject": "Re: Awa",
            "TextBody": text,
            "HtmlBody": "",
            "MessageID": id,
            "Headers": [{"Name": "Message-ID", "Value": f"<{id}>"}],
        }
        basic = base64.b64encode(f"concierge:{password}".encode()).decode()
        return await self.post("/parish/mail", json.dumps(told).encode(), Authorization=f"Basic {basic}")

    async def own(self, who: str, id: str, act: str = "say", key: str = "own-key-value") -> int:
        handoff = (await request(self.world)).handoff
        told = {"id": id, "act": act, "handoff": handoff, "who": who, "text": "Venez demain", "name": who}
        body = json.dumps(told).encode()
        return await self.post(
            "/parish/own", body, **{SIGNATURE: signature(key, body, self.world.clock.now())}
        )

    async def slack(self, user: str) -> int:
        value = (await request(self.world)).handoff
        pressed = {"action_id": "take", "value": value, "action_ts": "1"}
        click = {"type": "block_actions", "user": {"id": user, "name": CHIEF}, "trigger_id": f"1.{CHIEF}"}
        body = urlencode({"payload": json.dumps(click | {"actions": [pressed]})}).encode()
        stamp = str(int(self.world.clock.now().timestamp()))
        signed = hmac.new(b"slack-key-value", b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256)
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed.hexdigest()}"}
        return await self.post("/parish/slack", body, **headers)

    async def link(self, path: str, **body: str) -> int:
        token = await self._links.token()
        content = json.dumps(body).encode()
        return await self.post(f"/{path}", content, Authorization=f"Bearer {token}")


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"SECRET_{name}", value)
    staff = {name: {"shifts": ALWAYS, **member} for name, member in STAFF.items()}
    world = await parish(tmp_path, staff=staff, notifiers=NOTIFIERS, secrets={"link_key": "parish-link"})
    world.bus = Bus()
    world.rebuild(FakePlugins(world), bus=world.bus, secrets=EnvironmentSecrets(None, dict(_environment())))
    install(monkeypatch, world.ports, world.directory(RealAnswers(world)))
    return Desk(world)


def _environment() -> dict[str, str]:
    return {f"SECRET_{name}": value for name, value in SECRETS.items()}


async def story(desk: Desk) -> None:
    """Plays a request in which staff answer in every way, and the tries of others."""
    world = desk.world
    await world.say("Mon fils a perdu son livret. Je voudrais parler à quelqu'un")
    await tick(world, 4)
    assert await desk.mail(STRANGER, "Venez", f"1.{STRANGER}") == 200
    assert await desk.mail(CHIEF, "Venez", "2@x", password="guessed") == 401
    assert await desk.own(STRANGER, f"{STRANGER}/1", key="guessed") == 401
    assert await desk.post("/parish/own", CHIEF.encode(), **_signed(world, CHIEF.encode())) == 400
    assert await desk.post(f"/parish/{ONE[1:]}", b"{}") == 404
    assert await desk.slack(SLACK) == 200
    assert await desk.mail(CHIEF, "Venez demain", f"CA+{ONE[1:]}@{CHIEF}") == 200
    assert await desk.mail(CHIEF, "Venez demain", CHIEF) == 200
    assert await desk.own(CHIEF, f"{CHIEF}:{AWA}") == 200
    assert await desk.own(CHIEF, AWA) == 200
    for path in "request", "take", "say":
        assert await desk.link(path, id="221770000001-0000", text="Venez demain") == 200
    await writes(world, AWA, "Merci pour le livret")
    assert await desk.link("say", id="x", text="Venez") == 400
    assert await desk.link("close") == 200
    assert await desk.mail(CHIEF, "Venez demain", f"late.{CHIEF}") == 200
    assert await desk.own(CHIEF, f"late.{BINTA}") == 200
    await tick(world, 5)


def _signed(world: World, body: bytes) -> dict[str, str]:
    return {SIGNATURE: signature("own-key-value", body, world.clock.now())}


def documents(folder: Path) -> list[str]:
    """Returns all documents' paths but identities': their id is the person's name, masked in all output."""
    with sqlite3.connect(folder / "store.db") as store:
        paths = [path for (path,) in store.execute("SELECT path FROM documents")]
    return [path for path in paths if "/identities/" not in path]


async def test_nobody_is_named_while_staff_answer(desk: Desk, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    logs.configure("debug", lambda line: lines.append(dict(line)))
    tracing.configure(lambda span: spans.append(asdict(span)))
    try:
        await story(desk)
    finally:
        logs.configure("info", lambda _: None)
        tracing.configure(None)
    assert isinstance(desk.world.bus, Bus)
    stored = documents(tmp_path)
    seen: dict[str, list[Any]] = {
        "logs": lines,
        "spans": spans,
        "bus": desk.world.bus.told,
        "documents": stored,
        "answers": desk.answers,
    }
    for place, said in seen.items():
        assert said, place
        text = [json.dumps(each, default=str, ensure_ascii=False) for each in said]
        found = {(who, each) for who in IDENTITIES for each in text if who in each}
        assert not found, f"{place}: {len(found)}, as {min(found)}"
    told = {line["event"] for line in lines}
    assert {"handled", "answer_refused", "answer_of_a_stranger", "staff_acted", "notified"} <= told
    assert any("/notices/answer-" in path for path in stored), "nobody was told that it was too late"
    assert any("/messages/relay-" in path for path in stored)
