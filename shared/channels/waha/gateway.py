"""WAHA: its sessions API creates a session, pairs it by a QR code and sets its webhooks.

Settings and secrets as shared/channels/waha. Vendor's page: https://waha.devlike.pro/docs/how-to/sessions/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from shared.channels import Connection, GatewayRefused, Pairing, Status, Step, ask, base_url, png
from shared.formats import wire

#: Events of chats, also of messages typed on the phone, and the session's state. `message` would repeat them.
EVENTS = [
    "message.any",
    "message.ack",
    "message.edited",
    "message.reaction",
    "message.revoked",
    "session.status",
]
#: By default WAHA retries for half a minute; this goes on for hours.
RETRIES = {"policy": "exponential", "delaySeconds": 2, "attempts": 15}
#: Chats to ignore: no person waits for an answer there.
IGNORE = {"status": True, "channels": True}

_STEPS: dict[str, Step] = {"WORKING": "paired", "STARTING": "starting"}


def create(connection: Connection, address: str) -> Waha:
    """Creates the gateway. Raises ConfigurationError if a setting is missing or unusable."""
    return Waha(connection, address)


class Waha:
    def __init__(self, connection: Connection, address: str) -> None:
        self._connection, self._address = connection, address
        self._name = connection.setting("session", r"\S+")
        self._sessions = f"{base_url(connection)}/api/sessions"
        self._session = f"{self._sessions}/{quote(self._name, safe='')}"
        self._qr = f"{base_url(connection)}/api/{quote(self._name, safe='')}/auth/qr"

    async def status(self) -> Status:
        session = await self._found()
        state = _state(session)
        ours = [hook for hook in _webhooks(session) if wire.inside(hook, "url") == self._address]
        registered = any(set(EVENTS) <= set(wire.items(hook, "events")) for hook in ours)
        return Status(state, state == "WORKING", registered)

    async def pair(self) -> Pairing:
        """Returns the state of the pairing.

        A code is valid for 20 s, and after six of them the session is FAILED.
        """
        state = _state(await self._found())
        if state != "SCAN_QR_CODE":
            return Pairing(_STEPS.get(state, "stopped"), state)
        try:
            code = await self._ask("GET", self._qr, params={"format": "image"}, Accept="application/json")
        except GatewayRefused as refused:
            if refused.answered != 422:  # it has left SCAN_QR_CODE meanwhile
                raise
            code = {}
        qr = png(code.get("data"))
        return Pairing("scan" if qr else "starting", state, qr)

    async def restart(self) -> None:
        await self._ask("POST", f"{self._session}/restart")

    async def register(self) -> Mapping[str, str]:
        """Sets the session's configuration, which is replaced as a whole: foreign parts of it are kept."""
        session = await self._found()
        kept = (wire.inside(session, "config") or {}).items()
        others = [hook for hook in _webhooks(session) if not self._ours(hook)]
        config = {"ignore": IGNORE} | {name: value for name, value in kept if value is not None}
        config |= {"webhooks": [*others, await self._webhook()]}
        if session is None:
            await self._ask(
                "POST", self._sessions, json={"name": self._name, "start": True, "config": config}
            )
        else:
            await self._ask("PUT", self._session, json={"config": config})
        return {}

    async def _webhook(self) -> dict[str, Any]:
        hmac = {"key": await self._connection.key("hmac_key")}
        return {"url": self._address, "events": EVENTS, "hmac": hmac, "retries": RETRIES}

    def _ours(self, hook: object) -> bool:
        """Whether a webhook is ours, also at another host or prefix: the deployment may have moved."""
        settings = self._connection.settings
        return str(wire.inside(hook, "url")).endswith(f"/{settings.tenant}/{settings.channel}")

    async def _found(self) -> dict[str, Any] | None:
        try:
            return await self._ask("GET", self._session)
        except GatewayRefused as refused:
            if refused.answered == 404:
                return None
            raise

    async def _ask(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        accept = request.pop("Accept", "*/*")
        headers = {"X-Api-Key": await self._connection.key("api_key"), "Accept": accept}
        return await ask(self._connection, method, url, headers=headers, **request)


def _state(session: dict[str, Any] | None) -> str:
    return "MISSING" if session is None else wire.words(session, "status") or "UNKNOWN"


def _webhooks(session: dict[str, Any] | None) -> list[Any]:
    return wire.items(session, "config", "webhooks")
