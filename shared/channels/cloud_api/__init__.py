"""Meta's WhatsApp Cloud API: the network's own gateway, without a paired phone.

Settings: `base_url` (https://graph.facebook.com/v23.0), `phone_number_id`, `business_account` (the WhatsApp
Business Account's id: account news is accepted for this one only). Secrets: `api_key` (the access token of
our calls), `app_secret` (it signs webhooks), `verify_token` (of the GET check). Vendor's pages:
https://developers.facebook.com/documentation/business-messaging/whatsapp/; its OpenAPI, v23.0.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.channels import Connection, Download, Later, Parsed, Refused, SendResult, Unclear, Webhook
from shared.channels.cloud_api import inbound, outbound
from shared.errors import Drop, Rejected, Retry
from shared.formats import whatsapp
from shared.models.parts import Media, Part
from shared.models.people import Address
from shared.models.terms import Pace, Terms
from shared.platform.http import HttpAnswer, Unanswered, Unreachable

Json = dict[str, Any]

#: Free messages are allowed this long after the person's last one; then templates (error 131047).
_WINDOW = timedelta(hours=24)
#: Messages begun by us: well below the 80 a second of a number
#: (https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput).
_BEGUN = Pace(burst=40, every=timedelta(milliseconds=25))
#: Chats whose newest message is remembered for "typing…".
_CHATS = 1_000


def create(connection: Connection) -> CloudApi:
    """Creates the channel. Raises ConfigurationError if a setting is missing or unusable."""
    return CloudApi(connection)


class CloudApi:
    terms = Terms(window=_WINDOW, pace=whatsapp.PACE, begun=_BEGUN, strangers=True)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = connection.setting("base_url", r"https?://[^\s?#]+").rstrip("/")
        self._number = connection.setting("phone_number_id", r"[0-9]{1,32}")
        self._account = str(connection.settings.settings.get("business_account", ""))
        self._newest: dict[str, str] = {}

    async def challenge(self, webhook: Webhook) -> str:
        """Answers Meta's check of a webhook's address with the echo it expects. Raises Rejected(403)."""
        token, given = await self._connection.key("verify_token"), webhook.query.get("hub.verify_token", "")
        fits = hmac.compare_digest(token.encode(), given.encode(errors="replace"))
        if not fits or webhook.query.get("hub.mode") != "subscribe":
            raise Rejected(403, "hub.mode, hub.verify_token: expected subscribe and the verify_token")
        return webhook.query.get("hub.challenge", "")

    async def verify(self, webhook: Webhook) -> None:
        """Verifies `sha256=` and the HMAC-SHA256 in hex."""
        key = await self._connection.key("app_secret")
        wanted = "sha256=" + hmac.new(key.encode(), webhook.body, hashlib.sha256).hexdigest()
        given = webhook.headers.get("x-hub-signature-256", "")
        if not hmac.compare_digest(wanted.encode(), given.encode(errors="replace")):
            raise Rejected(401, "X-Hub-Signature-256: expected the body's HMAC-SHA256 under the app_secret")

    def parse(self, webhook: Webhook) -> Parsed:
        return inbound.parse(self._connection, self._url, self._number, self._account, webhook)

    async def send(self, to: str, part: Part, *, turn: str) -> SendResult:
        said = outbound.said(part)
        if isinstance(said, Refused):
            return said
        who = {"to" if to.isdecimal() else "recipient": to}
        body = {"recipient_type": "individual", **who, **said, "biz_opaque_callback_data": turn}
        try:
            return outbound.result(await self._post(body))
        except Unreachable:
            return Later("unreachable")
        except Unanswered:
            return Unclear("unanswered")

    async def find_sent(self, to: str, part: Part, *, since: datetime, known: Sequence[str]) -> str | None:
        raise NotImplementedError("Meta lists no messages; its receipts carry the turn")

    async def fetch(self, media: Media) -> Download:
        """Fetches a file, whose address Meta gives for five minutes; both calls need the access token."""
        if not media.url or not media.url.startswith(f"{self._url}/"):
            raise Drop("media_missing")
        headers = {"Authorization": f"Bearer {await self._connection.secret('api_key')}"}
        try:
            answer = await self._connection.http.request("GET", media.url, headers=headers, timeout=5.0)
        except (Unreachable, Unanswered) as error:
            raise Retry("media_unavailable") from error
        place = outbound.media_place(answer, own=self._url)
        return await self._connection.download(place, own=self._url, headers=headers)

    def address(self, to: str) -> Address | None:
        return whatsapp.by_number(to)

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        """Marks the newest message as read, which marks all before it."""
        if gateway_ids:
            if len(self._newest) >= _CHATS:
                self._newest.clear()
            self._newest[to] = gateway_ids[-1]
            await self._show({"message_id": gateway_ids[-1]})

    async def show_typing(self, to: str) -> None:
        """Shows "typing…" on the newest message that was marked as read: Meta ties it to a message."""
        if to in self._newest:
            await self._show({"message_id": self._newest[to], "typing_indicator": {"type": "text"}})

    async def _show(self, what: Json) -> None:
        try:
            answer = await self._post({"status": "read", **what}, timeout=5.0)
        except (Unreachable, Unanswered) as error:
            raise Retry("cloud_api_unavailable") from error
        if not 200 <= answer.status < 300:
            raise Retry(f"cloud_api_http_{answer.status}", after=answer.retry_after)

    async def _post(self, body: Json, timeout: float = 15.0) -> HttpAnswer:
        return await self._connection.http.request(
            "POST",
            f"{self._url}/{self._number}/messages",
            headers={"Authorization": f"Bearer {await self._connection.secret('api_key')}"},
            json={"messaging_product": "whatsapp", **body},
            timeout=timeout,
        )
