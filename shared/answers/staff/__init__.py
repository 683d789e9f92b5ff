"""Words of staff on the tenant's own channels: commands, and words for the people whose requests they took.

Staff are recognised by their identity on the channel (tenants/roster.py). A member of staff with no request
at hand is a person like any other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from shared.answers import Answer, Asked
from shared.answers.staff.addressing import Addressing, Command, Said, Unclear, Unseen
from shared.answers.staff.commands import Commands
from shared.answers.staff.doing import Doing
from shared.conversation.acts import Act
from shared.language.texts import text
from shared.models.handoff import Desk, Handoff
from shared.models.message import Outcome
from shared.models.parts import Choice, Choices, Part, Text, shortened
from shared.platform.store import Store
from shared.tenants import roster

#: Whether a message of staff is left to another answerer, as the desk is now.
Claims = Callable[[Asked, Desk], Awaitable[bool]]


class StaffWords:
    """Answers a message of staff that is a command, or for a person; no other message, and none that another
    answerer `claims`."""

    def __init__(self, store: Store, doing: Doing, commands: Commands, claims: Claims) -> None:
        self._store, self._doing, self._commands, self._claims = store, doing, commands, claims
        self._addressing = Addressing(store)

    async def answer(self, asked: Asked) -> Answer | None:
        """Returns the answer, which the history does not keep: it may have words about people."""
        found = await self._answer(asked) if asked.batch[-1].staff else None
        return replace(found, private=f"[{found.why}]") if found else None

    async def _answer(self, asked: Asked) -> Answer | None:
        message = asked.batch[-1]
        language = roster.reader(asked.tenant, message.staff)
        desk = await self._store.get(Desk, tenant=asked.tenant.tenant, desk="now")
        desk = desk or Desk(tenant=asked.tenant.tenant)
        if await self._claims(asked, desk):
            return None
        meant = await self._addressing.read(asked.conversation, message, desk)
        match meant:
            case Said():
                return _does(asked, "relayed", self._doing.say(asked.tenant, message, meant))
            case Command():
                return await self._commands.answer(asked, message, meant, desk)
            case Unclear(key, talks):
                words = text(asked.tenant, language, key)
                choices = [
                    Choice(
                        id=f"staff:say:{talk.handoff}:{message.message}",
                        title=shortened(f"#{talk.number} {talk.name}".strip(), 24),
                    )
                    for talk in talks[:10]
                ]
                told: list[Part] = [Choices(text=words, choices=choices)] if choices else [Text(text=words)]
                return Answer(told, Outcome.ANSWERED, f"staff:{key}", language)
            case Unseen(choices):
                words = text(asked.tenant, language, "staff_for_whom")
                again = [await self._named(asked, choice) for choice in choices]
                said = Choices(text=words, choices=again)
                return Answer([said], Outcome.ANSWERED, "staff:unseen", language)
        return None

    async def _named(self, asked: Asked, choice: Choice) -> Choice:
        """Returns a choice with the number of its request in its title."""
        handoff = choice.id.split(":")[2]
        request = await self._store.get(Handoff, tenant=asked.tenant.tenant, handoff=handoff)
        if request is None or "#" in choice.title:
            return choice
        return choice.model_copy(update={"title": shortened(f"#{request.number} {choice.title}", 24)})


def _does(asked: Asked, why: str, act: Act) -> Answer:
    """Returns the answer of an act with words of its own."""
    return Answer([], Outcome.ANSWERED, f"staff:{why}", asked.words.language, [act])
