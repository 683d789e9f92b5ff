"""A simulated gateway's own state, as each vendor tells it: its session, the code to scan, where it posts to.

What passes messages is in `gateways/`; who may ask is told in `administered`.
"""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from starlette.responses import JSONResponse, Response

from shared.channels.green_api import gateway as green_api
from shared.channels.telegram import gateway as telegram
from shared.channels.waha import gateway as waha
from shared.models.tenant import Channel

Json = dict[str, Any]
T = TypeVar("T")
#: The calls that a gateway takes here: method, and path below its base_url.
Calls = Sequence[tuple[str, str]]


class Session(Protocol):
    """A gateway as its vendor made it: not paired, and posting nowhere."""

    @property
    def address(self) -> str:
        """Where it posts to."""
        ...

    @property
    def calls(self) -> Calls: ...

    def pair(self, *, paired: bool = True) -> None:
        """Somebody scans its code, or takes the pairing back on the phone."""
        ...

    def do(self, method: str, path: str, body: Any) -> Response:
        """One call, as the vendor answers it. Raises ValueError where the body is not what the call takes."""
        ...


def _given(body: Any, name: str, kind: type[T]) -> T:
    """A body's field. Raises ValueError."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}")
    return value


def code(number: int = 1) -> str:
    """A picture that looks like a QR code, as a PNG in base64."""
    size, dots = 33, random.Random(number)  # noqa: S311
    rows = [
        bytes([0])
        + bytes(255 * dots.choice((0, 1)) if 2 <= x < 31 and 2 <= y < 31 else 255 for x in range(size))
        for y in range(size)
    ]
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(rows))),
        (b"IEND", b""),
    ]
    image = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return base64.b64encode(image).decode()


@dataclass
class WahaSession:
    """https://waha.devlike.pro/docs/how-to/sessions/"""

    name: str = "default"
    state: str = ""
    config: Json = field(default_factory=dict)
    codes: int = 0

    def do(self, method: str, path: str, body: Any) -> Response:
        match method, path.replace(f"/{self.name}", "/*"):
            case "POST", "api/sessions" if _given(body, "name", str) == self.name:
                self.state, self.config = "SCAN_QR_CODE", _given(body, "config", dict)
                return self._session(201)
            case _ if not self.state:
                return JSONResponse({"message": "Session not found", "statusCode": 404}, 404)
            case "GET", "api/sessions/*":
                return self._session(200)
            case "PUT", "api/sessions/*":
                self.config = _given(body, "config", dict)
                return self._session(200)
            case "POST", "api/sessions/*/restart":
                self.state = "SCAN_QR_CODE" if self.state != "WORKING" else self.state
                return self._session(201)
            case "GET", "api/*/auth/qr":
                return self._code()
        return JSONResponse({"message": f"Cannot {method} /{path}"}, 404)

    def _code(self) -> Response:
        if self.state != "SCAN_QR_CODE":
            return JSONResponse({"message": "Session status is not as expected"}, 422)
        self.codes += 1
        return JSONResponse({"mimetype": "image/png", "data": code(self.codes)})

    def _session(self, status: int) -> Response:
        told = {"name": self.name, "status": self.state, "config": self.config, "me": None}
        return JSONResponse(told | {"presence": None, "timestamps": {"activity": None}}, status)

    @property
    def address(self) -> str:
        return "".join(hook["url"] for hook in self.config.get("webhooks", [])[-1:])

    @property
    def calls(self) -> Calls:
        session = f"api/sessions/{self.name}"
        return (
            ("POST", "api/sessions"),
            *((method, session) for method in ("GET", "PUT")),
            ("POST", f"{session}/restart"),
            ("GET", f"api/{self.name}/auth/qr"),
        )

    def pair(self, *, paired: bool = True) -> None:
        self.state = "WORKING" if paired else "SCAN_QR_CODE"


@dataclass
class GreenInstance:
    """https://green-api.com/en/docs/api/account/"""

    instance: str = "7103000000"
    state: str = "notAuthorized"
    settings: Json = field(default_factory=lambda: {"webhookUrl": "", "incomingWebhook": "no"})
    trouble: str = ""

    def do(self, method: str, path: str, body: Any) -> Response:
        match method, path.split("/")[1]:
            case "GET", "getStateInstance":
                return JSONResponse({"stateInstance": self.state})
            case "GET", "getSettings":
                return JSONResponse({"wid": "", "typeInstance": "whatsapp", **self.settings})
            case "POST", "setSettings":
                self.settings |= _given({"settings": body}, "settings", dict)
                return JSONResponse({"saveSettings": True})
            case "GET", "reboot":
                self.trouble = ""
                return JSONResponse({"isReboot": True})
            case "GET", "qr" if self.trouble:
                return JSONResponse({"type": "error", "message": self.trouble})
            case "GET", "qr" if self.state == "authorized":
                said = "instance account already authorized"
                return JSONResponse({"type": "alreadyLogged", "message": said})
            case "GET", "qr":
                return JSONResponse({"type": "qrCode", "message": code()})
        return Response(status_code=404)

    @property
    def address(self) -> str:
        return str(self.settings["webhookUrl"])

    @property
    def calls(self) -> Calls:
        asked = ("getStateInstance", "getSettings", "qr", "reboot")
        place = f"waInstance{self.instance}"
        reads = (("GET", f"{place}/{name}/{{token}}") for name in asked)
        return *reads, ("POST", f"{place}/setSettings/{{token}}")

    def pair(self, *, paired: bool = True) -> None:
        self.state = "authorized" if paired else "notAuthorized"


