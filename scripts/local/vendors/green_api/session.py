"""A Green API instance: paired by a code, posting to the address in its settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.local.vendors.gateway import Answer, Json
from scripts.local.vendors.session import Calls, code, given
from shared.channels.green_api import gateway
from shared.models.tenant import Channel


@dataclass
class GreenInstance:
    """An instance's account: https://green-api.com/en/docs/api/account/"""

    instance: str = "7103000000"
    state: str = "notAuthorized"
    settings: Json = field(default_factory=lambda: {"webhookUrl": "", "incomingWebhook": "no"})
    trouble: str = ""

    @classmethod
    def registered(cls, channel: Channel, address: str) -> GreenInstance:
        settings = {"webhookUrl": address, **gateway.EVENTS}
        return cls(str(channel.settings["instance"]), "authorized", settings)

    def do(self, method: str, path: str, body: Any) -> Answer:
        match method, path.split("/")[1]:
            case "GET", "getStateInstance":
                return Answer({"stateInstance": self.state})
            case "GET", "getSettings":
                return Answer({"wid": "", "typeInstance": "whatsapp", **self.settings})
            case "POST", "setSettings":
                self.settings |= given({"settings": body}, "settings", dict)
                return Answer({"saveSettings": True})
            case "GET", "reboot":
                self.trouble = ""
                return Answer({"isReboot": True})
            case "GET", "qr" if self.trouble:
                return Answer({"type": "error", "message": self.trouble})
            case "GET", "qr" if self.state == "authorized":
                said = "instance account already authorized"
                return Answer({"type": "alreadyLogged", "message": said})
            case "GET", "qr":
                return Answer({"type": "qrCode", "message": code()})
        return Answer(status=404)

    @property
    def address(self) -> str:
        return str(self.settings["webhookUrl"])

    @property
    def calls(self) -> Calls:
        asked = ("getStateInstance", "getSettings", "qr", "reboot")
        place = f"waInstance{self.instance}"
        reads = (("GET", f"{place}/{name}/{{token:path}}") for name in asked)
        return *reads, ("POST", f"{place}/setSettings/{{token:path}}")

    def pair(self, *, paired: bool = True) -> None:
        self.state = "authorized" if paired else "notAuthorized"
