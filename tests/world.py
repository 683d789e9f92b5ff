"""A small world around the core: a real store, a bus pumped by hand, a manual clock, a fake gateway.

The bus keeps published messages until `pump` carries them to the core, as often and in the order that the
test wants.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared import llm, notifiers, records, sources
from shared.channels import Channel as ChannelPort
from shared.channels import Connection, Download, Gateway, Parsed, SendResult, Sent, Webhook
from shared.conversation.conversation import Conversation
from shared.errors import Drop, Retry
from shared.formats import whatsapp
from shared.inbound.indicators import TYPING_AFTER
from shared.models.events import MessageReceived, StaffMessage
from shared.models.message import Inbound, Outbound
from shared.models.parts import Media, Part, Text, words
from shared.models.people import Address
from shared.models.tenant import Channel, KnowledgeEntry, Tenant, Wording
from shared.models.terms import Terms
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.http_httpx import HttpxHttp
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.platform.store import Where
from shared.platform.store.sqlite import SqliteStore
from shared.tenants import plugins
from shared.tenants.directory import Directory, Plugins
from shared.wiring.ports import Ports
from tests.fakes.model import EchoLibrary, FakeModel
from tests.parts import Parts

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
AWA = "+221770000001"


class ManualClock:
    """A clock that moves when a test says so, and during sleeps."""

    def __init__(self) -> None:
        self.time = START
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        if seconds == TYPING_AFTER:  # in the background, until the turn is over
            await asyncio.Event().wait()
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def pass_(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class CountedIds:
    def __init__(self) -> None:
        self._last = 0

    def new(self, prefix: str) -> str:
        self._last += 1
        return f"{prefix}-{self._last}"

    def token(self) -> str:
        self._last += 1
        return f"{self._last:040x}"


@dataclass
class Published:
    topic: str
    data: bytes


class HandBus:
    """Keeps published messages; `broken` makes every publish fail as an unreachable bus does."""

    def __init__(self) -> None:
        self.waiting: list[Published] = []
        self.broken = False

    async def publish(self, topic: str, data: bytes, *, attributes: Mapping[str, str], key: str = "") -> str:
        if self.broken:
            raise Retry("bus_unreachable")
        self.waiting.append(Published(topic, data))
        return str(len(self.waiting))

    async def reach(self) -> None:
        if self.broken:
            raise Retry("bus_unreachable")


@dataclass
class FakeChannel:
    """A gateway that records its calls.

    `results` scripts the outcomes of the next sends (later ones succeed), `has` is its answer about sent
    messages, and `files` gives the outcome of fetching a media id (a list: in turn).
    """

    sent: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    results: list[SendResult] = field(default_factory=list)
    has: str | Exception | None = None
    files: dict[str, Download | Exception | list[Download | Exception]] = field(default_factory=dict)
    fetched: list[Media] = field(default_factory=list)
    terms: Terms = field(default_factory=Terms)
    calls: int = 0

    async def verify(self, webhook: Webhook) -> None: ...

    def parse(self, webhook: Webhook) -> Parsed:
        return Parsed()

    async def send(self, to: str, part: Part, *, turn: str) -> SendResult:
        self.calls += 1
        result = self.results.pop(0) if self.results else Sent(f"gw-{self.calls}")
        self.sent.append((to, words(part)))
        self.parts.append(part)
        return result

    async def find_sent(self, to: str, part: Part, *, since: datetime, known: Sequence[str]) -> str | None:
        if isinstance(self.has, Exception):
            raise self.has
        return self.has

    async def fetch(self, media: Media) -> Download:
        self.fetched.append(media)
        found = self.files.get(media.id, Drop("media_missing"))
        if isinstance(found, list):
            found = found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def address(self, to: str) -> Address | None:
        return whatsapp.by_number(to, "@c.us")

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        self.seen.extend(gateway_ids)

    async def show_typing(self, to: str) -> None: ...


@dataclass
class FakeNotifier:
    """A notifier that records its calls; `results` scripts the outcomes of the next ones."""

    told: list[tuple[str, notifiers.Notice]] = field(default_factory=list)
    results: list[notifiers.Result] = field(default_factory=list)

    async def notify(self, to: str, notice: notifiers.Notice) -> notifiers.Result:
        self.told.append((to, notice))
        return self.results.pop(0) if self.results else notifiers.Told()


@dataclass
class FakePlugins:
    """The fakes as plugin files; `open` gives a channel's gateway."""

    world: World
    open: Callable[[str, Connection, str], Gateway | None] = lambda *_: None

    def channel(self, kind: str, connection: Connection) -> ChannelPort:
        return self.world.channel

    def gateway(self, kind: str, connection: Connection, address: str) -> Gateway | None:
        return self.open(kind, connection, address)

    def model(self, kind: str, connection: llm.Connection) -> llm.Model:
        return self.world.provider

    def source(self, kind: str, connection: sources.Connection) -> sources.Fetcher:
        return plugins.source(kind, connection)

    def record_source(self, kind: str, connection: records.Connection) -> records.Records:
        return plugins.record_source(kind, connection)

    def notifier(self, kind: str, connection: notifiers.Connection) -> notifiers.Notifier:
        return self.world.notifier

    def answers(self, kind: str, connection: notifiers.Connection) -> notifiers.Answers | None:
        return None


