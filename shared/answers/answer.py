"""Finds who answers a turn, in this order: emergency, commands, the assistant; the last resort is an apology.

Whatever happens here, something comes back: what cannot be answered becomes an apology and a handoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.answers.apology import apology, waiting
from shared.answers.assistant import Assistant
from shared.answers.commands import Command, command
from shared.answers.emergency import is_emergency
from shared.answers.texts import text
from shared.knowledge.language import detect
from shared.models.conversation import Conversation, HandoffReason
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media
from shared.models.people import Standing
from shared.models.tenant import Tenant
from shared.models.words import words_of
from shared.platform.clock import Clock

#: After so many questions in a row that nobody could answer, a human is called unasked.
MISSES = 2


@dataclass(frozen=True)
class Answer:
    """What a turn says, and what follows from it. An empty `text` says nothing, on purpose; `why` is the
    short reason that the console shows."""

    text: str
    outcome: Outcome
    why: str
    language: str = ""
    handoff: HandoffReason | None = None
    standing: Standing | None = None
    misses: int = 0


class Answers:
    def __init__(self, assistant: Assistant, clock: Clock) -> None:
        self._assistant, self._clock = assistant, clock

    async def answer(self, tenant: Tenant, conversation: Conversation, batch: list[Inbound]) -> Answer:
        """`batch` holds at least one message, in the person's order."""
        said = "\n".join(words for message in batch if (words := words_of(message)))
        known = conversation.session.language
        language = detect(said, tenant.languages, known or tenant.languages[0])
        now = self._clock.now()
        if is_emergency(tenant, said):
            words = text(tenant, language, "emergency")
            return Answer(words, Outcome.HANDED_OFF, "emergency", language, handoff="emergency")
        if found := command(said):
            return self._command(found, tenant, language, now)
        if not any(character.isalnum() for character in said):
            return _wordless(tenant, conversation, batch, language)
        return await self._ask(tenant, conversation, said, language, now)

    def apology(self, tenant: Tenant, conversation: Conversation, now: datetime) -> Answer:
        """For messages that keep breaking us."""
        language = conversation.session.language
        words = apology(tenant, language, now)
        return Answer(words, Outcome.HANDED_OFF, "failed_answers", language, handoff="failed_answers")

    def _command(self, found: Command, tenant: Tenant, language: str, now: datetime) -> Answer:
        say = {
            Command.STOP: "opted_out",
            Command.START: "opted_in",
            Command.HELP: "help",
            Command.THANKS: "thanks",
            Command.GREETING: "welcome",
        }
        if found == Command.HUMAN:
            return _hand_off(tenant, language, now)
        standing = {Command.STOP: Standing.OPTED_OUT, Command.START: Standing.OPEN}.get(found)
        words = text(tenant, language, say[found])
        return Answer(words, Outcome.ANSWERED, f"command:{found}", language, standing=standing)

    async def _ask(
        self, tenant: Tenant, conversation: Conversation, said: str, language: str, now: datetime
    ) -> Answer:
        reply, provider = await self._assistant.ask(tenant, conversation, said, language)
        if reply.wants_human:
            return _hand_off(tenant, language, now)
        if reply.known:
            return Answer(reply.text, Outcome.ANSWERED, f"{provider}:{','.join(reply.sources)}", language)
        misses = conversation.session.misses + 1
        if misses >= MISSES:
            words = apology(tenant, language, now)
            return Answer(words, Outcome.HANDED_OFF, "no_answer", language, handoff="no_answer")
        return Answer(reply.text, Outcome.ANSWERED, f"{provider}:unknown", language, misses=misses)


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
