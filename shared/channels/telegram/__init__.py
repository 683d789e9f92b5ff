"""Telegram's Bot API (https://core.telegram.org/bots/api): a bot of the tenant's own, in private chats.

Settings: `base_url` (`https://api.telegram.org`, or a Bot API server of one's own). Secrets: `api_key`, the
bot's token; `secret_token`, as given to setWebhook: Telegram repeats it in a header of each request.
Each bot counts its messages anew, so another bot is another channel.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared.channels import Connection, Download, Later, Parsed, Refused, SendResult, Unclear, Webhook
from shared.channels.telegram import inbound, outbound
from shared.channels.telegram.outbound import Request
from shared.errors import Drop, Rejected, Retry
from shared.formats import wire
from shared.models import parts
from shared.models.people import Address
from shared.models.terms import Pace, Terms
from shared.platform.http import HttpAnswer, Unanswered, Unreachable

Json = dict[str, Any]

#: One message a second in a chat, short bursts over it, and less than 30 a second in all
#: (https://core.telegram.org/bots/faq#broadcasting-to-users); a chat action is shown for five seconds
#: (sendChatAction).
_TERMS = Terms(
    pace=Pace(burst=5, every=timedelta(seconds=1)),
    typing=5.0,
    begun=Pace(burst=20, every=timedelta(milliseconds=50)),
)


def create(connection: Connection) -> Telegram:
    """Creates the channel. Raises ConfigurationError if `base_url` is missing or unusable."""
    return Telegram(connection)


class Telegram:
    terms = _TERMS

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = connection.setting("base_url", r"https?://[^\s?#]+").rstrip("/")

    async def verify(self, webhook: Webhook) -> None:
        """Verifies the secret in a header; Telegram signs no request."""
        wanted = await self._connection.key("secret_token")
        given = webhook.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(wanted.encode(), given.encode(errors="replace")):
            raise Rejected(401, "X-Telegram-Bot-Api-Secret-Token: expected the webhook's secret_token")

    def parse(self, webhook: Webhook) -> Parsed:
        return inbound.parse(self._connection, webhook)

    async def send(self, to: str, part: parts.Part, *, turn: str) -> SendResult:
        request = outbound.request(part)
        if request is None:
            return Refused(f"unsupported_part:{part.type}")
        result = await self._send(request, to, turn)
        if result == outbound.UNPARSED:  # so it was not sent; the words matter more than their looks
            result = await self._send(request, to, turn, plain=True)
        return result

    async def _send(self, request: Request, to: str, turn: str, *, plain: bool = False) -> SendResult:
        headers = {"X-Concierge-Turn": turn}
        try:
            answer = await self._call(request.method, request.body_for(to, plain), headers=headers)
        except Unreachable:
            return Later("unreachable")
        except Unanswered:
            return Unclear("unanswered")
        return outbound.result(to, answer)

    async def find_sent(
        self, to: str, part: parts.Part, *, since: datetime, known: Sequence[str]
    ) -> str | None:
        raise NotImplementedError("the Bot API lists no messages")

    async def fetch(self, media: parts.Media) -> Download:
        """Fetches a file; Telegram gives bots none over 20 MB."""
        if not media.id:
            raise Drop("media_missing")
        try:
            answer = await self._call("getFile", {"file_id": media.id}, timeout=5.0)
        except (Unreachable, Unanswered) as error:
            raise Retry("media_unavailable") from error
        path = quote(outbound.file_path(answer))
        token = quote(await self._connection.key("api_key"), safe=":")
        return await self._connection.download(f"{self._url}/file/bot{token}/{path}", own=self._url)

    def address(self, to: str) -> Address | None:
        """Returns the address of a Telegram id; only a person who has begun a chat with the bot can be
        written to."""
        return Address(chat=to, identities=[f"telegram:{to}"]) if to.isascii() and to.isdigit() else None

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:  # noqa: ARG002
        """Answers the press of a button, which waits for that; a bot shows no ticks."""
        for gateway_id in gateway_ids:
            if gateway_id.startswith(inbound.PRESS):
                query = gateway_id.removeprefix(inbound.PRESS)
                await self._show("answerCallbackQuery", {"callback_query_id": query})

    async def show_typing(self, to: str) -> None:
        """Shows "typing…" for five seconds."""
        await self._show("sendChatAction", {"chat_id": to, "action": "typing"})

    async def _show(self, method: str, body: Json) -> None:
        try:
            answer = await self._call(method, body, timeout=5.0)
        except (Unreachable, Unanswered) as error:
            raise Retry("telegram_unavailable") from error
        told = wire.loads(answer.body)
        gave_up = "query is too old" in wire.words(told, "description")  # the button does not wait any more
        if not 200 <= answer.status < 300 and not gave_up:
            raise Retry(f"telegram_http_{answer.status}", after=outbound.retry_after(answer, told))

    async def _call(self, method: str, body: Json, **request: Any) -> HttpAnswer:
        """Calls a method. Its address has the token, so no address may get into a log or an error."""
        token = quote(await self._connection.key("api_key"), safe=":")
        url = f"{self._url}/bot{token}/{method}"
        return await self._connection.http.request("POST", url, json=body, **request)
