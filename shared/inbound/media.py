"""Media intake: files are fetched from the gateway before they vanish there, checked, and stored.

A message whose file is unavailable is answered all the same; its part says why (`problem`). A file that was
only too slow is fetched later, by an event of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from shared.channels import Channel, Download
from shared.errors import Drop, Retry
from shared.inbound.file_types import accepted
from shared.models.events import FetchMedia
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, as_told, preview, with_files
from shared.platform import logs
from shared.platform.blobs import Blobs
from shared.platform.clock import Clock
from shared.platform.fair_share import FairShare
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction

#: How long (s) a turn waits for a file's download: an answer without the file is better than none.
DEADLINE_S = 10.0
#: How long (s) a turn waits for a slot to fetch in: with the answer's 12 s, all fits into the turn's lease.
PATIENCE_S = 5.0
#: Files that one instance fetches at once. The largest takes 50 MiB while its bytes are joined, and of an
#: instance's 512 some 400 are free.
_AT_ONCE = 6
#: How long (s) to wait before each further try.
_PAUSES_S = (0.5, 2.0, 4.0)
#: How long a file is tried again after its turn. The bus tries twenty times, in 31 minutes at the least.
LATER = timedelta(minutes=30)


class MediaIntake:
    def __init__(self, blobs: Blobs, store: Store, clock: Clock, publisher: Publisher) -> None:
        self._blobs, self._store, self._clock, self._publisher = blobs, store, clock, publisher
        self._slots = FairShare(_AT_ONCE)

    async def take_in(
        self, channel: Channel, messages: Sequence[Inbound], earlier: Sequence[Inbound] = ()
    ) -> list[Inbound]:
        """Returns the messages with their files stored.

        `earlier` are the messages of this turn before it started over: a file fetched for them, or found
        unavailable, is not fetched again.
        """
        known = {message.message: message for message in earlier}
        return await asyncio.gather(
            *(self._taken_in(channel, message, known.get(message.message)) for message in messages)
        )

    async def for_staff(self, channel: Channel, message: Inbound) -> Inbound:
        """Stores the files of a message that is left to a human, so that staff can see them; returns it.

        Files of a suppressed message are not fetched: they are not read, and a blocked person must not fill
        our disks.
        """
        return await self._write(await self._in_time(channel, message))

    async def write_down(self, messages: Sequence[Inbound]) -> None:
        """Records the files of a turn that was lost to a human, so that staff can see them."""
        for message in messages:
            if any(isinstance(part, Media) for part in message.parts):
                await self._write(message)

    async def later(self, messages: Sequence[Inbound]) -> None:
        """Publishes an event to fetch these messages' files after their turn.

        Called before the turn's commit: after it, a crash would lose the event, and no redelivery would
        replace it.
        """
        for message in messages:
            keys = {name: getattr(message, name) for name in ("tenant", "conversation", "message")}
            until = self._clock.now() + LATER
            event = FetchMedia(channel=message.channel, until=until, **keys)
            await self._publisher.publish("inbound", event, **keys)

    async def again(self, channel: Channel, event: FetchMedia) -> Inbound:
        """Fetches the files that a turn did without, and returns their message.

        Raises Retry until it has them or their time is over, Drop if no file is awaited.
        """
        keys = {"conversation": event.conversation, "message": event.message}
        message = await self._store.get(Inbound, tenant=event.tenant, **keys)
        if message is None or not awaited(message) or _unread(message):
            raise Drop("no_media_awaited")
        over = self._clock.now() >= event.until
        if message.outcome is None:  # its turn fetches the files itself, and may publish this event again
            raise Drop("turn_in_progress") if over else Retry("turn_in_progress")
        kept = _given_up(message) if over else await self._fetched(channel, message, patience=0)
        written = await self._write(kept)
        if awaited(written):
            raise Retry("media_late")
        return written

    async def _taken_in(self, channel: Channel, message: Inbound, before: Inbound | None) -> Inbound:
        if before and as_told(before.parts) == as_told(message.parts):
            return message.model_copy(update={"parts": before.parts, "text": before.text})
        return await self._in_time(channel, message)

    async def _in_time(self, channel: Channel, message: Inbound) -> Inbound:
        kept = await self._fetched(channel, message, PATIENCE_S)
        if awaited(kept):
            await self.later([kept])
        return kept

    async def _write(self, kept: Inbound) -> Inbound:
        """Writes the state of the files into the stored message, which may have been edited meanwhile."""

        async def work(tx: Transaction) -> Inbound:
            keys = {"conversation": kept.conversation, "message": kept.message}
            current = await tx.get(Inbound, tenant=kept.tenant, **keys)
            if current is None:
                raise Drop("message_is_gone")
            parts = with_files(current.parts, kept.parts)
            if parts != current.parts:
                current.parts, current.text = parts, preview(parts, 300)
                tx.put(current)
            return current

        return await self._store.transaction(work)

    async def _fetched(self, channel: Channel, message: Inbound, patience: float) -> Inbound:
        place = f"tenants/{message.tenant}/media/{message.conversation}/{message.message}"
        holder = f"{message.tenant}/{message.channel}"
        waiting = awaited(message)
        found = await asyncio.gather(
            *(
                self._try(channel, holder, f"{place}/{number}", media, patience)
                for number, media in waiting.items()
            )
        )
        kept = waiting | dict(zip(waiting, found, strict=True))
        parts = [kept.get(number, part) for number, part in enumerate(message.parts)]
        return message.model_copy(update={"parts": parts})

    async def _try(self, channel: Channel, holder: str, name: str, media: Media, patience: float) -> Media:
        """Returns the part with its stored file or its `problem`, or unchanged if the file may come later."""
        try:
            async with self._slots.slot(holder, patience), asyncio.timeout(DEADLINE_S):
                return await self._keep(channel, name, media)
        except Drop as why:
            return _without(media, why.reason)
        except (Retry, TimeoutError) as why:
            reason = why.reason if isinstance(why, Retry) else "media_late"
            logs.logger().info("media_awaited", reason=reason)
            return media

    async def _keep(self, channel: Channel, name: str, media: Media) -> Media:
        download = await self._fetch(channel, media)
        media_type = accepted(media, download.data)
        if media_type is None:
            raise Drop("media_type")
        await self._blobs.put(name, download.data, media_type)
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
    """Returns the message's files that are neither stored nor given up, by the index of their part."""
    return {
        number: part
        for number, part in enumerate(message.parts)
        if isinstance(part, Media) and not part.stored and not part.problem
    }


def _unread(message: Inbound) -> bool:
    return message.deleted or message.outcome == Outcome.SUPPRESSED


def _given_up(message: Inbound) -> Inbound:
    late = awaited(message)
    parts = [
        _without(late[number], "media_late") if number in late else part
        for number, part in enumerate(message.parts)
    ]
    return message.model_copy(update={"parts": parts})


def _without(media: Media, problem: str) -> Media:
    logs.logger().warning("media_not_kept", problem=problem)
    return media.model_copy(update={"problem": problem})
