"""A bot's state: its webhook and its menu of commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.local.vendors.gateway import Answer, Json
from scripts.local.vendors.session import Calls, given
from shared.channels.telegram import gateway
from shared.models.tenant import Channel


@dataclass
class TelegramBot:
    """A bot's webhook and commands: https://core.telegram.org/bots/api#getting-updates"""

    info: Json = field(default_factory=lambda: {"url": "", "pending_update_count": 0})
    #: The menu of commands, by the language of the person's Telegram; "" for all other languages.
    commands: dict[str, list[Json]] = field(default_factory=dict)

    @classmethod
    def registered(cls, channel: Channel, address: str) -> TelegramBot:  # noqa: ARG003
        return cls({"url": address, "allowed_updates": gateway.UPDATES})

    def do(self, method: str, path: str, body: Any) -> Answer:  # noqa: ARG002
        match path.partition("/")[2]:
            case "getWebhookInfo":
                return Answer({"ok": True, "result": {"has_custom_certificate": False, **self.info}})
            case "setWebhook":
                self.info["url"] = given(body, "url", str)
                self.info["allowed_updates"] = given(body, "allowed_updates", list)
                return Answer({"ok": True, "result": True})
            case "setMyCommands":
                commands = given(body, "commands", list)
                self.commands[body.get("language_code", "")] = commands
                return Answer({"ok": True, "result": True})
            case "deleteWebhook":
                self.info["url"] = ""
                return Answer({"ok": True, "result": True})
        return Answer({"ok": False, "error_code": 404, "description": "Not Found"}, 404)

    @property
    def address(self) -> str:
        return str(self.info["url"])

    @property
    def calls(self) -> Calls:
        asked = ("getWebhookInfo", "setWebhook", "setMyCommands", "deleteWebhook")
        return [("POST", f"bot{{token}}/{name}") for name in asked]

    def pair(self, *, paired: bool = True) -> None:
        """Does nothing: a bot is not paired."""
