"""A channel is one file: the text of shared/channels/README.md works as a channel.

It talks through the whole core with an SMS gateway on a socket, and passes the contract suite.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts import manifest
from shared.channels import Webhook
from shared.errors import ConfigurationError, Rejected
from shared.models.message import Outbound, Status
from shared.models.tenant import Channel, KnowledgeEntry, Wording
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins
from tests.fakes import sixth_channel
from tests.fakes.connection import connection
from tests.fakes.http import ScriptedHttp, answer
from tests.fakes.served import served
from tests.fakes.sixth_channel import KEY, KIND, PERSON, message, signed
from tests.world import RealChannels, World

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"api_key": "parish-sms-api-key", "hmac_key": "parish-sms-hmac-key"}


@dataclass
class SmsGateway:
    """An SMS gateway that accepts every message, and records the message and its key."""

    took: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/messages", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.took.append(await request.json())
        self.keys.add(request.headers["authorization"])
        return JSONResponse({"id": f"sms-{len(self.took)}"}, 201)


@dataclass
class Line:
    """The core with an SMS gateway as its channel."""

    world: World
    gateway: SmsGateway

    async def post(self, event: dict[str, Any], headers: dict[str, str] | None = None) -> int:
        """Posts an event as the gateway and handles all that follows; returns the number of accepted
        events."""
        body = json.dumps(event).encode()
        webhook = Webhook("POST", signed(body) if headers is None else headers, {}, body)
        accepted = await self.world.parts.intake.accept("parish", "sms", webhook)
        await self.world.pump()
        return accepted.published

    async def answered(self) -> Outbound:
        return (await self.world.outbound())[-1]


@pytest.fixture
async def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    monkeypatch.setenv("SECRET_PARISH_SMS_API_KEY", "api-secret")
    monkeypatch.setenv("SECRET_PARISH_SMS_HMAC_KEY", KEY)
    gateway, http = SmsGateway(), HttpxHttp()
    with sixth_channel.installed():
        async with served(gateway.app()) as origin:
            world = await World(tmp_path).begin(languages=["en", "fr"])
            world.clock.time = datetime.fromtimestamp(sixth_channel.AT, UTC)
            world.rebuild(RealChannels(world), http=http)
            settings: dict[str, Any] = {"base_url": origin}
            await world.store.put(
                Channel(tenant="parish", channel="sms", kind="sms", settings=settings, secrets=SECRETS)
            )
            yield Line(world, gateway)
            await http.close()


async def test_a_conversation_goes_through_the_whole_core(line: Line) -> None:
    assert await line.post(message("What time is mass?")) == 1
    (sent,) = line.gateway.took
    assert sent == {
        "to": PERSON,
        "text": "answer to: What time is mass?",
        "reference": (await line.answered()).message,
    }
    assert line.gateway.keys == {"Bearer api-secret"}
    assert (await line.answered()).status == Status.SENT
    assert await line.world.outcomes() == ["answered"]
    delivered = {"event": "status", "id": "sms-1", "status": "delivered", "reference": sent["reference"]}
    assert await line.post(delivered) == 1
    assert (await line.answered()).status == Status.DELIVERED


async def test_what_there_is_to_choose_is_numbered_and_a_number_is_understood(line: Line) -> None:
    wording = Wording(questions=["When is mass?"], answer="On Sundays.")
    for entry, topic in (("mass", "Mass times"), ("office", "The office")):
        await line.world.store.put(
            KnowledgeEntry(tenant="parish", entry=entry, topic={"en": topic}, wordings={"en": wording})
        )
    await line.post(message("services"))
    assert line.gateway.took[-1]["text"].endswith("\n\n1. Mass times\n2. The office")
    await line.post(message("2", id="m2"))
    assert line.gateway.took[-1]["text"].startswith("About *The office*,")


async def test_a_repeat_is_answered_once(line: Line) -> None:
    for _ in range(2):
        await line.post(message("What time is mass?"))
    assert len(line.gateway.took) == 1


async def test_what_nobody_needs_is_named_and_what_is_not_the_gateways_refused(line: Line) -> None:
    assert await line.post({"event": "balance"}) == 0
    forged = {"x-signature": "0" * 64}
    for event, headers, status in ((message("Hello"), forged, 401), ({"nonsense": 1}, None, 400)):
        with pytest.raises(Rejected) as refused:
            await line.post(event, headers)
        assert refused.value.status == status
    assert line.gateway.took == []


def test_it_is_found_where_its_file_lies_and_nowhere_else() -> None:
    made = connection(KIND, {"base_url": "https://sms.example"}, {}, ScriptedHttp(answer(200)))
    with sixth_channel.installed():
        assert type(plugins.channel(KIND, made)).__name__ == "Sms"
    with pytest.raises(ConfigurationError, match="'sms' is not one of the files"):
        plugins.channel(KIND, made)


def test_the_manifest_grants_its_secrets_already() -> None:
    granted = {
        name for each in manifest.load().functions.values() for name in each.secrets.get("channels", ())
    }
    asked = set(re.findall(r"(?:key|secret)\(['\"](\w+)['\"]\)", sixth_channel.code()))
    assert asked == set(SECRETS)
    assert asked <= granted


def test_it_is_written_as_every_file_here() -> None:
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--stdin-filename", "shared/channels/sms.py", "-"]
        done = subprocess.run(
            command,
            input=sixth_channel.code(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_keeps_what_every_channel_keeps() -> None:
    """Runs the contract suite, which includes any file in shared/channels."""
    suite = [sys.executable, "-m", "pytest", "tests/contract/test_channels.py", "-p", "no:cacheprovider"]
    command = [*suite, "-p", "tests.fakes.sixth_channel", "-k", f"{KIND} or every_case"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3_000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 50
