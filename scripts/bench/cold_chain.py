"""The first message after a quiet hour, from its webhook to the gateway, while no function has a process.

It is compared with the sum of the three cold starts, each measured alone in the same round: the wait if each
function started only after the one before had answered. The three share this machine's processors with the
emulators and the load generator; deployed, each has its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from queue import Empty
from statistics import median

import httpx

from scripts.bench import messages
from scripts.bench.cloud import Cloud
from scripts.bench.cold_start import start
from scripts.bench.figures import Figure, at_most
from scripts.bench.launcher import PROJECT, Launcher, running
from scripts.bench.served import Ask, Deployment
from shared.models.message import Outbound

FUNCTIONS = ("webhook", "reply", "deliver")
ROUNDS = 7
_DEADLINE_S = 60.0
#: The first person's number; people of other figures have lower ones.
_FIRST_PERSON = 500


@dataclass(frozen=True)
class Round:
    """The times (s) of a round: the sum of the three cold starts, and the way with wake-ahead on and off."""

    starts: float
    on: float
    off: float


def answers() -> list[Outbound]:
    """Returns the outbox entries that `deliver` has to find; one for each round."""
    return [messages.queued(_FIRST_PERSON + turn, f"bench-cold-{turn}") for turn in range(ROUNDS + 1)]


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Yields the times. The first round, in which Python compiles the functions, does not count."""
    cloud.folder.mkdir(parents=True, exist_ok=True)
    rounds = asyncio.run(_rounds(cloud))[1:]
    for name, chains in (("", [each.on for each in rounds]), ("_off", [each.off for each in rounds])):
        shares = [chain / each.starts for chain, each in zip(chains, rounds, strict=True)]
        note = f"median of {ROUNDS}; {min(shares):.3g} to {max(shares):.3g}"
        yield Figure(f"cold_chain{name}_ms", 1000 * median(chains))
        yield Figure(
            f"cold_chain{name}_ratio", median(shares), target=None if name else at_most(0.75), note=note
        )


async def _rounds(cloud: Cloud) -> list[Round]:
    launched = Launcher()
    async with running(launched, cloud.folder) as origin:
        return [await _round(cloud, launched, origin, turn) for turn in range(ROUNDS + 1)]


async def _round(cloud: Cloud, launched: Launcher, origin: str, turn: int) -> Round:
    person = _FIRST_PERSON + 3 * turn
    starts = await asyncio.to_thread(_starts, cloud, turn, person)
    chains = {}
    for offset, setting in enumerate(("on", "off") if turn % 2 else ("off", "on")):
        launched.deploy({name: _deployment(cloud, name, setting, PROJECT) for name in FUNCTIONS})
        chains[setting] = await _chain(cloud, origin, person + 1 + offset)
        await launched.quiet()
    launched.deploy({})
    return Round(starts, chains["on"], chains["off"])


def _starts(cloud: Cloud, turn: int, person: int) -> float:
    """Returns the sum (s) of the three cold starts, one after the other, each with its full work."""
    asks = (messages.webhook, messages.inbound)
    first = [ask(person, f"SINGLE{turn}") for ask in asks]
    every = zip(FUNCTIONS, [*first, messages.outbound(answers()[turn])], strict=True)
    return sum(start(_deployment(cloud, name, "off"), ask) for name, ask in every)


async def _chain(cloud: Cloud, origin: str, person: int) -> float:
    """Returns the seconds from the webhook's first byte until the gateway is asked to send the answer."""
    ask: Ask = messages.at("/webhook", messages.webhook(person, f"COLD{person}"))
    async with httpx.AsyncClient(timeout=_DEADLINE_S, trust_env=False) as client:
        began = time.perf_counter()
        answer = await client.post(f"{origin}{ask.path}", content=ask.body, headers=dict(ask.headers))
    answer.raise_for_status()
    return await asyncio.to_thread(_sent, cloud, messages.chat(person)) - began


def _sent(cloud: Cloud, chat: str) -> float:
    """Returns the time (`time.perf_counter`) at which the chat's answer was sent. Raises RuntimeError after
    the deadline."""
    while True:
        try:
            sent, at = cloud.sent.get(timeout=_DEADLINE_S)
        except Empty:
            raise RuntimeError(f"{chat} got no answer within {_DEADLINE_S:g} s") from None
        if sent == chat:
            return at


def _deployment(cloud: Cloud, name: str, wake_ahead: str, project: str = "") -> Deployment:
    deployment = cloud.ours(name)
    own = {"CONCIERGE_WAKE_AHEAD": wake_ahead} | ({"CONCIERGE_BUS": f"pubsub:{project}"} if project else {})
    return replace(deployment, environment={**deployment.environment, **own})
