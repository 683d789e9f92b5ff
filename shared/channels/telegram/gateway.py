"""Telegram: a bot is made with @BotFather; there is nothing to pair, only a webhook and a menu to set.

Settings and secrets as shared/channels/telegram. https://core.telegram.org/bots/api#getting-updates
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from shared.channels import Connection, Pairing, Status, Unsupported, ask, base_url
from shared.formats import wire
from shared.language.languages import shipped

#: Left to itself, Telegram sends no message_reaction.
UPDATES = ["callback_query", "edited_message", "message", "message_reaction", "my_chat_member"]
#: An error of the last delivery counts for so long, while something still waits.
_RECENT = timedelta(minutes=10)


def create(connection: Connection, address: str) -> Telegram:
    """Raises ConfigurationError where `base_url` is missing or cannot be used."""
    return Telegram(connection, address)


class Telegram:
    def __init__(self, connection: Connection, address: str) -> None:
        self._connection, self._address = connection, address
        self._url = base_url(connection)

    async def status(self) -> Status:
        info = wire.inside(await self._ask("getWebhookInfo"), "result")
        heard = wire.inside(info, "url") == self._address
        failing = self._failing(info)
        every = set(UPDATES) <= set(wire.items(info, "allowed_updates"))
        return Status("webhook_failing" if failing else "ok", not failing, heard and every)

    async def pair(self) -> Pairing:
        raise Unsupported("a Telegram bot is not paired: its token is all (expected register)")

    async def restart(self) -> None:
        """Takes the webhook away and sets it again: what waits is kept, and comes without the rest of the
        wait that failed deliveries have brought on."""
        await self._ask("deleteWebhook", {"drop_pending_updates": False})
        await self._set_webhook()

    async def register(self) -> Mapping[str, str]:
        """Sets the menu of commands, by the language of the person's Telegram and in English for any other
        (https://core.telegram.org/bots/features#global-commands), then the webhook."""
        for code, language in shipped().items():
            commands = [{"command": name, "description": text} for name, text in language.menu.items()]
            menu = {"commands": commands, "language_code": "" if code == "en" else code}
            await self._ask("setMyCommands", menu)
        await self._set_webhook()
        return {}

    async def _set_webhook(self) -> None:
        token = await self._connection.key("secret_token")
        await self._ask(
            "setWebhook", {"url": self._address, "secret_token": token, "allowed_updates": UPDATES}
        )

    def _failing(self, info: object) -> bool:
        """Whether updates wait because we did not take one lately."""
        when, waiting = wire.inside(info, "last_error_date"), wire.inside(info, "pending_update_count")
        since = (self._connection.now() - _RECENT).timestamp()
        return isinstance(when, int) and when >= since and bool(waiting)

    async def _ask(self, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        token = quote(await self._connection.key("api_key"), safe=":")
        return await ask(self._connection, "POST", f"{self._url}/bot{token}/{method}", json=body or {})
