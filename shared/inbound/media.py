"""What people send beside words: fetched from the gateway before it vanishes there, checked, and kept.

A message whose file cannot be had is answered all the same; its part says why (`problem`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shared.channels import Channel, Download
from shared.errors import Drop, Retry
from shared.inbound.file_types import accepted
from shared.models.message import Inbound
from shared.models.parts import Media, as_told
from shared.platform import logs
from shared.platform.blobs import Blobs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction

#: How long (s) a turn waits for all of its files: an answer without them is better than none.
DEADLINE_S = 10.0
#: Files that one instance fetches at once: so many of the largest still fit into its memory.
_AT_ONCE = 3
#: How long (s) to wait before each further try.
_PAUSES_S = (0.5, 2.0, 4.0)


class MediaIntake:
    def __init__(self, blobs: Blobs, store: Store, clock: Clock) -> None:
        self._blobs, self._store, self._clock = blobs, store, clock
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def take_in(
        self, channel: Channel, messages: Sequence[Inbound], earlier: Sequence[Inbound] = ()
    ) -> list[Inbound]:
        """The messages, with their files kept. `earlier` are those of this turn before it started over: what
        was fetched for them, or could not be, is not fetched again."""
        known = {message.message: message for message in earlier}
        messages = [
            message.model_copy(update={"parts": found.parts})
            if (found := known.get(message.message)) and _same(found, message)
            else message
            for message in messages
        ]
        if not any(awaited(message) for message in messages):
            return messages
        return await asyncio.gather(*(self._message(channel, message) for message in messages))

    async def for_staff(self, channel: Channel, message: Inbound) -> None:
        """Keeps the files of a message that no turn will answer because a human does: they want to see them.
        What is suppressed is not fetched: nobody reads it, and whoever is blocked must not fill our disks."""
        kept = await self._message(channel, message)

        async def work(tx: Transaction) -> None:
            keys = {"conversation": message.conversation, "message": message.message}
            current = await tx.get(Inbound, tenant=message.tenant, **keys)
            if current is not None and _same(current, message):
                current.parts = kept.parts
                tx.put(current)

        await self._store.transaction(work)

    async def _message(self, channel: Channel, message: Inbound) -> Inbound:
        place = f"tenants/{message.tenant}/media/{message.conversation}/{message.message}"
        waiting = awaited(message)
        found = await asyncio.gather(
            *(self._keep(channel, f"{place}/{number}", media) for number, media in waiting.items())
        )
        kept = waiting | dict(zip(waiting, found, strict=True))
        parts = [kept.get(number, part) for number, part in enumerate(message.parts)]
        return message.model_copy(update={"parts": parts})

    async def _keep(self, channel: Channel, name: str, media: Media) -> Media:
        try:
            async with asyncio.timeout(DEADLINE_S), self._slots:
                download = await self._fetch(channel, media)
                media_type = accepted(media, download.data)
                if media_type is None:
                    raise Drop("media_type")
                await self._blobs.put(name, download.data, media_type)
        except (Drop, Retry) as why:
            return _without(media, why.reason)
        except TimeoutError:
            return _without(media, "media_late")
        logs.logger().info("media_kept", media_type=media_type, bytes=len(download.data))
        kept = {"stored": name, "stored_type": media_type, "size": len(download.data)}
        return media.model_copy(update=kept)

    async def _fetch(self, channel: Channel, media: Media) -> Download:
        for pause in _PAUSES_S:
            try:
                return await channel.fetch(media)
            except Retry as later:
                await self._clock.sleep(max(pause, later.after or 0.0))
        return await channel.fetch(media)


def awaited(message: Inbound) -> dict[int, Media]:
    """The files in a message that have not been asked for yet, by their part's number."""
    return {
        number: part
        for number, part in enumerate(message.parts)
        if isinstance(part, Media) and not part.stored and not part.problem
    }


def _without(media: Media, problem: str) -> Media:
    logs.logger().warning("media_not_kept", problem=problem)
    return media.model_copy(update={"problem": problem})


def _same(one: Inbound, other: Inbound) -> bool:
    """Whether two copies of a message say the same, whatever has been kept of their files."""
    return as_told(one.parts) == as_told(other.parts)
