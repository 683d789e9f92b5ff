"""WAHA (WhatsApp HTTP API): WhatsApp Web behind a REST API, paired by a QR code.

Settings: `base_url`, `session`. Secrets: `api_key` (ours for its API), `hmac_key` (it signs webhooks).
Vendor's pages: https://waha.devlike.pro/docs/how-to/events/ and …/send-messages/; its OpenAPI 2026.7.1. Its
engines (WEBJS, WPP, NOWEB, GOWS) spell ids, people and answers differently; this package unifies them.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from shared.channels import Connection, Download, Later, Parsed, Refused, SendResult, Unclear, Webhook
from shared.channels.waha import inbound, outbound
from shared.errors import Drop, Rejected, Retry
from shared.formats import whatsapp, wire
from shared.models import parts
from shared.models.people import Address
from shared.models.terms import Terms
from shared.platform.http import HttpAnswer, Unanswered, Unreachable

Json = dict[str, Any]


def create(connection: Connection) -> Waha:
    """Creates the channel. Raises ConfigurationError if a setting is missing or unusable."""
    return Waha(connection)


class Waha:
    terms = Terms(pace=whatsapp.PACE, begun=whatsapp.BEGUN)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.terms = replace(self.terms, strangers=connection.flag("first_words"))
        self._url = connection.setting("base_url", r"https?://[^\s?#]+").rstrip("/")
        self._session = connection.setting("session", r"\S+")

    async def verify(self, webhook: Webhook) -> None:
        """Verifies an HMAC-SHA512 in hex; X-Webhook-Hmac-Algorithm is ignored."""
        key = await self._connection.key("hmac_key")
        wanted = hmac.digest(key.encode(), webhook.body, "sha512").hex().encode()
        given = webhook.headers.get("x-webhook-hmac", "").encode(errors="replace")
        if not hmac.compare_digest(wanted, given):
            raise Rejected(401, "X-Webhook-Hmac: expected the body's HMAC-SHA512 under the hmac_key")

    def parse(self, webhook: Webhook) -> Parsed:
        return inbound.parse(self._connection, self._session, webhook)

    async def send(self, to: str, part: parts.Part, *, turn: str) -> SendResult:
        asked = outbound.request(to, part)
        if asked is None:
            return Refused(f"unsupported_part:{part.type}")
        method, body = asked
        path, headers = f"/api/{method}", {"X-Concierge-Turn": turn}
        try:
            answer = await self._call("POST", path, json=self._chat(to, **body), headers=headers)
        except Unreachable:
            return Later("unreachable")
        except Unanswered:
            return Unclear("unanswered")
        return outbound.result(answer)

    async def find_sent(
        self, to: str, part: parts.Part, *, since: datetime, known: Sequence[str]
    ) -> str | None:
        """Finds a message by its content, among the chat's latest 50 own messages, oldest first."""
        earliest = int((since - timedelta(seconds=5)).timestamp())  # WhatsApp's clock is not ours
        path = f"/api/{quote(self._session, safe='')}/chats/{quote(to, safe='@')}/messages"
        query = {"limit": "50", "downloadMedia": "false", "filter.fromMe": "true"}
        query["filter.timestamp.gte"] = str(earliest)
        answer = await self._ask("GET", path, params=query)
        if outbound.unsupported(
            answer
        ):  # an engine without a message store: NOWEB's is off unless configured
            raise NotImplementedError("this WAHA session keeps no list of messages")
        listed = wire.loads(answer.body)
        if answer.status != 200 or not isinstance(listed, list):
            raise Retry(f"waha_http_{answer.status}", after=answer.retry_after)
        return outbound.match(listed, part, earliest, known)

    async def fetch(self, media: parts.Media) -> Download:
        """Fetches a file from our own base_url, so that the key goes to no other host.

        WAHA names its host as it knows itself, `localhost:3000` for example: only the path is used.
        """
        if not media.url:
            raise Drop("media_missing")
        path = re.sub(r"^https?://[^/?#]*", "", media.url).removeprefix(urlsplit(self._url).path)
        url = f"{self._url}/{path.lstrip('/')}"
        headers = {"X-Api-Key": await self._connection.secret("api_key")}
        return await self._connection.download(url, own=self._url, headers=headers)

    def address(self, to: str) -> Address | None:
        return whatsapp.by_number(to, "@c.us")

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        seen = [outbound.theirs(to, gateway_id) for gateway_id in gateway_ids]
        await self._show("/api/sendSeen", self._chat(to, messageIds=seen))

    async def show_typing(self, to: str) -> None:
        await self._show("/api/startTyping", self._chat(to))

    async def _show(self, path: str, body: Json) -> None:
        answer = await self._ask("POST", path, json=body, timeout=5.0)
        if not 200 <= answer.status < 300:
            raise Retry(f"waha_http_{answer.status}", after=answer.retry_after)

    async def _ask(self, method: str, path: str, **request: Any) -> HttpAnswer:
        """Makes a call that may be repeated."""
        try:
            return await self._call(method, path, **request)
        except (Unreachable, Unanswered) as error:
            raise Retry("waha_unavailable") from error

    async def _call(self, method: str, path: str, **request: Any) -> HttpAnswer:
        headers = request.pop("headers", {}) | {"X-Api-Key": await self._connection.secret("api_key")}
        return await self._connection.http.request(method, self._url + path, headers=headers, **request)

    def _chat(self, chat: str, **more: Any) -> Json:
        return {"session": self._session, "chatId": chat, **more}
