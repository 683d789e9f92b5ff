"""Private pages made by actions: the rows in words, as calendar, and with the files of the records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from shared import records
from shared.answers import Asked
from shared.answers.attaching import Attaching, Source
from shared.answers.services import wording
from shared.answers.services.lookups import Found
from shared.answers.services.parts import Paged
from shared.answers.services.schedules import appointments
from shared.conversation.pages import MakePage, digest, path
from shared.formats import localised
from shared.formats.marks import inline
from shared.language.texts import text
from shared.models.page import Page, PageContent
from shared.models.parts import shortened
from shared.models.service import Action, PageOffer
from shared.models.tenant import Tenant
from shared.models.verification import Verified
from shared.platform.clock import Ids
from shared.tenants.directory import Directory

#: Yields the bytes of a record's file: of this tenant, from this source of records.
ReadFile = Callable[[Tenant, str, records.File], AsyncIterator[bytes]]
#: Most characters of a title and of the rows, and most names of files that a page lists as left out.
_TITLE, _ROWS, _NAMES = 200, 60_000, 10


class Paging:
    """Makes pages. `unread` are the errors with which `file` says that a file cannot be read."""

    def __init__(
        self,
        attaching: Attaching,
        ids: Ids,
        directory: Directory,
        file: ReadFile,
        unread: tuple[type[Exception], ...],
    ) -> None:
        self._attaching, self._ids, self._directory = attaching, ids, directory
        self._file, self._unread = file, unread

    async def offer(
        self, asked: Asked, verified: Verified, name: str, action: Action, of: str, found: Found
    ) -> Paged:
        """Returns the link and title of a page with these rows, and the act that makes it with the turn.

        Raises Retry if the store of blobs is unavailable, ConfigurationError if no origin is set, ValueError
        if the action has no page.
        """
        if action.page is None:
            raise ValueError(f"{name}: has no page")
        asked = _in_one_language(asked, action)
        token, conversation = self._ids.token(), asked.conversation
        page = Page(
            tenant=asked.tenant.tenant,
            page=digest(token),
            contact=conversation.contact,
            conversation=conversation.conversation,
            content=_content(asked, verified, action, action.page, of, found),
            made_by=name,
            created_at=asked.now,
            expires_at=asked.now + timedelta(days=action.page.days),
        )
        await self._attach(asked, action, page, found.files)
        link = self._directory.address(path(page.tenant, token))
        return Paged(link, page.content.title, MakePage(page))

    async def _attach(self, asked: Asked, action: Action, page: Page, files: Sequence[records.File]) -> None:
        tenant, source = asked.tenant, action.records
        sources = [
            Source(each.name, each.media_type, each.size, partial(self._file, tenant, source, each))
            for each in files
        ]
        left = await self._attaching.attach(page, sources, self._unread, asked.now)
        if left:
            names = ", ".join([*left[:_NAMES], *(["…"] if len(left) > _NAMES else [])])
            page.content.text.append(text(tenant, asked.words.language, "page_left_out", files=names))


def _content(
    asked: Asked, verified: Verified, action: Action, offer: PageOffer, of: str, found: Found
) -> PageContent:
    title = _title(asked, verified, action, offer, of, found)
    paragraphs = wording.paragraphs(asked, verified, action, of, replace(found, as_of=None), _ROWS)
    if found.as_of is not None:
        dated = _day(asked, found.as_of)
        paragraphs.append(text(asked.tenant, asked.words.language, "page_as_of", date=dated))
    if offer.kind == "certificate":
        paragraphs.append(_issued(asked, verified))
    schedule = offer.kind == "schedule"
    return PageContent(
        kind=offer.kind,
        title=title,
        language=asked.words.language,
        text=paragraphs,
        calendar=appointments(asked.tenant, action, offer, found.rows, title) if schedule else [],
    )


def _title(asked: Asked, verified: Verified, action: Action, offer: PageOffer, of: str, found: Found) -> str:
    """Returns the title with the values of the first row; the action's name if it cannot be filled."""
    tenant, language = asked.tenant, asked.words.language
    first = found.rows[0] if found.rows else {}
    template = wording.in_language(tenant, language, offer.titles)
    made = wording.filled(asked, template, {**wording.subject(verified, action, of), **first}, action.fields)
    return shortened(made or wording.in_language(tenant, language, action.names), _TITLE)


def _issued(asked: Asked, verified: Verified) -> str:
    """Returns who issued a certificate, for whom and when."""
    tenant, language, date = asked.tenant, asked.words.language, _day(asked, asked.now)
    if verified.name:
        return text(tenant, language, "page_issued_for", date=date, person=inline(verified.name))
    return text(tenant, language, "page_issued", date=date)


def _day(asked: Asked, moment: datetime) -> str:
    """Returns the day of a moment in the tenant's zone, which is as true when the page is read."""
    local = moment.astimezone(ZoneInfo(asked.tenant.timezone))
    return localised.full_date(local.date(), asked.words.language)


def _in_one_language(asked: Asked, action: Action) -> Asked:
    """Returns the turn in the language of the action's words, so that a page is in one language."""
    language = next(
        (code for code in (asked.words.language, *asked.tenant.languages) if code in action.says),
        next(iter(action.says)),
    )
    return replace(asked, words=replace(asked.words, language=language))
