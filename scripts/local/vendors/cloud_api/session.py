"""The state of a number at Meta: its health, and the address that overrides the app's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scripts.local.vendors.gateway import Answer
from scripts.local.vendors.session import Calls, given
from shared.models.tenant import Channel


@dataclass
class MetaNumber:
    """A number at Meta:
    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override"""

    number: str = "106540352242922"
    account: str = "102290129340398"
    health: str = "AVAILABLE"
    override: str = ""
    subscribed: bool = False

    @classmethod
    def registered(cls, channel: Channel, address: str) -> MetaNumber:
        account = str(channel.settings.get("business_account", ""))
        return cls(str(channel.settings["phone_number_id"]), account, override=address, subscribed=True)

    def do(self, method: str, path: str, body: Any) -> Answer:
        match method, path.rpartition("/")[2]:
            case "GET", self.number:
                webhooks = {"application": "https://elsewhere.example/all"}
                webhooks |= {"phone_number": self.override} if self.override else {}
                told = {"health_status": {"can_send_message": self.health}, "webhook_configuration": webhooks}
                return Answer(told | {"id": self.number})
            case "POST", self.number:
                webhook = given(body, "webhook_configuration", dict)
                self.override = given(webhook, "override_callback_uri", str)
                return Answer({"success": True})
            case "GET", "subscribed_apps":
                app = {"whatsapp_business_api_data": {"id": "1", "name": "Concierge", "link": ""}}
                return Answer({"data": [app] if self.subscribed else []})
            case "POST", "subscribed_apps":
                self.subscribed = True
                return Answer({"success": True})
        return Answer({"error": {"code": 100, "message": "…", "type": "GraphMethodException"}}, 404)

    @property
    def address(self) -> str:
        return self.override

    @property
    def calls(self) -> Calls:
        places = (self.number, f"{self.account}/subscribed_apps")
        return [(method, place) for place in places for method in ("GET", "POST")]

    def pair(self, *, paired: bool = True) -> None:
        """Does nothing: a number is not paired."""
