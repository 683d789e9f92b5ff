"""Answers to voice notes go out as voice notes, if the tenant wishes it and a model of theirs speaks.

The sound is kept with the files of the answered message under a name made of its words and voice, so that a
repeat of the turn pays nothing. Its part has the words, so that the history and staff read them; and they go
out as a text if the sound cannot be made, or if the gateway refuses it (delivery/outbox.py).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import replace

from shared import llm
from shared.answers import Answer
from shared.answers.asking import Router
from shared.answers.assistant.guards.links import links
from shared.answers.heard import UNHEARD
from shared.conversation.conversation import Conversation
from shared.conversation.spending import may_spend
from shared.errors import ConfigurationError, Retry
from shared.formats import marks
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, Text
from shared.models.tenant import Tenant
from shared.models.terms import Terms
from shared.platform import logs
from shared.platform.blobs import Blobs, NoSuchBlob
from shared.platform.clock import Clock

#: How long (s) a turn waits for the sound of its answer, and the part of its lease (s) that is left for its
#: commit.
DEADLINE_S, _COMMIT_S = 6.0, 3.0
#: Most characters of words that are spoken: forty seconds of speech, at fifteen a second.
CHARACTERS = 600
_TYPE = "audio/ogg; codecs=opus"
#: Answers that ask for a certain reply, or are about the words that were heard: they are to be read.
_READ = re.compile(rf"(command|choice):|{UNHEARD}$|.*:unknown$")
#: Words to be read, and to be copied: five digits in a row as in phone numbers and large prices, an address
#: of mail, an item of a list.
_COPIED = re.compile(
    r"\d(?:,|[^\w\n,;:]{0,3})\d(?:(?:,|[^\w\n,;:]{0,3})\d){3}|\S@\S|^\s*(?:[-•*]|\d+[.)])\s", re.MULTILINE
)


class SpokenAnswers:
    def __init__(self, router: Router, blobs: Blobs, clock: Clock) -> None:
        self._router, self._blobs, self._clock = router, blobs, clock

    async def spoken(
        self,
        tenant: Tenant,
        conversation: Conversation,
        batch: Sequence[Inbound],
        answer: Answer,
        terms: Terms,
    ) -> Answer:
        """Returns the answer as one voice note, or as it is if it is to be read or not spoken in time."""
        wished = tenant.answers.voice and terms.voice and self._router.does(tenant, "speak")
        if not wished or not _by_voice(batch) or not (words := _speakable(answer)):
            return answer
        within = min(DEADLINE_S, self._left(conversation))
        if within <= 0 or not may_spend(conversation, tenant, self._clock.now()):
            return answer
        folder = f"tenants/{tenant.tenant}/media/{conversation.conversation}/{batch[0].message}"
        began = time.perf_counter()
        try:
            async with asyncio.timeout(within):
                note = await self._note(tenant, folder, words, answer.language, within)
        except (Retry, ConfigurationError, TimeoutError) as error:
            logs.logger().warning("voice_not_spoken", result="failed", **logs.describe(error))
            return answer
        ms = round((time.perf_counter() - began) * 1000, 2)
        logs.logger().info("voice_spoken", ms=ms, bytes=note.size, result="spoken")
        return replace(answer, parts=[note])

    def _left(self, conversation: Conversation) -> float:
        """Returns the time (s) that the turn's lease leaves."""
        lease = conversation.turn.lease
        return (lease.until - self._clock.now()).total_seconds() - _COMMIT_S if lease else 0.0

    async def _note(self, tenant: Tenant, folder: str, words: str, language: str, within: float) -> Media:
        name = f"{folder}/{_digest(tenant, words, language)}.ogg"
        try:
            data = await self._blobs.get(name)
        except NoSuchBlob:
            plain = marks.without(words)
            routed = await self._router.speak(tenant, plain, language, within=within)
            data = next(part.data for part in routed.completion.parts if isinstance(part, llm.File))
            await self._blobs.put(name, data, _TYPE)
        return Media(
            kind="voice", mimetype=_TYPE, stored=name, stored_type=_TYPE, size=len(data), heard=words
        )


def _by_voice(batch: Sequence[Inbound]) -> bool:
    """Whether a person wrote by voice alone, and every word was understood."""
    parts = [part for message in batch for part in message.parts]
    heard = all(
        isinstance(part, Media) and part.sound and part.heard and not part.unclear and not part.caption
        for part in parts
    )
    return heard and bool(parts) and not any(message.staff or message.urgent for message in batch)


def _speakable(answer: Answer) -> str:
    """Returns the words of an answer that can be spoken, "" if they are to be read, are private, or call a
    human."""
    texts = [part.text for part in answer.parts if isinstance(part, Text)]
    words = "\n\n".join(texts).strip()
    if answer.outcome != Outcome.ANSWERED or answer.calls or answer.private or _READ.match(answer.why):
        return ""  # a vendor's model reads no records aloud
    if len(texts) != len(answer.parts) or not 0 < len(words) <= CHARACTERS:
        return ""
    to_copy = _COPIED.search(words) or links(words)
    return words if not to_copy and any(character.isalnum() for character in words) else ""


def _digest(tenant: Tenant, words: str, language: str) -> str:
    """Returns a digest of the words and of the voices that may speak them."""
    entries = tenant.answers.order("speak").values()
    voices = [f"{entry.format}/{entry.model}/{entry.voice}" for entry in entries]
    return hashlib.sha256("\n".join([language, *voices, words]).encode()).hexdigest()[:32]
