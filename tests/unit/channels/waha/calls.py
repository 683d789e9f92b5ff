"""A channel of WAHA on a simulated gateway, and parts for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.channels import SendResult
from shared.channels.waha import Waha, create
from shared.models.parts import Choice, Choices, Location, Media, Part, Template, Text
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.connection import connection
from tests.fakes.http import ScriptedHttp
from tests.fakes.vendor import Vendor

CHAT = "221770000001@c.us"

SENT_AT = datetime.fromtimestamp(1_784_884_700, UTC)


@dataclass
class Line:
    """A channel of ours and the simulated gateway that it calls."""

    channel: Waha
    gateway: Vendor


def waha(base_url: str, http: HttpxHttp | ScriptedHttp, api_key: str = "api-secret") -> Waha:
    settings: dict[str, Any] = {"base_url": base_url, "session": "default"}
    return create(connection("waha", settings, {"api_key": api_key}, http))


async def send(channel: Waha, text: str = "Bonjour") -> SendResult:
    return await channel.send(CHAT, Text(text=text), turn="turn-1")


URL = "https://files.example/a1"

CHOICES = Choices(
    text="Quel parcours ?",
    choices=[Choice(id="a", title="Éveil", description="4 à 6 ans"), Choice(id="b", title="Autre")],
)

TEMPLATE = Template(name="rappel", language="fr", parameters=["Awa"], text="Rappel pour Awa")

PDF = Media(kind="document", mimetype="application/pdf", filename="reçu.pdf", caption="Reçu", url=URL)

PLACE = Location(latitude=14.6937, longitude=-17.4441, name="Bureau", address="Dakar")

#: Each part that can be sent, its call and its body.
PARTS: list[tuple[Part, str, dict[str, Any]]] = [
    (CHOICES, "sendText", {"text": "Quel parcours ?\n\n1. Éveil: 4 à 6 ans\n2. Autre"}),
    (TEMPLATE, "sendText", {"text": "Rappel pour Awa"}),
    (
        Media(kind="image", mimetype="image/png", caption="Plan", url=URL),
        "sendImage",
        {"file": {"mimetype": "image/png", "url": URL}, "caption": "Plan"},
    ),
    (Media(kind="image", url=URL), "sendImage", {"file": {"mimetype": "image/jpeg", "url": URL}}),
    (
        PDF,
        "sendFile",
        {"file": {"mimetype": "application/pdf", "url": URL, "filename": "reçu.pdf"}, "caption": "Reçu"},
    ),
    (Media(kind="video", url=URL), "sendFile", {"file": {"mimetype": "video/mp4", "url": URL}}),
    (
        Media(kind="voice", url=URL),
        "sendVoice",
        {"file": {"mimetype": "audio/ogg; codecs=opus", "url": URL}, "convert": False},
    ),
    (
        Media(kind="voice", mimetype="audio/mpeg", url=URL),
        "sendVoice",
        {"file": {"mimetype": "audio/mpeg", "url": URL}, "convert": True},
    ),
    (PLACE, "sendLocation", {"latitude": 14.6937, "longitude": -17.4441, "title": "Bureau"}),
    (
        Location(latitude=0, longitude=0, address="Golfe de Guinée"),
        "sendLocation",
        {"latitude": 0, "longitude": 0, "title": "Golfe de Guinée"},
    ),
]


async def found(
    line: Line, text: str = "Bonjour", *, since: datetime = SENT_AT, known: Sequence[str] = ()
) -> str | None:
    return await line.channel.find_sent(CHAT, Text(text=text), since=since, known=known)
