"""The web page's side of a webchat: tokens for visitors, and the answers sent to them.

Only a channel that serves a page itself has this side; gateways have their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, Protocol, TypedDict, runtime_checkable

from shared.channels import Channel, Webhook
from shared.errors import Rejected
from shared.inbound.visitors import Visitors
from shared.language import texts
from shared.models.message import Outbound
from shared.models.parts import as_text, words
from shared.models.people import Identity, identity_id
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store, Where
from shared.tenants.directory import Directory

#: Answers in one response; the next request continues after the last.
LIMIT = 50
#: How long (s) a browser may keep the answer to a preflight request.
PREFLIGHT_S = "600"


@runtime_checkable
class PageChannel(Channel, Protocol):
    """A channel whose messages are read by a page that polls us."""

    allowed_origins: frozenset[str]

    async def issue_token(self, visitor: str) -> str: ...
    async def renew(self, webhook: Webhook) -> str | None: ...
    def visitor(self, webhook: Webhook) -> str: ...


@dataclass(frozen=True)
class Full:
    """Too many new visitors: the text to show to this one, and the seconds until there is room."""

    text: str
    after: float


class Answers(TypedDict):
    """A visitor's messages, the number to ask after next, and a new token if theirs is past half its life."""

    messages: list[dict[str, Any]]
    next: int
    token: NotRequired[str]


class Page:
    def __init__(self, store: Store, directory: Directory, clock: Clock, ids: Ids) -> None:
        self._store, self._directory, self._ids = store, directory, ids
        self._visitors = Visitors(clock, ids)

    async def welcome(self, tenant: str, channel: str, address: str) -> str | Full:
        """Returns a new visitor's token, or Full. `address` is the client's. Raises Rejected(404)."""
        page, host = await self._page(tenant, channel), await self._directory.tenant(tenant)
        if host is None:
            raise Rejected(404, "no such tenant")
        if wait := self._visitors.wait(f"{tenant}/{channel}", address):
            return Full(texts.text(host, host.languages[0], "visitors_full"), wait)
        return await page.issue_token(self._ids.new("v"))

    async def answers(self, tenant: str, channel: str, webhook: Webhook, after: str) -> Answers:
        """Returns the visitor's messages after number `after`.

        Raises Rejected: 401, 404, 400.
        """
        page = await self._page(tenant, channel)
        await self._directory.verified(tenant, channel, lambda asked: asked.verify(webhook))
        if not after.isdecimal() or len(after) > 9:
            raise Rejected(400, "after: expected the `next` of the last answer, or 0")
        found = await self._sent(tenant, channel, page.visitor(webhook), int(after))
        last = found[-1].seq if found else int(after)
        answers = Answers(messages=[_shown(each) for each in found], next=last)
        if token := await page.renew(webhook):
            answers["token"] = token
        return answers

    async def cors(self, tenant: str, channel: str, origin: str) -> Mapping[str, str]:
        """Returns the CORS headers for a page of the tenant's, or no headers for other origins

        (https://fetch.spec.whatwg.org/#http-cors-protocol).
        """
        found = await self._directory.channel(tenant, channel)
        if not isinstance(found, PageChannel) or origin not in found.allowed_origins:
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Expose-Headers": "Retry-After",
            "Access-Control-Max-Age": PREFLIGHT_S,
            "Vary": "Origin",
        }

    async def _page(self, tenant: str, channel: str) -> PageChannel:
        found = await self._directory.channel(tenant, channel)
        if not isinstance(found, PageChannel):
            raise Rejected(404, "no such tenant, or no page on this channel")
        return found

    async def _sent(self, tenant: str, channel: str, visitor: str, after: int) -> list[Outbound]:
        """Returns the messages of the visitor's own conversation: its id comes from the verified token."""
        identity = await self._store.get(Identity, tenant=tenant, identity=identity_id(f"web:{visitor}"))
        if identity is None:
            return []
        found = await self._store.query(
            Outbound,
            where=[Where("direction", "==", "out"), Where("seq", ">", after)],
            order="seq",
            limit=LIMIT,
            tenant=tenant,
            conversation=f"{channel}.{identity.contact}",
        )
        sent = []
        for message in found:
            if message.open:
                break
            sent.append(message)
        return [message for message in sent if message.sent_at is not None]


def _shown(message: Outbound) -> dict[str, Any]:
    """Returns a message as the page reads it: `text` is words alone, `parts` has files and choices too."""
    said = [part.part for part in message.parts]
    return {
        "id": message.message,
        "text": "\n\n".join(as_text(part) or words(part) for part in said),
        "parts": [part.model_dump(mode="json") for part in said],
        "at": message.at.isoformat(),
        "seq": message.seq,
    }