@dataclass
class TelegramBot:
    """https://core.telegram.org/bots/api#getting-updates"""

    info: Json = field(default_factory=lambda: {"url": "", "pending_update_count": 0})
    #: The menu of commands, by the language of the person's Telegram; "" is everybody else's.
    commands: dict[str, list[Json]] = field(default_factory=dict)

    def do(self, method: str, path: str, body: Any) -> Response:  # noqa: ARG002
        match path.partition("/")[2]:
            case "getWebhookInfo":
                return JSONResponse({"ok": True, "result": {"has_custom_certificate": False, **self.info}})
            case "setWebhook":
                self.info["url"] = _given(body, "url", str)
                self.info["allowed_updates"] = _given(body, "allowed_updates", list)
                return JSONResponse({"ok": True, "result": True})
            case "setMyCommands":
                commands = _given(body, "commands", list)
                self.commands[body.get("language_code", "")] = commands
                return JSONResponse({"ok": True, "result": True})
            case "deleteWebhook":
                self.info["url"] = ""
                return JSONResponse({"ok": True, "result": True})
        return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)

    @property
    def address(self) -> str:
        return str(self.info["url"])

    @property
    def calls(self) -> Calls:
        asked = ("getWebhookInfo", "setWebhook", "setMyCommands", "deleteWebhook")
        return [("POST", f"bot{{token}}/{name}") for name in asked]

    def pair(self, *, paired: bool = True) -> None:
        """There is nothing to pair."""


@dataclass
class MetaNumber:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override"""

    number: str = "106540352242922"
    account: str = "102290129340398"
    health: str = "AVAILABLE"
    override: str = ""
    subscribed: bool = False

    def do(self, method: str, path: str, body: Any) -> Response:
        match method, path.rpartition("/")[2]:
            case "GET", self.number:
                webhooks = {"application": "https://elsewhere.example/all"}
                webhooks |= {"phone_number": self.override} if self.override else {}
                told = {"health_status": {"can_send_message": self.health}, "webhook_configuration": webhooks}
                return JSONResponse(told | {"id": self.number})
            case "POST", self.number:
                webhook = _given(body, "webhook_configuration", dict)
                self.override = _given(webhook, "override_callback_uri", str)
                return JSONResponse({"success": True})
            case "GET", "subscribed_apps":
                app = {"whatsapp_business_api_data": {"id": "1", "name": "Concierge", "link": ""}}
                return JSONResponse({"data": [app] if self.subscribed else []})
            case "POST", "subscribed_apps":
                self.subscribed = True
                return JSONResponse({"success": True})
        return JSONResponse({"error": {"code": 100, "message": "…", "type": "GraphMethodException"}}, 404)

    @property
    def address(self) -> str:
        return self.override

    @property
    def calls(self) -> Calls:
        places = (self.number, f"{self.account}/subscribed_apps")
        return [(method, place) for place in places for method in ("GET", "POST")]

    def pair(self, *, paired: bool = True) -> None:
        """There is nothing to pair."""


def registered(channel: Channel, address: str) -> Session | None:
    """One that is paired and posts to the address, as after `make gateway … register`; None where there is no
    gateway."""
    named = {name: str(value) for name, value in channel.settings.items()}
    session: Session
    match channel.kind:
        case "waha":
            webhook = {"url": address, "events": waha.EVENTS}
            session = WahaSession(named.get("session", "default"), config={"webhooks": [webhook]})
        case "green_api":
            settings = {"webhookUrl": address, **green_api.EVENTS}
            session = GreenInstance(named["instance"], settings=settings)
        case "telegram":
            session = TelegramBot({"url": address, "allowed_updates": telegram.UPDATES})
        case "cloud_api":
            numbers = named["phone_number_id"], named.get("business_account", "")
            session = MetaNumber(*numbers, override=address, subscribed=True)
        case _:
            return None
    session.pair()
    return session
