"""Notices that a pairing is lost or a webhook has gone silent, where the gateway itself does not say so.

A gateway's own news (`SessionStatus`) is quicker, but a gateway that is down sends none, one that posts
elsewhere tells somebody else, and a session can stay WORKING while its events have stopped. So each gateway
is asked now and then, and the time of the last event is read from what the events left: the channel's latest
conversations. Nothing is written for a message.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.channels import GatewayRefused
from shared.conversation.conversation import Conversation
from shared.errors import ConfigurationError, Retry
from shared.models.tenant import Channel, Health
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where
from shared.tenants.directory import Directory

#: How often a channel's gateway is asked.
EVERY = timedelta(minutes=5)
#: What one tick takes on; the rest is still due at the next.
LIMIT = 50
#: Silence is suspicious after this long at the earliest, so that no night is, …
QUIET = timedelta(hours=24)
#: … and when it is so many times longer than is usual between two of the channel's conversations, of which so
#: many are looked at, …
UNUSUAL = 10
SAMPLE = 10
#: … and while others write: somebody did, on any channel, within this time.
OTHERS = timedelta(hours=1)


@dataclass(frozen=True)
class Watched:
    """Channels that were asked, and how many of them are ill."""

    asked: int
    ill: int


class Watch:
    def __init__(self, store: Store, clock: Clock, directory: Directory) -> None:
        self._store, self._clock, self._directory = store, clock, directory

    async def run(self) -> Watched:
        """Asks the gateways whose time has come. One that makes a bug come up does not keep the others from
        being asked; it is raised in the end."""
        now = self._clock.now()
        due = await self._store.query(
            Channel, where=[Where("due_at", "<=", now)], order="due_at", limit=LIMIT
        )
        found = await asyncio.gather(*(self._look(channel) for channel in due), return_exceptions=True)
        errors = [each for each in found if isinstance(each, BaseException)]
        for error in errors:
            logs.logger().error("watch_failed", **logs.describe(error))
        if errors:
            raise errors[0]
        return Watched(asked=found.count(True) + found.count(False), ill=found.count(False))

    async def _look(self, channel: Channel) -> bool | None:
        """Whether the channel works; None where there is nobody to ask, or another tick does."""
        if not await self._claim(channel):
            return None
        health = await self._health(channel)
        if health is None:
            await self._postpone(channel, None)
            return None
        current, before = await self._store.transaction(lambda tx: _keep(tx, channel, health))
        if current == health:
            _say(channel, health, was_ill=before is not None and not before.working)
        return health.working

    async def _claim(self, channel: Channel) -> bool:
        """Puts the channel off before it is asked, so that nobody else asks it, whatever comes of it."""
        return await self._postpone(channel, self._clock.now() + EVERY)

    async def _postpone(self, channel: Channel, due_at: datetime | None) -> bool:
        async def work(tx: Transaction) -> bool:
            current = await tx.get(Channel, tenant=channel.tenant, channel=channel.channel)
            if current is None or current.due_at != channel.due_at:
                return False
            current.due_at = due_at
            tx.put(current)
            return True

        done = await self._store.transaction(work)
        channel.due_at = due_at
        return done

    async def _health(self, channel: Channel) -> Health | None:
        """None where the channel has no gateway."""
        try:
            gateway = self._directory.gateway(channel)
            if gateway is None:
                return None
            status = await gateway.status()
        except Retry:
            return self._ill("unreachable")
        except GatewayRefused as refused:
            return self._ill(f"refused_{refused.answered}")
        except ConfigurationError:
            return self._ill("misconfigured")
        if status.working and not status.registered:
            return self._ill("not_registered")
        if status.working and await self._silent(channel):
            return self._ill("silent")
        return Health(status=status.status, working=status.working, at=self._clock.now())

    def _ill(self, status: str) -> Health:
        return Health(status=status, working=False, at=self._clock.now())

    async def _silent(self, channel: Channel) -> bool:
        """Whether nobody has been heard here for far longer than is usual, while others are."""
        now = self._clock.now()
        recent = await self._store.query(
            Conversation,
            where=[Where("channel", "==", channel.channel)],
            order="-updated_at",
            limit=SAMPLE,
            tenant=channel.tenant,
        )
        if len(recent) < SAMPLE or now - recent[0].updated_at <= _patience(recent):
            return False
        anywhere = await self._store.query(Conversation, order="-updated_at", limit=1)
        return bool(anywhere) and now - anywhere[0].updated_at <= OTHERS


async def _keep(tx: Transaction, channel: Channel, health: Health) -> tuple[Health | None, Health | None]:
    """What is kept now, and what was: newer news of the gateway's own wins, and the same again is not
    written."""
    current = await tx.get(Channel, tenant=channel.tenant, channel=channel.channel)
    if current is None:
        return None, None
    before = current.health
    if before is not None and before.at > health.at:
        return before, before
    if before is None or (before.status, before.working) != (health.status, health.working):
        current.health = health
        tx.put(current)
    return health, before


def _patience(recent: list[Conversation]) -> timedelta:
    """How long a silence of this channel is nothing unusual."""
    usual: timedelta = (recent[0].updated_at - recent[-1].updated_at) / (len(recent) - 1)
    return max(QUIET, UNUSUAL * usual)


def _say(channel: Channel, health: Health, *, was_ill: bool) -> None:
    """An error, which alerts, only where it was ill before: a gateway that restarts wakes nobody."""
    log = logs.logger()
    say = log.info if health.working else log.error if was_ill else log.warning
    say("channel_health", tenant=channel.tenant, channel=channel.channel, status=health.status)
