"""Visits: the page of a link, and how often it was opened.

A link that is altered, cut, expired, revoked or of another tenant costs the same one read as a good one, so
that neither words nor time tell which pages there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.conversation.pages import digest
from shared.models.page import Page
from shared.models.tenant import is_slug
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction

#: Tenant of a path that names none: a lookup below it finds nothing.
_NOBODY = "-"
#: Programs that fetch a link to show its title beside it: WhatsApp, Telegram, Slack, Signal, Apple, Meta,
#: Teams, Viber, and anything else that says so.
_PREVIEWS = re.compile(
    # (Cubot is a maker of phones.)
    r"^(whatsapp|viber)\b|(?<!cu)bot\b|slackbot|slack-|facebookexternalhit|"
    r"facebookcatalog|preview|crawl|spider",
    re.IGNORECASE,
)


class Visits:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def find(self, tenant: str, token: str) -> Page | None:
        """Returns the page of a link, or None if it has none that is open. Costs one read in any case."""
        place = tenant if is_slug(tenant) else _NOBODY
        page = await self._store.get(Page, tenant=place, page=digest(token))
        return page if page is not None and page.open(self._clock.now()) else None

    async def count(self, page: Page) -> None:
        """Counts a view of the page; two at the same time are both counted."""

        async def work(tx: Transaction) -> None:
            if current := await tx.get(Page, tenant=page.tenant, page=page.page):
                current.views, current.viewed_at = current.views + 1, self._clock.now()
                tx.put(current)

        await self._store.transaction(work)


def counts(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is a view: a person opens the page, and no browser only fetches ahead."""
    ahead = f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')}".lower()
    return method == "GET" and "prefetch" not in ahead and not previews(headers)


def previews(headers: Mapping[str, str]) -> bool:
    """Whether a program asks that shows a link's title beside it."""
    return bool(_PREVIEWS.search(headers.get("user-agent", "")))
