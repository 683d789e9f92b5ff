"""A channel of Telegram on a simulated Bot API, and parts for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from scripts.local.vendors.telegram import gateway as vendor
from shared.channels import SendResult, Sent
from shared.channels.telegram import Telegram, create
from shared.models.parts import Choice, Choices, Location, Media, Part, Template, Text
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.connection import connection
from tests.fakes.http import ScriptedHttp
from tests.fakes.vendor import Call, Vendor

CHAT = "700000001"

TOKEN = "7100000001:local-token"


def refusal(code: int, description: str, **parameters: int) -> Response:
    """Returns an error in Telegram's format."""
    told = vendor.refusal(code, description, **parameters)
    return JSONResponse(told.body, told.status)


def method(call: Call) -> str:
    """Returns the API's method that a call names."""
    return call.path.rpartition("/")[2]


@dataclass
class Line:
    """A channel of ours and the simulated Bot API that it calls."""

    channel: Telegram
    server: Vendor

    async def say(self, part: Part) -> dict[str, Any]:
        """Sends a part; returns the method and the body of the only call."""
        assert isinstance(await send(self.channel, part), Sent)
        (call,) = self.server.calls
        return {"method": method(call), **call.body}


def telegram(base_url: str, http: HttpxHttp | ScriptedHttp, token: str = TOKEN) -> Telegram:
    return create(connection("telegram", {"base_url": base_url}, {"api_key": token}, http))


async def send(channel: Telegram, part: Part | str = "Bonjour") -> SendResult:
    return await channel.send(CHAT, Text(text=part) if isinstance(part, str) else part, turn="turn-1")


def file(kind: Any, **more: Any) -> Media:
    return Media(kind=kind, **({"url": "https://hotel.example/fichier"} | more))


def choices(*ids: str, **more: Any) -> Choices:
    return Choices(
        text="Quel *jour* ?", choices=[Choice(id=one, title=f"Jour {one}"[:24], **more) for one in ids]
    )


PLACE = Location(latitude=14.6937, longitude=-17.4441)

#: One part of each kind that can be sent, with its method.
PARTS: dict[str, tuple[Part, str]] = {
    "text": (Text(text="Bonjour *Awa* <3"), "sendMessage"),
    "image": (file("image", caption="Le _plan_"), "sendPhoto"),
    "image_alone": (file("image"), "sendPhoto"),
    "video": (file("video"), "sendVideo"),
    "voice": (file("voice"), "sendVoice"),
    "audio": (file("audio"), "sendAudio"),
    "document": (file("document", caption="Reçu", filename="reçu.pdf"), "sendDocument"),
    "sticker": (file("sticker"), "sendSticker"),
    "location": (PLACE, "sendLocation"),
    "venue": (PLACE.model_copy(update={"name": "Bureau", "address": "Rue 10"}), "sendVenue"),
    "choices": (choices("lundi", "mardi"), "sendMessage"),
    "numbers": (choices("x" * 65, "mardi"), "sendMessage"),
    "template": (Template(name="rappel", language="fr", text="À demain."), "sendMessage"),
}
