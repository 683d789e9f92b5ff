"""Meta's Cloud API: a number is registered in Meta's console; its webhook's address can be set by API.

Settings and secrets as shared/channels/cloud_api, and `business_account`, the WhatsApp Business Account's id,
which our app is subscribed to. Meta checks an address by its challenge at once, so the webhook must be
deployed. Vendor's pages:
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override and
…/support/health-status; its OpenAPI, v23.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.channels import Connection, Pairing, Status, Unsupported, ask, base_url
from shared.formats import wire

#: Levels of a webhook's address: a number's events go to the first one that is set.
_LEVELS = "phone_number", "whatsapp_business_account", "application"
#: Fields that shared/channels/cloud_api reads.
_FIELDS = "messages, account_update, user_id_update, smb_message_echoes"
_CONSOLE = "it is done in Meta's console"


def create(connection: Connection, address: str) -> CloudApi:
    """Creates the gateway. Raises ConfigurationError if a setting is missing or unusable."""
    return CloudApi(connection, address)


class CloudApi:
    def __init__(self, connection: Connection, address: str) -> None:
        self._connection, self._address = connection, address
        self._url = base_url(connection)
        self._number = connection.setting("phone_number_id", r"[0-9]{1,32}")
        self._account = connection.setting("business_account", r"[0-9]{1,32}")

    async def status(self) -> Status:
        """Returns the number's state; `LIMITED` still sends."""
        fields = {"fields": "health_status,webhook_configuration"}
        number = await self._ask("GET", self._number, params=fields)
        status = wire.words(number, "health_status", "can_send_message") or "UNKNOWN"
        addresses = [wire.words(number, "webhook_configuration", level) for level in _LEVELS]
        heard = next(filter(None, addresses), "") == self._address
        return Status(status, status in ("AVAILABLE", "LIMITED"), heard and await self._subscribed())

    async def pair(self) -> Pairing:
        raise Unsupported(f"a number of the Cloud API is not paired: {_CONSOLE}")

    async def restart(self) -> None:
        raise Unsupported(f"the Cloud API has no session to restart: {_CONSOLE} (expected register)")

    async def register(self) -> Mapping[str, str]:
        """Sets the number's own webhook address.

        News of the whole account (a ban) goes to the app's address, which only the console can set, with the
        fields to subscribe to.
        """
        token = await self._connection.key("verify_token")
        webhook = {"override_callback_uri": self._address, "verify_token": token}
        await self._ask("POST", f"{self._account}/subscribed_apps", json={})
        await self._ask("POST", self._number, json={"webhook_configuration": webhook})
        return {"Callback URL": self._address, "Verify token": token, "Webhook fields": _FIELDS}

    async def _subscribed(self) -> bool:
        """Whether any app is subscribed to the account: without one no event is posted to any address."""
        return bool(wire.items(await self._ask("GET", f"{self._account}/subscribed_apps"), "data"))

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {await self._connection.key('api_key')}"}
        return await ask(self._connection, method, f"{self._url}/{path}", headers=headers, **request)
