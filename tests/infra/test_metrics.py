"""Metrics against the lines that the functions really write, with each filter read as Cloud Logging reads it.

One message is answered; others fail in every way that a metric counts.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from functions_framework.aio import create_asgi_app
from pydantic import BaseModel

from scripts import yaml_file
from scripts.infra_files import INFRA
from scripts.yaml_file import ROOT
from shared import llm
from shared.answers.services.lookups import Lookups, Unavailable
from shared.channels import Download, Later, Refused, Unclear, Webhook
from shared.conversation.conversation import Conversation
from shared.delivery.outbox import UNSETTLED_FOR
from shared.delivery.transitions import CLAIM
from shared.errors import ConfigurationError, Rejected, Retry
from shared.llm import Failure, ModelFailed
from shared.models.events import SessionStatus, StaffAnswered
from shared.models.occurrence import Occurrence
from shared.models.parts import Media
from shared.models.service import Proof, RecordsEntry
from shared.models.stored import StoredTenant
from shared.models.trigger import Trigger
from shared.notifiers import Refused as Unreached
from shared.platform import logs
from shared.platform.bus import envelope
from shared.records import Broken
from shared.tenants.directory import Directory
from shared.upkeep.pausing import Pausing
from tests.fakes.model import Reply
from tests.fakes.records import Scripted, Sources
from tests.fakes.sounds import opus
from tests.parts import install
from tests.unit.answers.services.families import RIGHT, WRONG, Families, family, plugged, tenant
from tests.world import AWA, FakePlugins, World

METRICS = yaml_file.read(INFRA / "metrics.yaml")["metrics"]
QUESTION = "Quand est la messe ?"
#: Values that a label may never hold: a person's number, and tenant and channel names made up by strangers.
IDS = {AWA, "trace", "span", "made-up"}
#: The only tenant and channel that exist; they stand under these labels and under no others.
PLACE = {"tenant": "parish", "channel": "waha"}
SEVERITIES = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class Functions:
    """The functions over a world's parts; `lines` are their log lines as Cloud Logging has them."""

    def __init__(self, world: World, lines: list[dict[str, Any]]) -> None:
        self.world, self.lines = world, lines
        self._apps: dict[str, Any] = {}

    async def post(self, place: str, function: str = "webhook") -> int:
        """Posts to the webhook of `<tenant>/<channel>`, or the desk's; returns the status."""
        return await self.call(function, f"/{place}", b"{}")

    async def push(self, function: str, topic: str, data: bytes, **attributes: str) -> int:
        body = envelope.build(
            data,
            attributes=attributes,
            message_id="1",
            published_at=self.world.clock.now(),
            ordering_key="",
            attempt=1,
            subscription=f"projects/p/subscriptions/{function}-{topic}",
        )
        return await self.call(function, f"/{topic}", body)

    async def call(
        self, function: str, path: str, body: bytes = b"", method: str = "POST", **headers: str
    ) -> int:
        if function not in self._apps:
            source = str(ROOT / "functions" / function / "main.py")
            self._apps[function] = create_asgi_app(function, source)  # type: ignore[no-untyped-call]
        transport = httpx.ASGITransport(self._apps[function])
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
            return (await http.request(method, path, content=body, headers=headers)).status_code

    async def tell(self, event: BaseModel) -> int:
        return await self.push("reply", "inbound", event.model_dump_json().encode(), tenant="parish")

    async def deliver(self) -> list[int]:
        """Pushes each message waiting in the bus once; returns the statuses of `deliver`."""
        waiting, self.world.bus.waiting = self.world.bus.waiting, []
        for each in waiting:
            if each.topic == "handoffs":
                await self.push("handoff", each.topic, each.data)
        return [
            await self.push("deliver", each.topic, each.data) for each in waiting if each.topic == "outbound"
        ]

    async def tick(self) -> int:
        """Calls `handoff` as its schedule does."""
        return await self.call("handoff", "/due", b"")

    async def ask(self, peer: str) -> None:
        await self.tell(self.world.message(QUESTION, peer=peer))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lines(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[dict[str, Any]]]:
    staff = {
        "one": {
            "name": "Aminata",
            "ways": [{"notifier": "mail", "to": "one@parish.example"}],
            "shifts": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "hours": ["00:00-24:00"]}],
        }
    }
    world = await World(tmp_path_factory.mktemp("metrics")).begin(
        answers={
            "provider": "gemini",
            "tasks": {task: ["gemini"] for task in ("answer", "transcribe", "speak")},
            "voice": True,
            "budget": {"per_day": 1.0},
        },
        staff=staff,
        **tenant(),
        secrets={"contacts_key": "parish-contacts-key"},
        emergencies={"words": ["au feu"]},
    )
    found: list[dict[str, Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        install(patch, world.ports, world.parts.directory)
        plugged(patch, Families({RIGHT: family("Diop", 1)}))
        logs.configure("info", lambda line: found.append(logs.to_cloud(dict(line))))
        functions = Functions(world, found)
        await people_written(functions)
        await live(functions)
        await looked_up(world)
        yield found
    logs.configure("info", lambda _: None)


async def looked_up(world: World) -> None:
    """Asks a source of records that answers with another's record, and one that does not answer."""
    tenant = await world.parts.directory.tenant("parish")
    assert tenant
    entry = RecordsEntry(kind="firestore")
    tenant = tenant.model_copy(update={"records": {"office": entry}})
    proof = Proof(records="office", of="people", code="code", form="{4 digits}", keeps={"id": "id"})
    for source in (Scripted([{"id": "1", "code": "0002"}]), Scripted(broken=Broken("It is down."))):
        ports = (world.ports.store, world.ports.blobs, world.ports.clock)
        lookups = Lookups(cast(Directory, Sources(source)), *ports)
        with suppress(Unavailable):
            assert await lookups.proof(tenant, proof, "0001") is None


async def live(functions: Functions) -> None:
    world = functions.world
    people = (f"+2217700001{number:02}" for number in range(99))
    world.provider.replies = [Reply("Dimanche.", True, tokens=120)]
    await functions.ask(next(people))
    assert await functions.deliver() == [204]
    await begun(functions)
    world.provider.replies = [Retry("gemini_503")]
    await functions.ask(next(people))
    await functions.deliver()
    world.channel.results = [Later("waha_http_503")]
    await functions.ask(next(people))
    assert await functions.deliver() == [503]
    world.channel.results = [Later("credentials")]
    await functions.ask(next(people))
    assert await functions.deliver() == [503]
    await keys(functions)
    for wrong in (ModelFailed(Failure.BAD_REQUEST, "gemini_400"), ConfigurationError("gemini: answered 403")):
        world.provider.replies = [wrong]
        await functions.ask(next(people))
        await functions.deliver()
    await credits(functions, people)
    world.channel.results = [Refused("no_such_chat")]
    await functions.ask(next(people))
    await functions.deliver()
    await guessed(functions, [next(people) for _ in range(4)])
    await unsettled(functions, next(people))
    await by_voice(functions, next(people))
    held = next(people)
    await functions.tell(world.staff("Je suis là.", peer=held))
    await functions.ask(held)
    world.provider.replies = [RuntimeError("a bug")]
    assert await functions.tell(world.message(QUESTION, peer=next(people))) == 500
    for status, working in (("WORKING", True), ("FAILED", False)):
        world.clock.time += timedelta(seconds=1)
        at = world.clock.now()
        told = SessionStatus(tenant="parish", channel="waha", status=status, working=working, at=at)
        await functions.push("deliver", "receipts", told.model_dump_json().encode())
    await handed_over(functions, next(people), next(people))
    await answers_of_staff(functions)
    source = "CloudPubSubDeadLetterSource"
    died = {f"{source}Subscription": "reply-inbound", f"{source}DeliveryCount": "20", "kind": "wake"}
    died["tenant"] = "parish"
    await functions.push("maintenance", "dead", b"{}", **died)
    world.clock.time += timedelta(days=1)
    await world.parts.sweep.run()
    await flooded(functions, people)
    await edited(functions)
    await Pausing(world.store, world.clock).pause("moving")
    world.clock.time += timedelta(days=2)
    await world.parts.rounds.run()
    assert await functions.call("triggers", "/due") == 200


async def flooded(functions: Functions, people: Iterator[str]) -> None:
    """Asks as more strangers than the tenant's limit admits."""
    world = functions.world
    stored = await world.store.get(StoredTenant, tenant="parish")
    assert stored is not None
    await world.store.put(StoredTenant(fields=stored.fields | {"limits": {"tenant_messages_per_minute": 20}}))
    world.clock.time += timedelta(minutes=2)
    for _ in range(11):
        await functions.ask(next(people))
    await functions.deliver()


async def edited(functions: Functions) -> None:
    """Edits the tenant in the console as no file would pass."""
    stored = await functions.world.store.get(StoredTenant, tenant="parish")
    assert stored is not None
    stored.fields["timezone"] = "Dakar"
    await functions.world.store.put(stored)
    assert await functions.call("maintenance", "/") == 200


async def credits(functions: Functions, people: Iterator[str]) -> None:
    """The key's credit is spent, then the day's budget, each until it is over."""
    world = functions.world
    world.clock.time += timedelta(hours=1)
    world.provider.replies = [ModelFailed(Failure.SPENT, "gemini_429")]
    await functions.ask(next(people))
    await functions.deliver()
    world.clock.time += timedelta(hours=3)
    dear = llm.Completion([llm.Text("{}")], "done", llm.Usage(output=1, cost=5.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reply, "completion", lambda _: dear)
        await functions.ask(next(people))
    await functions.ask(next(people))
    await functions.deliver()
    world.clock.time += timedelta(days=1)


async def begun(functions: Functions) -> None:
    """Begins a message of a trigger a quarter of an hour late, and looks at a trigger that is wrong."""
    world = functions.world
    [conversation] = await world.store.query(Conversation, limit=1, tenant="parish")
    welcome = {"when": {"event": "new_contact"}, "says": {"fr": {"text": "Bienvenue !"}}}
    for name, definition in {"welcome": welcome, "wrong": {"when": "soon"}}.items():
        await world.store.put(Trigger(tenant="parish", trigger=name, definition=definition))
    late = world.clock.now() - timedelta(minutes=15)
    one = Occurrence(
        tenant="parish",
        occurrence="welcome.1",
        trigger="welcome",
        contact=conversation.contact,
        local="2026-11-20T10:00",
        zone="Africa/Dakar",
        planned_for=late,
        due_at=late,
        created_at=late,
    )
    await world.store.put(one)
    assert await functions.call("triggers", "/due") == 200
    due, world.bus.waiting = world.bus.waiting, []
    assert {await functions.push("triggers", each.topic, each.data) for each in due} == {204}
    assert await functions.deliver() == [204]


async def keys(functions: Functions) -> None:
    """Posts with the right key, then with a wrong one, then to names that strangers have made up."""
    assert await functions.post("parish/waha") == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functions.world.channel, "verify", refuse, raising=False)
        assert await functions.post("parish/waha") == 401
    for place in ("made-up/waha", "parish/made-up"):
        assert await functions.post(place) == 404


async def handed_over(functions: Functions, asks: str, cries: str) -> None:
    """Asks for a human whom a notifier cannot reach, so that a promise breaks; and an emergency."""
    world = functions.world
    world.notifier.results = [Unreached("credentials")]
    await functions.tell(world.message("humain", peer=asks))
    await functions.deliver()
    await functions.tell(world.message("Au feu !", peer=cries))
    await functions.deliver()
    world.clock.time += timedelta(hours=1)
    assert await functions.tick() == 200
    await functions.deliver()


async def refuse(_: Webhook) -> None:
    raise Rejected(401, "X-Signature: expected another")


class Vendor:
    """A notifier's vendor, which posts nothing of staff."""

    async def verify(self, _: Webhook) -> None: ...

    def parse(self, _: Webhook) -> list[StaffAnswered]:
        return []


async def answers_of_staff(functions: Functions) -> None:
    """Posts as a notifier's vendor with the right key, then with a wrong one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakePlugins, "answers", lambda *_: Vendor())
        assert await functions.post("parish/mail", "desk") == 200
        patch.setattr(Vendor, "verify", staticmethod(refuse))
        assert await functions.post("parish/mail", "desk") == 401


async def people_written(functions: Functions) -> None:
    """Writes a person as the organisation's system does, with the right key, then with a wrong one."""
    body = b'{"version": 1, "phone": "+221770000001"}'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_PARISH_CONTACTS_KEY", "right")
        for key, status in (("right", 200), ("wrong", 401)):
            signed = {"X-Signature": "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}
            assert await functions.call("contacts", "/parish/F-1", body, "PUT", **signed) == status


async def guessed(functions: Functions, people: list[str]) -> None:
    """Types wrong codes until their beginning is locked, and the right one of a record without an address."""
    for peer, code in zip(people, (*WRONG, RIGHT), strict=True):
        await functions.tell(functions.world.message(code, peer=peer))
        await functions.deliver()


async def by_voice(functions: Functions, peer: str) -> None:
    """Sends a voice note, which the knowledge answers."""
    world = functions.world
    world.channel.files["note"] = Download(opus(4.0), "audio/ogg")
    world.provider.replies = [Retry("gemini_503")]
    note = Media(kind="voice", id="note", mimetype="audio/ogg")
    said = world.message("", peer=peer).model_copy(update={"parts": [note]})
    assert await functions.tell(said) == 204
    await functions.deliver()


async def unsettled(functions: Functions, peer: str) -> None:
    """Makes a call whose outcome stays unknown."""
    world = functions.world
    world.channel.results, world.channel.has = [Unclear("unanswered")], NotImplementedError()
    await functions.ask(peer)
    ready = next(each for each in world.bus.waiting if each.topic == "outbound")
    await functions.deliver()
    world.clock.time += max(UNSETTLED_FOR, CLAIM) + timedelta(seconds=1)
    await functions.push("deliver", ready.topic, ready.data)


def holds(condition: str, line: dict[str, Any]) -> bool:
    """Evaluates one comparison of the logging query language.

    https://cloud.google.com/logging/docs/view/logging-query-language
    """
    match = re.fullmatch(r"(?:jsonPayload\.)?(\w+)(>=|>|<|=)(.+)", condition)
    assert match, condition
    field, operator, text = match.groups()
    value = line.get(field)
    if field == "severity":
        return operator == ">=" and SEVERITIES.index(str(value)) >= SEVERITIES.index(text)
    if operator == "=" and text in ("true", "false"):
        return value is (text == "true")
    if operator == "=" and text.isdecimal():
        return value == int(text)
    if operator == "=":
        return value in re.findall(r'"([^"]*)"', text)
    if not isinstance(value, int | float):  # a field that is not there is no number
        return False
    return {">=": value >= float(text), ">": value > float(text), "<": value < float(text)}[operator]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric["name"])
def test_a_metric_takes_what_it_says_from_lines_that_are_written(
    metric: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    taken = [line for line in lines if all(holds(each, line) for each in metric["filter"].split(" AND "))]
    assert taken, f"no line of {[line['message'] for line in lines]}"
    assert len(taken) < len(lines)
    for field in metric.get("labels", {}).values():
        values = {line.get(field) for line in taken}
        assert values - {None, ""}, field
        assert not values & (IDS | set(PLACE.values()) - {PLACE.get(field)})
        assert field not in PLACE or values == {PLACE[field]}
        assert all(isinstance(value, str | int | None) and len(str(value)) < 60 for value in values)
    if "value" in metric:
        assert all(isinstance(line[metric["value"]], int | float) for line in taken)


def test_the_schedules_of_a_paused_deployment_are_not_silent(lines: list[dict[str, Any]]) -> None:
    filters = {metric["name"]: metric["filter"] for metric in METRICS}
    since = next(number for number, line in enumerate(lines) if line["message"] == "paused")
    for name in ("sweeps", "occurrences_due"):
        conditions = filters[name].split(" AND ")
        assert [line for line in lines[since:] if all(holds(each, line) for each in conditions)], name
