"""Personal data is absent from everything that operators see: log lines, spans, the bus, ids, file names.

People with every kind of identity write on every channel. The functions themselves handle all that follows,
including failures of gateways and our own. Then all their output is searched for the people.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from functions_framework.aio import create_asgi_app

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from scripts.local.vendors.green_api import webhooks as green_api
from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from scripts.yaml_file import ROOT
from shared.models.tenant import Channel as Settings
from shared.platform import logs, tracing
from shared.platform.bus import envelope
from shared.platform.http import HttpAnswer, Unanswered, Unreachable
from tests.contract.test_channels import CASES, FILES
from tests.parts import install
from tests.world import RealChannels, World

VISITOR = "visitor-0123456789abcdef"
WAMID = "wamid." + base64.b64encode(cloud_api.PERSON.encode()).decode().rstrip("=")
#: Identifiers of a person, in the spellings of ids and addresses.
IDENTITIES = {
    waha.PERSON.partition("@")[0],
    waha.LID.partition("@")[0],
    cloud_api.USER.partition(".")[2],
    WAMID.partition(".")[2],
    str(telegram.PERSON),
    VISITOR,
    "Awa",
}
#: Events that the payloads lack: ids that contain their owner's name, and news of every kind about people.
MORE: dict[str, list[Any]] = {
    "waha": [
        waha.event("message.any", waha.own("Je suis là", key="3EB0B9")),
        waha.event("message", waha.message("Merci", key="3EB0A6")),
        waha.event("message.any", waha.own("#bot", key="3EB0BA")),
        waha.event("message", waha.message("Et demain ?", chat=waha.LID, key="3EB0A7")),
        waha.event("message", waha.message("Une", key="3EB0A8") | {"id": f"false_{waha.PERSON}"}),
        waha.event("message", waha.message("Deux") | {"id": f"{waha.PERSON}_3EB0A9"}),
        waha.event("message.ack", waha.ack(3, "READ") | {"id": f"true_{waha.PERSON}_3EB0NONE"}),
    ],
    "green_api": [
        green_api.block("unblocked"),
        green_api.staff(green_api.text("#bot")) | {"idMessage": "3EB0BA"},
        green_api.text(key=f"{green_api.PERSON}-1"),
    ],
    "cloud_api": [
        cloud_api.posted(
            cloud_api.change(
                "smb_message_echoes", message_echoes=[cloud_api.echo(said={"body": "#bot"}, key="wamid.B2")]
            )
        ),
        cloud_api.received(cloud_api.text("Et demain ?", key=WAMID)),
        cloud_api.received(cloud_api.text("Et après ?", key=f"{cloud_api.PERSON}.1")),
        cloud_api.posted(cloud_api.change(statuses=[cloud_api.status(id=WAMID)])),
    ],
    "telegram": [
        telegram.update("my_chat_member", telegram.membership("member"), 500_009),
        telegram.update("callback_query", telegram.press(id=str(telegram.PERSON << 32), data="topic:mass")),
        telegram.update("message", telegram.message("/services", number=19)),
    ],
    "webchat": [
        {"id": "5f0c6a52-7c1e-4a6e-9d9b-0d2b8a1f3c4e", "text": "Ouvrez-vous ?", "name": "Awa"},
        {"id": "5f0c6a52-7c1e-4a6e-9d9b-0d2b8a1f3c4f", "text": "Messe", "choice": "topic:mass"},
    ],
}
EVENTS = {
    "waha": waha.EVENTS,
    "green_api": green_api.EVENTS,
    "cloud_api": cloud_api.EVENTS,
    "telegram": telegram.EVENTS,
}


#: Kinds of changes to existing messages, and kinds that end a conversation with us.
CHANGES = {"edited", "revoked", "deleted", "reaction", "edit", "revoke"}
SILENCE = {"own_app", "staff", "echo", "block", "blocked"}

FAILURES = Unreachable(), Unanswered(), 400, 401, 429, 500


class Network:
    """All gateways' APIs. Every sixth call fails, each time in another way."""

    def __init__(self) -> None:
        self._calls = 0

    async def request(self, method: str, url: str, *, json: Any = None, **_: Any) -> HttpAnswer:
        self._calls += 1
        if self._calls % 6 == 0:
            failure = FAILURES[self._calls // 6 % len(FAILURES)]
            if isinstance(failure, int):
                return HttpAnswer(failure, {}, b'{"message": "no chat 221770000001"}')
            raise failure
        chat, key = json.get("chatId") if json else "", f"3EB0{self._calls:018X}"
        told = {"id": f"true_{chat}_{key}", "idMessage": key, "messages": [{"id": f"{WAMID}{key}"}]}
        file = {"message_id": self._calls, "file_path": "photos/file_1.jpg"}
        place = {"result": file, "url": "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"}
        return HttpAnswer(200, {}, _json(told | place))

    async def fetch(self, url: str, **_: Any) -> HttpAnswer:
        return HttpAnswer(200, {"content-type": "image/jpeg"}, b"\xff\xd8\xff\xe0")


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@dataclass
class Bus:
    """A bus that keeps all published events; `waiting` has those not yet handled."""

    published: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[tuple[str, bytes, dict[str, str], str]] = field(default_factory=list)

    async def publish(self, topic: str, data: bytes, *, attributes: Mapping[str, str], key: str = "") -> str:
        self.published.append({"topic": topic, "key": key, "attributes": dict(attributes)})
        self.waiting.append((topic, data, dict(attributes), key))
        return str(len(self.published))

    async def reach(self) -> None: ...


class Functions:
    """The functions, served over one world."""

    def __init__(self, world: World, bus: Bus) -> None:
        self.world, self.bus = world, bus
        self.answers: list[str] = []
        self._apps: dict[str, Any] = {}

    async def post(self, function: str, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        if function not in self._apps:
            source = str(ROOT / "functions" / function / "main.py")
            self._apps[function] = create_asgi_app(function, source)  # type: ignore[no-untyped-call]
        transport = httpx.ASGITransport(self._apps[function])
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
            answer = await http.post(path, content=body, headers=dict(headers))
        self.answers.append(answer.text)
        return answer.status_code

    async def push(self, function: str, topic: str, data: bytes, told: dict[str, str], key: str) -> int:
        body = envelope.build(
            data,
            attributes=told,
            message_id="1",
            published_at=self.world.clock.now(),
            ordering_key=key,
            attempt=1,
            subscription=f"projects/p/subscriptions/{function}-{topic}",
        )
        return await self.post(function, f"/{topic}", body, {})

    async def settle(self) -> None:
        """Handles the waiting events; one that fails three times becomes a dead letter."""
        for attempt in range(4):
            waiting, self.bus.waiting = self.bus.waiting, []
            for topic, data, told, key in waiting:
                function = "reply" if topic == "inbound" else "deliver"
                if await self.push(function, topic, data, told, key) >= 500:
                    self.bus.waiting.append((topic, data, told, key))
                    if attempt == 3:
                        await self.bury(f"{function}-{topic}", data, told, key)
            self.world.clock.pass_(7)
        self.bus.waiting = []

    async def bury(self, subscription: str, data: bytes, told: dict[str, str], key: str) -> None:
        published_at = self.world.clock.now()
        told = told | envelope.dead_letter_attributes(subscription, 20, published_at, "500")
        assert await self.push("maintenance", "dead", data, told, key) == 204


@pytest.fixture
async def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Functions:
    world, bus, network = await World(tmp_path).begin(), Bus(), Network()
    world.clock.time = datetime.fromtimestamp(waha.AT + 5, UTC)
    world.rebuild(RealChannels(world), bus=bus, http=network)
    for name, its in CASES.items():
        for role, value in its.secrets.items():
            monkeypatch.setenv(f"SECRET_{name.upper()}_{role.upper()}", value)
        names = {role: f"{name}-{role.replace('_', '-')}" for role in its.secrets}
        given = Settings(tenant="parish", channel=name, kind=name, settings=its.settings, secrets=names)
        await world.store.put(given)
    install(monkeypatch, world.ports, world.parts.directory)
    return Functions(world, bus)


def bodies(name: str) -> list[bytes]:
    """Returns every event that this channel's gateway can post, each message with its own id.

    Events that silence us come before those that end the silence.
    """
    events = EVENTS.get(name, {"text": json.loads(CASES[name].message)})
    found = [
        _json(event) if kind == "text" or kind in CHANGES else _renumbered(_json(event), number)
        for number, (kind, event) in enumerate(events.items())
        if kind not in SILENCE
    ]
    silence = [event for kind, event in events.items() if kind in SILENCE]
    return found + [_json(event) for event in [*silence, *MORE[name]]]


def _renumbered(body: bytes, number: int) -> bytes:
    """Returns the body with other ids, so that it is a further message."""
    for own, other in (b"3EB0A1", b"3EB0AA%d"), (b"wamid.A", b"wamid.AA%d"), (b": 17,", b": 10%d,"):
        body = body.replace(own, other % number)
    return body


async def post_all(functions: Functions, name: str) -> None:
    """Posts all events twice: the second time they are repeats."""
    channel, its = await functions.world.parts.directory.channel("parish", name), CASES[name]
    assert channel
    for body in bodies(name) * 2:
        headers = await its.sign(channel, body)
        assert await functions.post("webhook", f"/parish/{name}", body, headers) == 200
        await functions.settle()
    forged, damaged = its.message, its.message[:-2]
    assert await functions.post("webhook", f"/parish/{name}", forged, {}) == 401
    headers = await its.sign(channel, damaged)
    assert await functions.post("webhook", f"/parish/{name}", damaged, headers) == 400


async def post_poison(functions: Functions) -> None:
    """Posts a message that a bug of ours fails on, until it is a dead letter."""
    body = _json(waha.event("message", waha.message("Quel est le prix ?", key=f"{waha.PERSON}.9")))
    assert await functions.post("webhook", "/parish/waha", body, waha.signed(body)) == 200
    functions.world.clock.pass_(400)
    functions.world.provider.replies = [RuntimeError("a bug of 221770000001")] * 9
    await functions.settle()
    functions.world.provider.replies = []
    functions.world.clock.pass_(1_000)
    await functions.world.parts.sweep.run()
    await functions.settle()


def documents(folder: Path) -> list[str]:
    """Returns all documents' paths but identities': their id is the person's name, masked in all output."""
    with sqlite3.connect(folder / "store.db") as store:
        paths = [path for (path,) in store.execute("SELECT path FROM documents")]
    assert any("/identities/" in path for path in paths)
    return [path for path in paths if "/identities/" not in path]


async def test_nobody_is_named(functions: Functions, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    logs.configure("debug", lambda line: lines.append(dict(line)))
    tracing.configure(lambda span: spans.append(asdict(span)))
    try:
        for name in FILES:
            await post_all(functions, name)
        await post_poison(functions)
    finally:
        logs.configure("info", lambda _: None)
        tracing.configure(None)
    stored, files = documents(tmp_path), [str(path) for path in (tmp_path / "media").rglob("*")]
    seen: dict[str, list[Any]] = {
        "logs": lines,
        "spans": spans,
        "bus": functions.bus.published,
        "documents": stored,
        "files": files,
        "answers": functions.answers,
    }
    for place, said in seen.items():
        assert said, place
        text = [json.dumps(each, default=str, ensure_ascii=False) for each in said]
        found = {(who, each) for who in IDENTITIES for each in text if who in each}
        assert not found, f"{place}: {len(found)}, as {min(found)}"
    told = {line["event"] for line in lines}
    assert {"handled", "dropped", "stopped", "turn_committed", "part_sent", "failed", "dead_letter"} <= told
    assert {"delivery_failed", "media_kept", "indicator_not_shown"} <= told
    assert any("/dead_letters/" in path for path in stored)


def test_every_channel_is_searched() -> None:
    assert set(MORE) == set(FILES)
