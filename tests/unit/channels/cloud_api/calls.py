"""A channel of Meta's Cloud API on a simulated server, and parts for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.channels import SendResult, Sent
from shared.channels.cloud_api import CloudApi, create
from shared.models.parts import Choice, Choices, Location, Media, Part, Template, Text
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.connection import connection
from tests.fakes.http import ScriptedHttp
from tests.fakes.vendor import Vendor


@dataclass
class Line:
    """A channel of ours and the simulated Meta server that it calls."""

    channel: CloudApi
    server: Vendor

    async def say(self, part: Part) -> dict[str, Any]:
        """Sends a part; returns the body of the only call."""
        assert isinstance(await send(self.channel, part), Sent)
        (call,) = self.server.calls
        body: dict[str, Any] = call.body
        return body


def cloud_api(base_url: str, http: HttpxHttp | ScriptedHttp, token: str = "api-secret") -> CloudApi:  # noqa: S107
    settings: dict[str, Any] = {"base_url": base_url, "phone_number_id": meta.NUMBER_ID}
    return create(connection("cloud_api", settings, {"api_key": token}, http))


async def send(channel: CloudApi, part: Part | str = "Bonjour", to: str = meta.PERSON) -> SendResult:
    return await channel.send(to, Text(text=part) if isinstance(part, str) else part, turn="re-wamid.A1")


def file(kind: Any, **more: Any) -> Media:
    return Media(kind=kind, **({"url": "https://hotel.example/fichier"} | more))


def choices(*titles: str, **more: Any) -> Choices:
    made = [Choice(id=f"c{number}", title=title, **more) for number, title in enumerate(titles)]
    return Choices(text="Quel *jour* ?", choices=made, label="Choisir")


LONGEST = Choice(id="x" * 200, title="t" * 24, description="d" * 72)

#: One part of each kind that can be sent, with its type.
PARTS: dict[str, tuple[Part, str]] = {
    "text": (Text(text="Bonjour *Awa* 🙏"), "text"),
    "longest_text": (Text(text="é" * 4096), "text"),
    "image": (file("image", caption="Le _plan_"), "image"),
    "longest_caption": (file("image", caption="é" * 1024), "image"),
    "video": (file("video"), "video"),
    "voice": (file("voice", caption="…"), "audio"),
    "audio": (file("audio"), "audio"),
    "document": (file("document", caption="Reçu", filename="reçu.pdf"), "document"),
    "sticker": (file("sticker"), "sticker"),
    "location": (Location(latitude=14.6937, longitude=-17.4441), "location"),
    "reply": (Text(text="À 9 h.", reply_to="wamid.A1"), "text"),
    "venue": (Location(latitude=14.6937, longitude=-17.4441, name="Bureau", address="Rue 10"), "location"),
    "buttons": (choices("Lundi", "Mardi", "t" * 20), "interactive"),
    "list": (choices("Lundi", "Mardi", "Mercredi", "Jeudi"), "interactive"),
    "longest_list": (Choices(text="*" * 1024, choices=[LONGEST] * 10, label="l" * 20), "interactive"),
    "template": (Template(name="rappel", language="fr", parameters=["Awa", "10 h"]), "template"),
    "template_alone": (Template(name="rappel", language="fr"), "template"),
}