class RealChannels(FakePlugins):
    """Real channel files with a fake model."""

    def channel(self, kind: str, connection: Connection) -> ChannelPort:
        return plugins.channel(kind, connection)


class World:
    """One tenant `parish` with one channel `waha`."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.ids, self.bus = ManualClock(), CountedIds(), HandBus()
        self.origin = ""
        self.channel, self.provider, self.notifier = FakeChannel(), FakeModel(), FakeNotifier()
        self.store = SqliteStore(folder / "store.db")
        self.ports = Ports(
            store=self.store,
            bus=self.bus,
            secrets=EnvironmentSecrets(None, os.environ),
            blobs=ObjectStoreBlobs(f"folder:{folder / 'media'}"),
            http=HttpxHttp(),
            clock=self.clock,
            ids=self.ids,
        )
        self.parts = self.build(FakePlugins(self))
        self._gateway_ids = 0

    def build(self, files: Plugins) -> Parts:
        """Returns the parts on this world's ports."""
        return Parts(self.ports, self.directory(files), EchoLibrary)

    def rebuild(self, files: Plugins, **ports: Any) -> None:
        """Replaces the parts: other plugins, and other ports by their names."""
        self.ports = replace(self.ports, **ports)
        self.parts = self.build(files)

    def directory(self, files: Plugins, origin: str = "") -> Directory:
        """Returns a directory of this world's tenants with other plugins."""
        origin = origin or self.origin
        return Directory(self.store, self.ports.secrets, self.ports.http, self.clock, files, origin)

    async def begin(self, **tenant: object) -> World:
        model = {"provider": "model"}
        settings = {
            "tenant": "parish",
            "name": "Parish",
            "languages": ["fr", "en"],
            "answers": model,
            **tenant,
        }
        await self.store.put(Tenant.model_validate(settings))
        await self.store.put(Channel(tenant="parish", channel="waha", kind="waha"))
        wording = Wording(questions=["Quand est la messe ?"], answer="Dimanche.")
        await self.store.put(KnowledgeEntry(tenant="parish", entry="mass", wordings={"fr": wording}))
        return self

    def message(
        self, text: str, *, id: str = "", peer: str = AWA, at: datetime | None = None
    ) -> MessageReceived:
        self._gateway_ids += 1
        now = self.clock.now()
        return MessageReceived(
            tenant="parish",
            channel="waha",
            id=id or f"M{self._gateway_ids}",
            peer=Address(chat=f"{peer[1:]}@c.us", identities=[f"whatsapp:{peer}"], name="Awa"),
            at=at or now,
            received_at=now,
            parts=[Text(text=text)],
        )

    def staff(self, text: str, *, peer: str = AWA) -> StaffMessage:
        return StaffMessage.model_validate(self.message(text, peer=peer).model_dump() | {"kind": "staff"})

    async def receive(self, event: object) -> None:
        """Passes the event to `reply`. Raises the exception that the function would answer with 5xx."""
        try:
            await self.parts.reply.handle(event)  # type: ignore[arg-type]
        except Drop:
            return

    async def pump(self) -> None:
        """Carries published messages until none is left; on Retry one stays for the next pump."""
        again = []
        while self.bus.waiting:
            published = self.bus.waiting.pop(0)
            try:
                await self._carry(published)
            except Retry:
                again.append(published)
        self.bus.waiting = again

    async def say(self, text: str, **more: object) -> None:
        """Sends a person's message and carries all that follows from it."""
        await self.receive(self.message(text, **more))  # type: ignore[arg-type]
        await self.pump()

    async def _carry(self, published: Published) -> None:
        try:
            events, handle = self.parts.topics[published.topic]
            await handle(events.validate_json(published.data))
        except Drop:
            return

    async def conversation(self) -> Conversation:
        found = await self.store.query(Conversation, limit=10, tenant="parish")
        assert len(found) == 1, f"expected one conversation, found {len(found)}"
        return found[0]

    async def conversation_of(self, peer: str) -> Conversation:
        """Returns the conversation with this number."""
        found = await self.store.query(Conversation, limit=50, tenant="parish")
        (mine,) = [each for each in found if each.chat == f"{peer[1:]}@c.us" and not each.merged_into]
        return mine

    async def inbound(self) -> list[Inbound]:
        where = [Where("direction", "==", "in")]
        found = await self.store.query(Inbound, where=where, limit=100, tenant="parish")
        return sorted(found, key=lambda message: (message.at, len(message.message), message.message))

    async def outbound(self) -> list[Outbound]:
        where = [Where("direction", "==", "out"), Where("author", "==", "concierge")]
        return await self.store.query(Outbound, where=where, order="seq", limit=100, tenant="parish")

    async def outcomes(self) -> list[str | None]:
        return [message.outcome for message in await self.inbound()]

    def texts(self) -> list[str]:
        """Returns the texts that the gateway was asked to send, in order."""
        return [text for _, text in self.channel.sent]
