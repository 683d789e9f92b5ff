"""Finds who answers a turn, in this order: emergency, what was chosen, commands, the assistant; the last
resort is an apology.

Whatever happens here, something comes back: what cannot be answered becomes an apology and a handoff.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.answers.apology import apology, waiting
from shared.answers.assistant import Assistant
from shared.answers.choosing import Chosen, chosen
from shared.answers.commands import Command, command
from shared.answers.emergency import is_emergency
from shared.answers.services import Services, offer
from shared.answers.texts import text
from shared.conversation.conversation import Conversation, HandoffReason, State
from shared.formats import marks
from shared.knowledge.language import detect
from shared.models.message import Inbound, Outcome
from shared.models.parts import Choice, Choices, Media
from shared.models.people import Standing
from shared.models.tenant import Tenant
from shared.models.words import words_of
from shared.platform.clock import Clock

_COMMANDS = {str(each): each for each in Command}
#: After so many questions in a row that nobody could answer, a human is called unasked.
MISSES = 2


@dataclass(frozen=True)
class Answer:
    """What a turn says, and what follows from it. `choices` come after the text; where there is neither,
    nothing is said, on purpose. `why` is the short reason that the console shows; `withdraws` where the
    person needs no human any more."""

    text: str
    outcome: Outcome
    why: str
    language: str = ""
    handoff: HandoffReason | None = None
    standing: Standing | None = None
    misses: int = 0
    choices: Choices | None = None
    withdraws: bool = False


class Answers:
    def __init__(self, assistant: Assistant, services: Services, clock: Clock) -> None:
        self._assistant, self._services, self._clock = assistant, services, clock

    async def answer(self, tenant: Tenant, conversation: Conversation, batch: list[Inbound]) -> Answer:
        """`batch` holds at least one message, in the person's order."""
        picks = [chosen(conversation.offered, message) for message in batch]
        read = [pick.title if pick else words_of(message) for pick, message in zip(picks, batch, strict=True)]
        said = "\n".join(filter(None, read))
        known = conversation.session.language or tenant.languages[0]
        language = detect(said, tenant.languages, known)
        if is_emergency(tenant, said):
            words = text(tenant, language, "emergency")
            return Answer(words, Outcome.HANDED_OFF, "emergency", language, handoff="emergency")
        if (pick := picks[-1]) and said == pick.title:
            answer = await self._chosen(pick, tenant, conversation)
            if answer is not None:
                return answer
        if found := command(said):
            return await self._command(found, tenant, conversation, language)
        if not any(character.isalnum() for character in said):
            return _wordless(tenant, conversation, batch, language)
        return await self._ask(tenant, conversation, said, language)

    def apology(self, tenant: Tenant, conversation: Conversation, now: datetime) -> Answer:
        """For messages that keep breaking us."""
        language = conversation.session.language
        words = apology(tenant, language, now)
        return Answer(words, Outcome.HANDED_OFF, "failed_answers", language, handoff="failed_answers")

    async def _chosen(self, pick: Chosen, tenant: Tenant, conversation: Conversation) -> Answer | None:
        """What one of our own choices leads to, in the language in which it was offered; None where it is not
        ours, or leads nowhere any more: then its title is what the person says."""
        language = conversation.session.language or tenant.languages[0]
        kind, _, value = pick.id.partition(":")
        words, choices = "", None
        if kind == "command" and (found := _COMMANDS.get(value)):
            return await self._command(found, tenant, conversation, language)
        if kind == "topic":
            words = await self._services.about(tenant, language, value)
        elif kind == "services" and value.isdecimal():
            choices = await self._services.menu(tenant, language, int(value))
        if not words and not choices:
            return None
        return Answer(words, Outcome.ANSWERED, f"choice:{kind}", language, choices=choices)

    async def _command(
        self, found: Command, tenant: Tenant, conversation: Conversation, language: str
    ) -> Answer:
        if found == Command.HUMAN:
            return _hand_off(tenant, language, self._clock.now())
        words = text(tenant, language, _says(found, conversation))
        standing = {Command.STOP: Standing.OPTED_OUT, Command.START: Standing.OPEN}.get(found)
        answer = Answer(words, Outcome.ANSWERED, f"command:{found}", language, standing=standing)
        match found:
            case Command.SERVICES if menu := await self._services.menu(tenant, language):
                return replace(answer, text="", choices=menu)
            case Command.CONTACT:
                human = Choice(id=f"command:{Command.HUMAN}", title=text(tenant, language, "talk")[:24])
                return replace(answer, text="", choices=offer(words, [human]))
            case Command.CANCEL:
                return replace(answer, withdraws=conversation.state == State.WAITING)
        return answer

    async def _ask(self, tenant: Tenant, conversation: Conversation, said: str, language: str) -> Answer:
        reply, provider = await self._assistant.ask(tenant, conversation, said, language)
        now = self._clock.now()
        if reply.wants_human:
            return _hand_off(tenant, language, now)
        words = marks.from_markdown(reply.text)
        if reply.known:
            return Answer(words, Outcome.ANSWERED, f"{provider}:{','.join(reply.sources)}", language)
        misses = conversation.session.misses + 1
        if misses >= MISSES:
            sorry = apology(tenant, language, now)
            return Answer(sorry, Outcome.HANDED_OFF, "no_answer", language, handoff="no_answer")
        return Answer(words, Outcome.ANSWERED, f"{provider}:unknown", language, misses=misses)


def _says(found: Command, conversation: Conversation) -> str:
    """The key of the text that answers the command. Where there is no menu, help stands for it."""
    match found:
        case Command.STOP:
            return "opted_out"
        case Command.START:
            return "opted_in" if conversation.history else "welcome"
        case Command.CANCEL:
            under_way = conversation.state == State.WAITING or conversation.offered
            return "cancelled" if under_way else "nothing_to_cancel"
        case Command.GREETING:
            return "welcome"
        case Command.CONTACT | Command.THANKS:
            return str(found)
    return "help"


def _hand_off(tenant: Tenant, language: str, now: datetime) -> Answer:
    return Answer(waiting(tenant, language, now), Outcome.HANDED_OFF, "asked", language, handoff="asked")


def _wordless(tenant: Tenant, conversation: Conversation, batch: list[Inbound], language: str) -> Answer:
    """No words: a sticker or an emoji asks for nothing in a conversation that is going on; a file or a place
    deserves an honest word."""
    bare = all(
        not message.parts or all(isinstance(p, Media) and p.kind == "sticker" for p in message.parts)
        for message in batch
    )
    emoji = all(words_of(message) for message in batch)
    if (bare or emoji) and conversation.history:
        return Answer("", Outcome.SUPPRESSED, "no_words", language, misses=conversation.session.misses)
    if bare or emoji:
        return Answer(text(tenant, language, "welcome"), Outcome.ANSWERED, "greeting", language)
    return Answer(text(tenant, language, "unreadable"), Outcome.ANSWERED, "unreadable", language)
