"""What goes wrong: processes are killed, the gateway fails, each at random moments of the seed's choice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from scripts.bench import memory
from scripts.local.process import FunctionProcess
from tests.chaos.street import CHANNEL, TENANT

#: Mean time between gateway faults (s).
_FAULT_EVERY = 1.0
#: How often a kill takes one instance and leaves the other at work.
_ONE_OF_THEM = 0.5


@dataclass
class Storm:
    client: httpx.AsyncClient
    dice: random.Random
    processes: Mapping[str, FunctionProcess]
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    async def rage(self, kills: int, seconds: float) -> None:
        """So many kills over about that time, and faults all through it; then the faults stop."""
        faults = asyncio.create_task(self._arm_for_ever())
        for _ in range(kills):
            await asyncio.sleep(self.dice.expovariate(kills / seconds))
            await self._kill()
        faults.cancel()
        await asyncio.gather(faults, return_exceptions=True)
        (await self.client.delete("/_sim/faults")).raise_for_status()

    async def _kill(self) -> None:
        """One that serves: a kill that interrupts nothing would prove nothing. Those on a message's way more
        often."""
        names = ["webhook", "reply", "reply", "deliver", "deliver", "maintenance"]
        while True:
            name = self.dice.choice(names)
            if await self._serves(name):
                self._strike(self.processes[name])
                return
            await asyncio.sleep(0.2)

    def _strike(self, function: FunctionProcess) -> None:
        """One of its instances, or all of them at once."""
        instances = _instances(function)
        if instances and self.dice.random() < _ONE_OF_THEM:
            os.kill(self.dice.choice(instances), signal.SIGKILL)
            self.kills[f"one {function.name}"] += 1
        else:
            function.kill()
            self.kills[function.name] += 1

    async def _serves(self, name: str) -> bool:
        """The functions framework answers this address by itself, and our code sees nothing of it."""
        try:
            await self.client.get(f"{self.processes[name].url}/robots.txt", timeout=1)
        except httpx.TransportError:
            return False
        return True

    async def _arm_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.dice.expovariate(1 / _FAULT_EVERY))
            name, fault = self._fault()
            answer = await self.client.post(
                "/_sim/faults", json={"channel": CHANNEL, "tenant": TENANT, **fault}
            )
            if answer.is_success:  # else so many wait already that there is no need of another
                self.faults[name] += 1

    def _fault(self) -> tuple[str, dict[str, Any]]:
        faults: dict[str, dict[str, Any]] = {
            "500": {"status": 500},
            "429": {"status": 429},
            "502": {"status": 502},
            "drop": {"drop": True},
            "garbage": {"garbage": True},
            "hang": {"hang_s": self.dice.uniform(1, 20)},
            "hang_and_drop": {"hang_s": self.dice.uniform(1, 5), "drop": True},
        }
        name = self.dice.choice(list(faults))
        return name, {**faults[name], "times": self.dice.randint(1, 3)}


def _instances(function: FunctionProcess) -> list[int]:
    """The framework's workers, without their master."""
    if function.process is None:
        return []
    master = function.process.pid
    return [pid for pid in memory.processes(f"--target={function.name}", within=master) if pid != master]
