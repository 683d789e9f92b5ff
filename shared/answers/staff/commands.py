"""Commands of staff: `#take`, `#close`, `#note`, `#page`, `#summary`, `#suggest`, `#transfer`, `#list`,
`#on`, `#off`, `#help`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.answers import Answer, Asked
from shared.answers.staff.addressing import Command, Said
from shared.answers.staff.doing import Close, Doing, KeepDraft, Note, OnDuty, PassOn, Take
from shared.answers.staff.pages import StaffPages, TakeBackPage
from shared.answers.staff.suggesting import Suggesting
from shared.answers.staff.wording import Wording
from shared.conversation.acts import Act
from shared.conversation.briefing import brief
from shared.conversation.conversation import Conversation
from shared.conversation.taking import Result
from shared.language.folding import folded
from shared.models.handoff import OPEN, Desk, Handoff
from shared.models.message import Inbound, Outcome
from shared.models.parts import Choice, Choices, Part, Text, shortened
from shared.platform.store import Store, Where
from shared.tenants import roster

#: Most requests in a list, and most characters of a text with choices (models/parts.py).
_LIST, _LONGEST = 10, 1_024
#: Commands about one request.
_ABOUT_ONE = ("take", "close", "bot", "note", "page", "summary", "suggest", "transfer", "send")


@dataclass(frozen=True)
class _Order:
    """A command in its turn; `said` words the answer."""

    asked: Asked
    message: Inbound
    command: Command
    desk: Desk
    said: Wording

    def told(self, key: str, **values: object) -> Answer:
        return self.answer([Text(text=self.said.of(key, **values))], key)

    def answer(self, parts: Sequence[Part], why: str, acts: Sequence[Act] = ()) -> Answer:
        return Answer(parts, Outcome.ANSWERED, f"staff:{why}", self.said.language, acts)


class Commands:
    """Carries out the commands of staff, or asks for what a command lacks."""

    def __init__(self, store: Store, doing: Doing, suggesting: Suggesting, pages: StaffPages) -> None:
        self._store, self._doing, self._suggesting, self._pages = store, doing, suggesting, pages
        self._of_one: Mapping[str, Callable[[_Order, str], Awaitable[Answer]]] = {
            "take": self._take,
            "close": self._close,
            "bot": self._close,
            "note": self._note,
            "page": self._page,
            "summary": self._summary,
            "suggest": self._suggest,
            "transfer": self._transfer,
            "send": self._send,
        }

    async def answer(self, asked: Asked, message: Inbound, command: Command, desk: Desk) -> Answer:
        """Answers one message of staff that is a command."""
        order = _Order(asked, message, command, desk, Wording(asked.tenant, message.staff))
        if command.word in self._of_one:
            return await self._about_one(order)
        match command.word:
            case "on" | "off":
                act = OnDuty(asked.tenant, message.staff, command.word == "on")
                return order.answer([], command.word, [act])
            case "list":
                return await self._list(order)
            case "unknown":
                return order.told("staff_no_such", number=command.rest)
        return order.told("staff_help")

    async def _about_one(self, order: _Order) -> Answer:
        """Finds the request that a command is about: named, quoted, or the only one; else asks for it."""
        command, staff = order.command, order.message.staff
        if command.handoff.startswith("#"):
            return order.told("staff_no_such", number=command.handoff[1:])
        if command.handoff:
            return await self._of_one[command.word](order, command.handoff)
        if command.word == "take":
            found = [each.handoff for each in await self._waiting(order)]
        else:
            found = [talk.handoff for talk in order.desk.talks_of(staff)]
        if len(found) == 1:
            return await self._of_one[command.word](order, found[0])
        if not found:
            return order.told("staff_list_empty" if command.word == "take" else "staff_none")
        return await self._which(order, found)

    async def _which(self, order: _Order, handoffs: Sequence[str]) -> Answer:
        word = order.command.word
        choices = []
        for handoff in handoffs[:_LIST]:
            request = await self._store.get(Handoff, tenant=order.asked.tenant.tenant, handoff=handoff)
            if request is not None:
                title = shortened(f"#{request.number} {request.name}".strip(), 24)
                choices.append(Choice(id=f"staff:{word}:{handoff}", title=title))
        words = order.said.of("staff_for_whom")
        return order.answer([Choices(text=words, choices=choices)], "which")

    async def _waiting(self, order: _Order) -> list[Handoff]:
        """Returns the requests that nobody has taken, the oldest first."""
        found = await self._store.query(
            Handoff,
            where=[Where("state", "in", ["requested", "notified"])],
            limit=_LIST,
            tenant=order.asked.tenant.tenant,
        )
        return sorted((each for each in found if each.number), key=lambda each: each.created_at)

    async def _take(self, order: _Order, handoff: str) -> Answer:
        act = Take(order.asked.tenant, order.message.staff, handoff, self._doing.terms)
        return order.answer([], "take", [act])

    async def _close(self, order: _Order, handoff: str) -> Answer:
        return order.answer([], "close", [Close(order.asked.tenant, order.message.staff, handoff)])

    async def _note(self, order: _Order, handoff: str) -> Answer:
        if not order.command.rest:
            return order.told("staff_one_word")
        act = Note(order.asked.tenant, handoff, order.message.staff, order.command.rest)
        return order.answer([], "note", [act])

    async def _page(self, order: _Order, handoff: str) -> Answer:
        tenant, message, rest = order.asked.tenant, order.message, order.command.rest
        if folded(rest) == "off":
            return order.answer([], "page:off", [TakeBackPage(tenant, message.staff, handoff)])
        request, person = await self._found(order, handoff)
        if request is None or person is None:
            return order.told("staff_none")
        if request.holder != message.staff:
            return order.answer(order.said.refusal(Result("theirs", request)), "page:theirs")
        made = await self._pages.make(tenant, message, rest, handoff, person, order.asked.now)
        return order.answer([], "page", [made]) if made else order.told("staff_page_empty")

    async def _summary(self, order: _Order, handoff: str) -> Answer:
        request, person = await self._found(order, handoff)
        if request is None or person is None:
            return order.told("staff_none")
        tenant, language = order.asked.tenant, order.said.language
        told = brief(tenant, request, person, language, order.asked.now).written(tenant, language)
        return order.answer([Text(text="\n".join([told, *request.notes]))], "summary")

    async def _suggest(self, order: _Order, handoff: str) -> Answer:
        request, person = await self._found(order, handoff)
        draft = await self._suggesting.draft(order.asked.tenant, person) if person and request else ""
        if not draft:
            return order.told("staff_no_suggestion")
        send = Choice(id=f"staff:send:{handoff}", title=order.said.of("staff_send")[:24])
        act = KeepDraft(order.asked.tenant, handoff, draft)
        if len(draft) > _LONGEST:
            parts: list[Part] = [Text(text=draft), Choices(text=order.said.of("staff_send"), choices=[send])]
        else:
            parts = [Choices(text=draft, choices=[send])]
        return order.answer(parts, "suggest", [act])

    async def _send(self, order: _Order, handoff: str) -> Answer:
        request, _ = await self._found(order, handoff)
        if request is None or not request.draft:
            return order.told("staff_none")
        parts = (Text(text=request.draft),)
        said = Said(handoff, parts)
        act = self._doing.say(order.asked.tenant, order.message, said)
        return order.answer([], "send", [act])

    async def _transfer(self, order: _Order, handoff: str) -> Answer:
        tenant, rest = order.asked.tenant, order.command.rest
        found = [name for name in roster.found(tenant, rest) if name != order.message.staff] if rest else []
        if len(found) != 1:
            names = ", ".join(
                member.name for name, member in tenant.staff.items() if name != order.message.staff
            )
            return order.told("staff_no_member", name=rest or "?", names=names)
        act = PassOn(tenant, order.message.staff, handoff, found[0])
        return order.answer([], "transfer", [act])

    async def _list(self, order: _Order) -> Answer:
        lines = [f"💬 #{talk.number} {talk.name}" for talk in order.desk.talks_of(order.message.staff)]
        lines += [
            f"{'🚨' if each.urgent else '⏳'} #{each.number} {each.name}"
            for each in await self._waiting(order)
        ]
        if not lines:
            return order.told("staff_list_empty")
        return order.answer([Text(text="\n".join(lines))], "list")

    async def _found(self, order: _Order, handoff: str) -> tuple[Handoff | None, Conversation | None]:
        tenant = order.asked.tenant.tenant
        request = await self._store.get(Handoff, tenant=tenant, handoff=handoff)
        if request is None or request.state not in OPEN:
            return None, None
        person = await self._store.get(Conversation, tenant=tenant, conversation=request.conversation)
        return request, person
