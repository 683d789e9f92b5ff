"""Voice notes become words before the turn is answered, if a model of the tenant transcribes.

The words are kept in the message's part, so that rules, answers, relays and the history see them as if the
person had typed them; and beside the stored file, so that a repeat of the turn pays nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Sequence

from shared.answers.asking import Router
from shared.errors import ConfigurationError, Retry
from shared.formats import sound
from shared.llm import File
from shared.models.message import Inbound
from shared.models.parts import Media, preview, whole
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.blobs import Blobs, NoSuchBlob
from shared.platform.fair_share import FairShare

#: How long (s) a turn waits for the words of its voice notes, which are heard at the same time. Models take a
#: second or two for half a minute of speech.
DEADLINE_S = 8.0
#: Voice notes that one turn hears; each costs, and a person seldom sends more before an answer.
NOTES = 5
#: Longest sound (s), and most bytes of any: five minutes of Opus have one million, of MP3 three or more.
SECONDS, BYTES = 300.0, 3_000_000
#: Sounds that one instance has in memory at once, each three times: as bytes, in base64 and in a request.
_AT_ONCE = 6
#: Most characters of the words: five minutes of quick speech have about as many.
CHARACTERS = 6_000
#: Marks that models write for words that they did not understand.
_DOUBT = re.compile(r"\[[^\]]*\]|\(\?+\)|\?{3,}|_{3,}")
#: The reason of a sound whose file we do not have.
_NO_FILE = "no_file"
#: A sound of this length (s) with fewer words a second is mostly noise, or was not understood.
_LONG, _WORDS_PER_SECOND = 8.0, 0.25


class Hearing:
    def __init__(self, router: Router, blobs: Blobs) -> None:
        self._router, self._blobs = router, blobs
        self._slots = FairShare(_AT_ONCE)

    def hears(self, tenant: Tenant, messages: Sequence[Inbound]) -> bool:
        """Whether the messages have sounds to be heard, and the tenant a model that transcribes."""
        return bool(_sounds(messages)) and self._router.does(tenant, "transcribe")

    async def hear(self, tenant: Tenant, language: str, messages: Sequence[Inbound]) -> list[Inbound]:
        """Returns the messages with the words of their sounds; as they are without a model that transcribes.

        Sounds of staff are for a person, and are not heard. `language` is the likely one. A person's budget
        does not matter: a voice note may be an emergency.
        """
        if not self.hears(tenant, messages):
            return list(messages)
        found = _sounds(messages)
        heard = await asyncio.gather(*(self._part(tenant, language, part) for *_, part in found[:NOTES]))
        heard += [_unheard(part, "too_many") for *_, part in found[NOTES:]]
        kept = {(name, number): part for (name, number, _), part in zip(found, heard, strict=True)}
        return [_with(message, kept) for message in messages]

    async def write_usage(self, tenant: str) -> None:
        """Writes the usage of models for voice notes that were heard outside a turn."""
        await self._router.write_usage(tenant)

    async def _part(self, tenant: Tenant, language: str, media: Media) -> Media:
        """Returns the part with its words, or with the reason if it has none."""
        if not media.stored:
            return _unheard(media, _NO_FILE)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(DEADLINE_S), self._slots.slot(tenant.tenant, DEADLINE_S):
                heard = await self._heard(tenant, language, media)
        except (Retry, ConfigurationError, TimeoutError, NoSuchBlob) as error:
            logs.logger().error("voice_failed", result="failed", **logs.describe(error))
            return _unheard(media, "failed")
        ms = round((time.perf_counter() - began) * 1000, 2)
        logs.logger().info("voice_heard", ms=ms, bytes=media.size, result=heard.unheard or "heard")
        return heard

    async def _heard(self, tenant: Tenant, language: str, media: Media) -> Media:
        if media.size > BYTES:
            return _unheard(media, "too_long")
        data = await self._blobs.get(media.stored)
        length = sound.seconds(data)
        if length is not None and length > SECONDS:
            return _unheard(media, "too_long")
        # The name holds a digest of the sound: a later file in its place has words of its own.
        name = f"{media.stored}.{hashlib.sha256(data).hexdigest()[:16]}.txt"
        said = await self._known(name)
        if said is None:
            file = File(data, media.stored_type)
            routed = await self._router.transcribe(tenant, file, language, within=DEADLINE_S)
            said = whole(routed.completion.text).strip()[:CHARACTERS]
            await self._keep(name, said)
        plain = " ".join(_DOUBT.sub(" ", said).split())
        if not any(character.isalnum() for character in plain):
            return _unheard(media, "silent")
        return media.model_copy(update={"heard": said, "unclear": _unclear(said, plain, length)})

    async def _known(self, name: str) -> str | None:
        """Returns the words of an earlier attempt at the turn, or None if there are none."""
        try:
            return (await self._blobs.get(name)).decode(errors="replace")
        except NoSuchBlob:
            return None

    async def _keep(self, name: str, said: str) -> None:
        """Keeps the words beside the file. If the store fails, a repeat of the turn pays again."""
        try:
            await self._blobs.put(name, said.encode(), "text/plain; charset=utf-8")
        except Retry as error:
            logs.logger().warning("voice_not_kept", **logs.describe(error))


def _sounds(messages: Sequence[Inbound]) -> list[tuple[str, int, Media]]:
    """Returns the sounds to be heard, each with its message and the number of its part."""
    return [
        (message.message, number, part)
        for message in messages
        if not message.staff
        for number, part in enumerate(message.parts)
        if isinstance(part, Media) and _to_hear(part)
    ]


def _to_hear(media: Media) -> bool:
    """Whether it is a sound that was not tried yet; one whose file came late was not."""
    tried = media.heard or (media.unheard and not (media.unheard == _NO_FILE and media.stored))
    return media.sound and not tried


def _unheard(media: Media, reason: str) -> Media:
    return media.model_copy(update={"unheard": reason})


def _unclear(said: str, plain: str, length: float | None) -> bool:
    few = length is not None and length >= _LONG and len(plain.split()) < length * _WORDS_PER_SECOND
    return few or plain != " ".join(said.split())


def _with(message: Inbound, kept: dict[tuple[str, int], Media]) -> Inbound:
    parts = [kept.get((message.message, number), part) for number, part in enumerate(message.parts)]
    if parts == message.parts:
        return message
    return message.model_copy(update={"parts": parts, "text": preview(parts, 300)})
