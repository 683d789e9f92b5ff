"""A cache of a model's answers: the same question to the same knowledge is paid for once.

Nothing of a person is shared: neither looked up nor kept is an answer for which anything personal was there
(history, memory, files, quotes, numbers, the person's name). An instance keeps answers in its memory, and
stores one when it is asked for a second time: most questions are never asked again, and cost no write.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from shared.answers import Answer, Answerer, Asked
from shared.answers.asking import Router
from shared.answers.hours import is_open
from shared.conversation.gaps import impersonal
from shared.conversation.known_answers import KeepAnswer, KnownAnswer
from shared.language.commands import Command, command
from shared.language.content import has_content
from shared.language.folding import folded
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.platform import logs
from shared.platform.store import Store
from shared.understanding.reader import Danger

#: How long an answer is kept. The day is part of its key: "today" means another day tomorrow.
KEPT = timedelta(hours=24)
#: Answers in the memory of one instance, about a kilobyte each.
ANSWERS = 1_000
#: Most characters of a question: a longer one tells a story, and is not asked twice.
LENGTH = 300
#: Settings of the tenant that an answer depends on.
_SETTINGS = {"name", "scope", "texts", "answers", "hours", "holidays", "timezone", "languages"}
#: The fixed texts that say nothing about the person they were sent to.
_FIXED = ("welcome", "help", "thanks", "goodbye", "small_talk", "services")
_CLAUSE = re.compile(r"(?<=[,.!?;:،؟])\s+|\n+")
_POLITE = (Command.GREETING, Command.THANKS)


@dataclass
class _Kept:
    known: KnownAnswer
    stored: bool


class Cached:
    """Answers from the cache, else asks `answerer`; `version` returns that of the knowledge it is from."""

    def __init__(
        self,
        answerer: Answerer,
        router: Router,
        store: Store,
        version: Callable[[Asked], Awaitable[str]],
    ) -> None:
        self._answerer, self._router, self._store, self._version = answerer, router, store, version
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def answer(self, asked: Asked) -> Answer | None:
        key = await self._key(asked)
        if not key:
            return await self._answerer.answer(asked)
        kept = await self._find(asked, key)
        logs.logger().info("answer_cache", result="hit" if kept else "miss")
        if kept is not None:
            return _again(kept)
        answer = await self._answerer.answer(asked)
        if answer is not None and (texts := _common(asked, answer)):
            known = KnownAnswer(
                tenant=asked.tenant.tenant,
                answer=key,
                texts=texts,
                why=answer.why,
                language=answer.language,
                expires_at=asked.now + KEPT,
            )
            self._keep(_Kept(known, stored=False))
        return answer

    async def knows(self, asked: Asked) -> bool:
        """Whether it has the answer, which then costs no further read."""
        key = await self._key(asked)
        return bool(key) and await self._find(asked, key) is not None

    async def _find(self, asked: Asked, key: str) -> _Kept | None:
        """Returns the answer of this key; reads one document if this instance does not know it."""
        kept = self._kept.get(key)
        if kept is None:
            found = await self._store.get(KnownAnswer, tenant=asked.tenant.tenant, answer=key)
            kept = _Kept(found, stored=True) if found else None
        if kept is None or kept.known.expires_at <= asked.now:
            return None
        self._keep(kept)
        return kept

    def _keep(self, kept: _Kept) -> None:
        self._kept[kept.known.answer] = kept
        self._kept.move_to_end(kept.known.answer)
        while len(self._kept) > ANSWERS:
            self._kept.popitem(last=False)

    async def _key(self, asked: Asked) -> str:
        """Returns the key of the answer, "" if it must not be shared or no model would be asked."""
        tenant = asked.tenant
        question = normalised(asked.words.said)
        if not question or not self._router.does(tenant, "answer") or not _impersonal(asked):
            return ""
        version = await self._version(asked)
        if not version:
            return ""
        day = asked.now.astimezone(ZoneInfo(tenant.timezone)).date().isoformat()
        settings = tenant.model_dump_json(include=_SETTINGS)
        of = [tenant.tenant, version, settings, asked.words.language, day, str(is_open(tenant, asked.now))]
        return hashlib.sha256("\0".join([*of, question]).encode(errors="replace")).hexdigest()[:40]


def normalised(said: str) -> str:
    """Returns the question folded, without greetings and thanks around it, "" if no content is left."""
    clauses = [clause for clause in _CLAUSE.split(said) if command(clause) not in _POLITE]
    question = folded(" ".join(clauses))
    return question if has_content(question) else ""


def _impersonal(asked: Asked) -> bool:
    """Whether the turn holds nothing that another person with the same question would not have."""
    words, conversation = asked.words, asked.conversation
    plain = words.choice is None and words.command is None and not words.wants_human
    calm = words.danger == Danger.NONE and not words.may_opt_out
    said = " ".join(words.said.split())
    alone = all(
        not message.staff and message.quote is None and all(isinstance(part, Text) for part in message.parts)
        for message in asked.batch
    )
    memory = conversation.memory
    return (
        plain
        and calm
        and alone
        and not (memory.facts or memory.summary or conversation.session.verified)
        and len(said) <= LENGTH
        and impersonal(said) == said
        and _fresh(asked)
    )


def _fresh(asked: Asked) -> bool:
    """Whether nothing was said before but greetings: a question in a talk may be about the talk."""
    fixed = {
        text(asked.tenant, language, key)
        for language in {asked.conversation.session.language, asked.words.language}
        for key in _FIXED
    }
    return all(
        not has_content(line.text) if line.author == "person" else line.text in fixed
        for line in asked.conversation.history
    )


def _common(asked: Asked, answer: Answer) -> list[str]:
    """Returns the texts of an answer that holds for every person, none if it does not."""
    texts = [part.text for part in answer.parts if isinstance(part, Text)]
    if not answer.common or answer.calls or len(texts) < len(answer.parts):
        return []
    names = {word for word in folded(asked.conversation.name).split() if len(word) > 2}
    said = set(folded(" ".join(texts)).split())
    return [] if names & said else texts


def _again(kept: _Kept) -> Answer:
    """Returns the kept answer, and stores it if it is asked for a second time."""
    known = kept.known
    acts = [] if kept.stored else [KeepAnswer(known)]
    kept.stored = True
    parts = [Text(text=words) for words in known.texts]
    return Answer(parts, Outcome.ANSWERED, f"cached:{known.why}", known.language, acts)
