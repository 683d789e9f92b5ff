"""A WAHA session: created, paired by a code, posting to the address in its configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.local.vendors.gateway import Answer, Json
from scripts.local.vendors.session import Calls, code, given
from shared.channels.waha import gateway
from shared.models.tenant import Channel


@dataclass
class WahaSession:
    """A session's state: https://waha.devlike.pro/docs/how-to/sessions/"""

    name: str = "default"
    state: str = ""
    config: Json = field(default_factory=dict)
    codes: int = 0

    @classmethod
    def registered(cls, channel: Channel, address: str) -> WahaSession:
        webhook = {"url": address, "events": gateway.EVENTS}
        return cls(str(channel.settings.get("session", "default")), "WORKING", {"webhooks": [webhook]})

    def do(self, method: str, path: str, body: Any) -> Answer:
        match method, path.replace(f"/{self.name}", "/*"):
            case "POST", "api/sessions" if given(body, "name", str) == self.name:
                self.state, self.config = "SCAN_QR_CODE", given(body, "config", dict)
                return self._session(201)
            case _ if not self.state:
                return Answer({"message": "Session not found", "statusCode": 404}, 404)
            case "GET", "api/sessions/*":
                return self._session(200)
            case "PUT", "api/sessions/*":
                self.config = given(body, "config", dict)
                return self._session(200)
            case "POST", "api/sessions/*/restart":
                self.state = "SCAN_QR_CODE" if self.state != "WORKING" else self.state
                return self._session(201)
            case "GET", "api/*/auth/qr":
                return self._code()
        return Answer({"message": f"Cannot {method} /{path}"}, 404)

    def _code(self) -> Answer:
        if self.state != "SCAN_QR_CODE":
            return Answer({"message": "Session status is not as expected"}, 422)
        self.codes += 1
        return Answer({"mimetype": "image/png", "data": code(self.codes)})

    def _session(self, status: int) -> Answer:
        told = {"name": self.name, "status": self.state, "config": self.config, "me": None}
        return Answer(told | {"presence": None, "timestamps": {"activity": None}}, status)

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
