"""Answers to a choice that we offered and the person made."""

from __future__ import annotations

from dataclasses import replace

from shared.answers import Answer, Asked
from shared.answers.commands import Commands
from shared.answers.doubts import DANGER, SAFE
from shared.answers.emergency import help_comes
from shared.answers.facts import Facts
from shared.answers.menu import Menu
from shared.conversation.handoffs import WithdrawRequests
from shared.conversation.replies import Rate
from shared.language.commands import Command
from shared.language.texts import text
from shared.models.document import is_name
from shared.models.message import Outcome
from shared.models.parts import Part, Text

_COMMANDS = {str(each): each for each in Command}


class Choice:
    """Follows a choice's id, in the language in which it was offered: `command:C`, `topic:E`,
    `entry:E`, `services:N`, `rate:H:N` or `doubt:…`.

    Has no answer if the choice's target is gone: then its title is the person's question.
    """

    def __init__(self, menu: Menu, commands: Commands, facts: Facts) -> None:
        self._menu, self._commands, self._facts = menu, commands, facts

    async def answer(self, asked: Asked) -> Answer | None:
        if asked.words.choice is None:
            return None
        language = asked.conversation.session.language or asked.tenant.languages[0]
        kind, _, value = asked.words.choice.id.partition(":")
        if kind == "command" and (found := _COMMANDS.get(value)):
            words = replace(asked.words, language=language, command=found)
            return await self._commands.answer(replace(asked, words=words))
        if kind == "rate" and (rated := _rating(asked, value)) is not None:
            thanks = text(asked.tenant, language, "handoff_rated")
            return Answer([Text(text=thanks)], Outcome.ANSWERED, "rated", language, [rated])
        if asked.words.choice.id == DANGER:
            return help_comes(asked.tenant, language)
        if asked.words.choice.id == SAFE:
            safe = Text(text=text(asked.tenant, language, "safe"))
            return Answer([safe], Outcome.ANSWERED, "safe", language, [WithdrawRequests("danger")])
        if kind == "entry":
            return await self._facts.entry(asked, value)
        parts: list[Part] = []
        if kind == "topic" and (about := await self._menu.about(asked.tenant, language, value)):
            parts = [Text(text=about)]
        elif kind == "services" and value.isdecimal():
            topics = await self._menu.topics(asked.tenant, language, int(value))
            parts = [topics] if topics else []
        return Answer(parts, Outcome.ANSWERED, f"choice:{kind}", language) if parts else None


def _rating(asked: Asked, value: str) -> Rate | None:
    """Returns the act of a rating `about:number`, or None if it is none."""
    about, _, number = value.rpartition(":")
    if not is_name(about) or number not in ("1", "2", "3", "4", "5"):
        return None
    return Rate(asked.tenant, about, int(number))
