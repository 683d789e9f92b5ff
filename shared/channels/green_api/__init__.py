"""Green API: WhatsApp Web behind a vendor's REST API, paired by a QR code.

Settings: `base_url` (the instance's own host), `instance` (its id). Secrets: `api_key` (the apiTokenInstance,
a part of every URL: no URL is ever logged or raised), `webhook_token` (the instance's webhookUrlToken).
Vendor's pages: https://green-api.com/en/docs/api/ (receiving, sending, queues, journals, common-errors).
Its buttons are a beta that "may also work unstably", so choices go out as numbered text.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared.channels import Connection, Download, Later, Parsed, Refused, SendResult, Unclear, Webhook
from shared.channels.green_api import inbound, outbound
from shared.errors import Drop, Rejected, Retry
from shared.formats import whatsapp, wire
from shared.models import parts
from shared.models.people import Address
from shared.models.terms import Terms
from shared.platform.http import HttpAnswer, Unanswered, Unreachable

#: A sent message may take two minutes to be listed (LastOutgoingMessages).
_LISTED_AFTER = timedelta(seconds=130)
#: "typing…" is queued with the messages (SendTyping): longer, and the answer would wait for it.
_TYPING_MS = 2_000


def create(connection: Connection) -> GreenApi:
    """Creates the channel. Raises ConfigurationError if a setting is missing or unusable."""
    return GreenApi(connection)


class GreenApi:
    terms = Terms(pace=whatsapp.PACE, begun=whatsapp.BEGUN)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.terms = replace(self.terms, strangers=connection.flag("first_words"))
        self._url = connection.setting("base_url", r"https?://[^\s?#]+").rstrip("/")
        self._instance = connection.setting("instance", r"[0-9]{1,20}")

    async def verify(self, webhook: Webhook) -> None:
        """Verifies the instance's token, which the vendor sends back; it signs no request."""
        wanted = await self._connection.key("webhook_token")
        scheme, _, given = webhook.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(wanted.encode(), given.encode(errors="replace"))
        if not same or scheme.lower() != "bearer":
            raise Rejected(401, "Authorization: expected Bearer and the instance's webhookUrlToken")

    def parse(self, webhook: Webhook) -> Parsed:
        return inbound.parse(self._connection, self._instance, webhook)

    async def send(self, to: str, part: parts.Part, *, turn: str) -> SendResult:
        """Sends a part. Sent means that it is in the vendor's queue; its delivery comes as a receipt."""
        asked = outbound.request(part)
        if asked is None:
            return Refused(f"unsupported_part:{part.type}")
        method, body = asked
        if max(len(body.get("message", "")), len(body.get("caption", ""))) > outbound.TEXT_LIMIT:
            return Refused("too_long")
        headers = {"X-Concierge-Turn": turn}
        try:
            answer = await self._call("POST", method, json={"chatId": to, **body}, headers=headers)
        except Unreachable:
            return Later("unreachable")
        except Unanswered:
            return Unclear("unanswered")
        return outbound.result(answer)

    async def find_sent(
        self, to: str, part: parts.Part, *, since: datetime, known: Sequence[str]
    ) -> str | None:
        """Finds a message by its content, in the vendor's queue and in its journal of sent messages."""
        queue = await self._list("showMessagesQueue")
        found = outbound.waiting(queue, to, part)
        age, earliest = self._connection.now() - since, (since - timedelta(seconds=5)).timestamp()
        minutes = max(0, int(age.total_seconds())) // 60 + 2
        journal = await self._list("lastOutgoingMessages", params={"minutes": str(minutes)})
        found += outbound.gone(journal, to, part, earliest)
        key = next((key for key in found if key and key not in known), None)
        if key is None and age < _LISTED_AFTER:
            raise Retry("green_api_not_listed_yet", after=15.0)
        return key

    async def fetch(self, media: parts.Media) -> Download:
        """Fetches a file from the vendor's storage: the address is its own permission."""
        if not media.url:
            raise Drop("media_missing")
        return await self._connection.download(media.url, own=self._url)

    def address(self, to: str) -> Address | None:
        return whatsapp.by_number(to, "@c.us")

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        """Marks messages as read. A call names one message or none: for several, it marks the whole chat."""
        named = {"idMessage": gateway_ids[0]} if len(gateway_ids) == 1 else {}
        await self._ask("POST", "readChat", json={"chatId": to, **named}, timeout=5.0)

    async def show_typing(self, to: str) -> None:
        await self._ask("POST", "sendTyping", json={"chatId": to, "typingTime": _TYPING_MS}, timeout=5.0)

    async def _list(self, method: str, **request: Any) -> list[Any]:
        listed = wire.loads((await self._ask("GET", method, **request)).body)
        if not isinstance(listed, list):
            raise Retry("green_api_no_list")
        return listed

    async def _ask(self, verb: str, method: str, **request: Any) -> HttpAnswer:
        """Makes a call that may be repeated. Raises Retry if it failed."""
        try:
            answer = await self._call(verb, method, **request)
        except (Unreachable, Unanswered) as error:
            raise Retry("green_api_unavailable") from error
        if not 200 <= answer.status < 300:
            raise Retry(f"green_api_http_{answer.status}", after=answer.retry_after)
        return answer

    async def _call(self, verb: str, method: str, **request: Any) -> HttpAnswer:
        token = quote(await self._connection.key("api_key"), safe="")
        url = f"{self._url}/waInstance{self._instance}/{method}/{token}"
        return await self._connection.http.request(verb, url, **request)
