"""Telegram: a bot is made with @BotFather; it needs no pairing, only a webhook and a menu.

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

#: By default, Telegram sends no message_reaction.
UPDATES = ["callback_query", "edited_message", "message", "message_reaction", "my_chat_member"]
#: An error of the last delivery counts for this long, while updates are pending.
_RECENT = timedelta(minutes=10)


def create(connection: Connection, address: str) -> Telegram:
    """Creates the gateway. Raises ConfigurationError if `base_url` is missing or unusable."""
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
        """Removes the webhook and sets it again.

        Pending updates are kept, and come without the rest of the backoff from failed deliveries.
        """
        await self._ask("deleteWebhook", {"drop_pending_updates": False})
        await self._set_webhook()

    async def register(self) -> Mapping[str, str]:
        """Sets the menu of commands, then the webhook.

        The menu is in the language of the person's Telegram, and in English for any other
        (https://core.telegram.org/bots/features#global-commands).
        """
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
        """Whether updates are pending because a delivery to us failed lately."""
        when, waiting = wire.inside(info, "last_error_date"), wire.inside(info, "pending_update_count")
        since = (self._connection.now() - _RECENT).timestamp()
        return isinstance(when, int) and when >= since and bool(waiting)

    async def _ask(self, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        token = quote(await self._connection.key("api_key"), safe=":")
        return await ask(self._connection, "POST", f"{self._url}/bot{token}/{method}", json=body or {})
