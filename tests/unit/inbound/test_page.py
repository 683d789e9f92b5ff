"""Answers as a web page reads them: a plain text for simple pages, and every part in full."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.channels import Webhook
from shared.channels.webchat import Webchat, create
from shared.models.message import Outbound, SentPart, Status
from shared.models.parts import Choice, Choices, Location, Media, Part, Template, Text
from shared.models.people import Identity
from tests.fakes.connection import connection
from tests.fakes.http import ScriptedHttp
from tests.world import World

VISITOR = "visitor-0123456789abcdef"
PARTS: list[Part] = [
    Text(text="Voici :"),
    Media(kind="document", filename="reçu.pdf", caption="Votre reçu", url="https://files.example/a1"),
    Location(latitude=14.6937, longitude=-17.4441, name="Bureau"),
    Choices(text="Autre chose ?", choices=[Choice(id="y", title="Oui"), Choice(id="n", title="Non")]),
    Template(name="rappel", language="fr", text="À demain"),
]


@pytest.fixture
def webchat(world: World) -> Webchat:
    """The world's only channel, a web chat. Its visitor has one answer."""
    channel = create(connection("webchat", {}, {"signing_key": "local-secret"}, ScriptedHttp(OSError())))
    world.channel = channel  # type: ignore[assignment]
    return channel


async def answers(world: World, channel: Webchat) -> Any:
    headers = {"authorization": f"Bearer {await channel.issue_token(VISITOR)}"}
    asked = Webhook(method="GET", headers=headers, query={}, body=b"")
    return await world.parts.page.answers("parish", "waha", asked, "0")


async def test_every_part_can_be_read(world: World, webchat: Webchat) -> None:
    at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    message = Outbound(
        tenant="parish",
        conversation="waha.c-1",
        message="m-1",
        channel="waha",
        to=VISITOR,
        parts=[SentPart(part=part, status=Status.SENT) for part in PARTS],
        at=at,
        seq=1,
        open=False,
        sent_at=at,
    )
    await world.store.put(Identity(tenant="parish", identity=f"web:{VISITOR}", contact="c-1"))
    await world.store.put(message)
    (shown,) = (await answers(world, webchat))["messages"]
    assert shown["parts"] == [part.model_dump(mode="json") for part in PARTS]
    assert shown["text"].split("\n\n") == [
        "Voici :",
        "[document] Votre reçu",
        "[location] Bureau",
        "Autre chose ?",
        "1. Oui\n2. Non",
        "À demain",
    ]


async def test_a_stranger_reads_nothing(world: World, webchat: Webchat) -> None:
    assert await answers(world, webchat) == {"messages": [], "next": 0}
