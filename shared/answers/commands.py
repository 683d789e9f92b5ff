"""Answers to commands: whole messages with one meaning, such as `/help`, "stop" or "merci"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.answers import Answer, Asked
from shared.answers.human import hand_over
from shared.answers.menu import offer
from shared.conversation.acts import Act
from shared.conversation.consent import SetStanding
from shared.conversation.conversation import Conversation, State
from shared.conversation.handoffs import WithdrawRequests
from shared.conversation.verifying import LogOut, Pursue
from shared.language.commands import Command
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Choice, Choices, Part, Text
from shared.models.people import Standing
from shared.platform.clock import Ids


class Commands:
    """Answers a command with its fixed text or with choices, and carries it out.

    `menu` returns the choices of the menu, or None if it is empty.
    """

    def __init__(self, menu: Callable[[Asked], Awaitable[Choices | None]], ids: Ids) -> None:
        self._menu, self._ids = menu, ids

    async def answer(self, asked: Asked) -> Answer | None:
        found, language = asked.words.command, asked.words.language
        if found is None:
            return None
        if found == Command.HUMAN:
            return hand_over(asked)
        parts = await self._parts(found, asked)
        return Answer(parts, Outcome.ANSWERED, f"command:{found}", language, self._acts(found, asked))

    async def _parts(self, found: Command, asked: Asked) -> list[Part]:
        tenant, language = asked.tenant, asked.words.language
        words = text(tenant, language, _key(found, asked.conversation))
        choices = None
        if found == Command.SERVICES:
            choices = await self._menu(asked)
        elif found in (Command.CONTACT, Command.WHO):
            human = Choice(id=f"command:{Command.HUMAN}", title=text(tenant, language, "talk")[:24])
            choices = offer(words, [human])
        return [choices] if choices else [Text(text=words)]

    def _acts(self, found: Command, asked: Asked) -> Sequence[Act]:
        match found:
            case Command.STOP:
                return [SetStanding(Standing.OPTED_OUT)]
            case Command.START:
                return [SetStanding(Standing.OPEN)]
            case Command.CANCEL if asked.conversation.state == State.WAITING:
                return [WithdrawRequests()]
            case Command.LOGOUT:
                return [LogOut(self._ids) if asked.conversation.session.verified else Pursue(None)]
        return []


def _key(found: Command, conversation: Conversation) -> str:
    """Returns the key of the command's fixed text; an empty menu gets the text of help."""
    match found:
        case Command.STOP:
            return "opted_out"
        case Command.START:
            return "opted_in" if conversation.history else "welcome"
        case Command.CANCEL:
            under_way = conversation.state == State.WAITING or conversation.sending.offered
            return "cancelled" if under_way else "nothing_to_cancel"
        case Command.LOGOUT:
            return "logged_out" if conversation.session.verified else "not_signed_in"
        case Command.GREETING:
            return "welcome"
        case Command.CONTACT | Command.WHO | Command.THANKS:
            return str(found)
    return "help"
