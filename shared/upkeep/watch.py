"""Monitoring of gateways: detects a lost pairing or a silent webhook that the gateway itself does not report.

A gateway's own news (`SessionStatus`) is quicker, but a gateway that is down sends none, one with a wrong
address posts it elsewhere, and a session can stay WORKING while its events have stopped. So each gateway is
asked now and then, and the time of the last event is read from the channel's latest conversations. No message
costs a write for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.channels import GatewayRefused
from shared.conversation.conversation import Conversation
from shared.errors import ConfigurationError, Retry
from shared.models.stored import StoredChannel
from shared.models.tenant import Channel, Health
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where
from shared.tenants import versions
from shared.tenants.directory import Directory

#: Interval at which a channel's gateway is asked.
EVERY = timedelta(minutes=5)
#: Channels that one run asks; the rest is still due at the next.
LIMIT = 50
#: Silence is suspicious after this long at the earliest, so that no night is, …
QUIET = timedelta(hours=24)
#: … and when it is UNUSUAL times longer than the mean interval between the channel's last SAMPLE
#: conversations, …
UNUSUAL = 10
SAMPLE = 10
#: … and if other channels had a message within this time.
OTHERS = timedelta(hours=1)


@dataclass(frozen=True)
class Watched:
    """The number of channels asked, and of those that do not work."""

    asked: int
    ill: int


class Watch:
    def __init__(self, store: Store, clock: Clock, directory: Directory) -> None:
        self._store, self._clock, self._directory = store, clock, directory

    async def run(self) -> Watched:
        """Asks the gateways that are due.

        A bug in one does not keep the others from being asked; it is raised at the end.
        """
        now = self._clock.now()
        due = await self._store.query(
            StoredChannel, where=[Where("due_at", "<=", now)], order="due_at", limit=LIMIT
        )
        found = await asyncio.gather(*(self._look(channel) for channel in due), return_exceptions=True)
        errors = [each for each in found if isinstance(each, BaseException)]
        for error in errors:
            logs.logger().error("watch_failed", **logs.describe(error))
        if errors:
            raise errors[0]
        return Watched(asked=found.count(True) + found.count(False), ill=found.count(False))

    async def _look(self, stored: StoredChannel) -> bool | None:
        """Whether the channel works; None if it has no gateway or another run asks it."""
        if stored.names is None or not await self._claim(stored, stored.names):
            return None
        try:
            channel = await versions.channel_in_force(self._store, stored)
        except ConfigurationError:  # upkeep/checking.py tells of it
            return False
        health = await self._health(channel)
        if health is None:
            await self._postpone(stored, stored.names, None)
            return None
        current, before = await self._store.transaction(lambda tx: _keep(tx, channel, health))
        if current == health:
            _log(channel, health, was_ill=before is not None and not before.working)
        return health.working

    async def _claim(self, stored: StoredChannel, names: Mapping[str, str]) -> bool:
        """Postpones the channel before it is asked, so that no other run asks it, however the check ends."""
        return await self._postpone(stored, names, self._clock.now() + EVERY)

    async def _postpone(
        self, stored: StoredChannel, names: Mapping[str, str], due_at: datetime | None
    ) -> bool:
        async def work(tx: Transaction) -> bool:
            current = await tx.get(StoredChannel, **names)
            if current is None or current.due_at != stored.due_at:
                return False
            current.fields["due_at"] = due_at
            tx.put(current)
            return True

        done = await self._store.transaction(work)
        stored.fields["due_at"] = due_at
        return done

    async def _health(self, channel: Channel) -> Health | None:
        """Returns the channel's health, or None if it has no gateway."""
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
        """Whether this channel has been silent for far longer than usual, while others are not."""
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
    """Stores the channel's health, and returns the stored one and the one before.

    Newer news from the gateway itself wins, and an unchanged health is not written.
    """
    current = await tx.get(StoredChannel, tenant=channel.tenant, channel=channel.channel)
    if current is None:
        return None, None
    before = current.health
    if before is not None and before.at > health.at:
        return before, before
    if before is None or (before.status, before.working) != (health.status, health.working):
        current.learn(health)
        tx.put(current)
    return health, before


def _patience(recent: list[Conversation]) -> timedelta:
    """Returns how long a silence of this channel is usual."""
    usual: timedelta = (recent[0].updated_at - recent[-1].updated_at) / (len(recent) - 1)
    return max(QUIET, UNUSUAL * usual)


def _log(channel: Channel, health: Health, *, was_ill: bool) -> None:
    """Logs the channel's health: as an error, which alerts, only at the second failure in a row.

    A gateway that restarts alerts nobody.
    """
    log = logs.logger()
    say = log.info if health.working else log.error if was_ill else log.warning
    say("channel_health", tenant=channel.tenant, channel=channel.channel, gateway_status=health.status)
