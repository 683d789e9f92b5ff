"""Private pages that staff make for the person they talk with: `#page TITLE`, and the text below it."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from shared.answers.attaching import Attaching, Source
from shared.answers.staff.wording import Wording
from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation
from shared.conversation.pages import digest, path
from shared.conversation.relaying import TermsOf, relay_id
from shared.conversation.speaking import Speech, speak
from shared.conversation.taking import Result
from shared.formats import localised
from shared.formats.marks import inline
from shared.language.texts import text
from shared.models.handoff import Handoff
from shared.models.message import Inbound
from shared.models.page import Page, PageContent
from shared.models.parts import Media, Text, shortened
from shared.models.tenant import Tenant
from shared.platform.blobs import Blobs, NoSuchBlob
from shared.platform.clock import Ids
from shared.tenants.directory import Directory

#: How long a page of staff can be opened, and the most characters of its title.
LASTS, TITLE = timedelta(days=7), 200


class StaffPages:
    def __init__(self, attaching: Attaching, blobs: Blobs, ids: Ids, directory: Directory) -> None:
        self._attaching, self._blobs, self._ids, self._directory = attaching, blobs, ids, directory

    async def make(
        self,
        tenant: Tenant,
        message: Inbound,
        words: str,
        handoff: str,
        person: Conversation,
        now: datetime,
    ) -> SendPage | None:
        """Returns the act that sends a page of these words and the message's files, or None if it would be
        empty. Raises Retry if the store of blobs is unavailable."""
        title, _, below = words.partition("\n")
        files = [part for part in message.parts if isinstance(part, Media)]
        if not title.strip() or not (below.strip() or files):
            return None
        token = self._ids.token()
        page = Page(
            tenant=tenant.tenant,
            page=digest(token),
            contact=person.contact,
            conversation=person.conversation,
            content=PageContent(
                kind="text",
                title=shortened(title.strip(), TITLE),
                language=person.session.language or tenant.languages[0],
                text=[below.strip()] if below.strip() else [],
            ),
            made_by=message.staff,
            created_at=now,
            expires_at=now + LASTS,
        )
        left_out = [_named(file) for file in files if not file.stored]
        left_out += await self._attaching.attach(page, self._sources(files), (NoSuchBlob,), now)
        link = self._directory.address(path(tenant.tenant, token))
        return SendPage(tenant, message, handoff, page, link, left_out, self._directory.terms)

    def _sources(self, files: Sequence[Media]) -> list[Source]:
        """Returns the files that we could fetch."""
        return [
            Source(_named(file), file.stored_type, file.size, partial(self._blobs.stream, file.stored))
            for file in files
            if file.stored
        ]


@dataclass(frozen=True)
class SendPage:
    """Makes a page, and tells its link to the person of a request; only its holder can."""

    tenant: Tenant
    message: Inbound
    handoff: str
    page: Page
    link: str
    left_out: Sequence[str]
    terms: TermsOf

    async def prepare(self, scene: Scene) -> Prepared:
        staff, said = self.message.staff, Wording(self.tenant, self.message.staff)
        speech = Speech(
            relay_id(self.message.message),
            self.handoff,
            staff,
            [Text(text=self._words())],
            scene.conversation.conversation,
            private=f"[page: {inline(self.page.content.title)}]",
        )
        result = await speak(scene.tx, self.tenant, speech, self.terms, scene.now)
        request, person = result.request, result.person
        if result.verdict != "done" or request is None:
            return Prepared(result.write, more=said.refusal(result))
        if person is None:  # queued before
            return Prepared(result.write)

        def write() -> None:
            result.write()
            self.page.contact, self.page.conversation = person.contact, person.conversation
            request.page = self.page.page
            scene.tx.put(request)
            scene.tx.put(self.page)

        return Prepared(
            write,
            more=[Text(text=self._told(said, result))],
            queued={person.conversation: speech.id},
            marks={"turn": speech.id},
        )

    def _words(self) -> str:
        """Returns the words for the person."""
        language = self.page.content.language
        until = self.page.expires_at.astimezone(ZoneInfo(self.tenant.timezone))
        date = localised.full_date(until.date(), language)
        title = inline(self.page.content.title)
        return text(self.tenant, language, "page_sent", title=title, link=self.link, date=date)

    def _told(self, said: Wording, result: Result) -> str:
        """Returns the words for the member of staff."""
        told = said.page(result, inline(self.page.content.title))
        left = said.of("staff_page_left_out", files=", ".join(self.left_out)) if self.left_out else ""
        return "\n".join(filter(None, [told, left]))


@dataclass(frozen=True)
class TakeBackPage:
    """Ends the link of the last page that was made in a request; its holder and the page's maker can."""

    tenant: Tenant
    staff: str
    handoff: str

    async def prepare(self, scene: Scene) -> Prepared:
        said, tenant = Wording(self.tenant, self.staff), self.tenant.tenant
        request = await scene.tx.get(Handoff, tenant=tenant, handoff=self.handoff)
        if request is None:
            return Prepared(lambda: None, more=said.refusal(Result("unknown")))
        page = await scene.tx.get(Page, tenant=tenant, page=request.page) if request.page else None
        if page is None or not page.open(scene.now):
            return Prepared(lambda: None, more=[Text(text=said.of("staff_page_none", number=request.number))])
        if self.staff not in (request.holder, page.made_by):
            return Prepared(lambda: None, more=said.refusal(Result("theirs", request)))

        def write() -> None:
            page.revoke(scene.now)
            request.page = ""
            scene.tx.put(page)
            scene.tx.put(request)

        return Prepared(write, more=[Text(text=said.of("staff_page_off", number=request.number))])


def _named(file: Media) -> str:
    """Returns a file's name, or its kind with the ending of its type if it has none."""
    media_type = (file.stored_type or file.media_type).partition(";")[0]
    return file.filename or f"{file.kind}{mimetypes.guess_extension(media_type) or ''}"
