"""Green API: an instance is bought in the vendor's console, and paired and configured through its API.

Settings and secrets as shared/channels/green_api: the api_key is a part of every URL. Vendor's pages:
https://green-api.com/en/docs/api/account/ (GetStateInstance, GetSettings, SetSettings, QR, Reboot).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from shared.channels import Connection, Pairing, Status, ask, base_url, png
from shared.formats import wire

#: Events: messages of people, messages typed on the phone, receipts of ours, and the instance's state. An
#: echo of our own API calls is not needed. After creation all of them are off.
EVENTS = {
    "incomingWebhook": "yes",
    "outgoingMessageWebhook": "yes",
    "outgoingAPIMessageWebhook": "no",
    "outgoingWebhook": "yes",
    "editedMessageWebhook": "yes",
    "deletedMessageWebhook": "yes",
    "incomingBlockWebhook": "yes",
    "stateWebhook": "yes",
}


def create(connection: Connection, address: str) -> GreenApi:
    """Creates the gateway. Raises ConfigurationError if a setting is missing or unusable."""
    return GreenApi(connection, address)


class GreenApi:
    def __init__(self, connection: Connection, address: str) -> None:
        self._connection, self._address = connection, address
        self._url = f"{base_url(connection)}/waInstance{connection.setting('instance', r'[0-9]{1,20}')}"

    async def status(self) -> Status:
        state = wire.words(await self._ask("GET", "getStateInstance"), "stateInstance") or "unknown"
        settings = await self._ask("GET", "getSettings")
        heard = settings.get("webhookUrl") == self._address and settings.get("incomingWebhook") == "yes"
        return Status(state, state == "authorized", heard)

    async def pair(self) -> Pairing:
        """Returns the state of the pairing. A code is valid for 20 s.

        `Instance has auth. You need to make log out` is a broken pairing: only a logout in the vendor's
        console repairs it.
        """
        code = await self._ask("GET", "qr")
        match code.get("type"):
            case "alreadyLogged":
                return Pairing("paired", "authorized")
            case "qrCode" if qr := png(code.get("message")):
                return Pairing("scan", "notAuthorized", qr)
            case "error":
                said = wire.words(code, "message")
                return Pairing("stopped", "needs_logout" if "log out" in said else "error")
        return Pairing("starting", "starting")

    async def restart(self) -> None:
        await self._ask("GET", "reboot")

    async def register(self) -> Mapping[str, str]:
        """Sets the instance's webhook, which takes effect within five minutes, with a restart."""
        token = await self._connection.key("webhook_token")
        await self._ask(
            "POST", "setSettings", json={"webhookUrl": self._address, "webhookUrlToken": token, **EVENTS}
        )
        return {}

    async def _ask(self, method: str, name: str, **request: Any) -> dict[str, Any]:
        token = quote(await self._connection.key("api_key"), safe="")
        return await ask(self._connection, method, f"{self._url}/{name}/{token}", **request)
