"""Faults of a chaos run: processes are killed and the gateway fails, at random moments from the seed."""

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
#: Share of kills that hit one instance and leave the other running.
_ONE_INSTANCE = 0.5


@dataclass
class FaultInjector:
    client: httpx.AsyncClient
    dice: random.Random
    processes: Mapping[str, FunctionProcess]
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    async def run(self, kills: int, seconds: float) -> None:
        """Kills processes that many times in about that time and injects gateway faults, then clears them."""
        faults = asyncio.create_task(self._inject_faults())
        for _ in range(kills):
            await asyncio.sleep(self.dice.expovariate(kills / seconds))
            await self._kill()
        faults.cancel()
        await asyncio.gather(faults, return_exceptions=True)
        (await self.client.delete("/_sim/faults")).raise_for_status()

    async def _kill(self) -> None:
        """Kills a serving function, since others have no work to interrupt; message functions more often."""
        names = ["webhook", "reply", "reply", "deliver", "deliver", "maintenance"]
        while True:
            name = self.dice.choice(names)
            if await self._serves(name):
                self._kill_instances(self.processes[name])
                return
            await asyncio.sleep(0.2)

    def _kill_instances(self, function: FunctionProcess) -> None:
        """Kills one of the function's instances, or all of them at once."""
        instances = _instances(function)
        if instances and self.dice.random() < _ONE_INSTANCE:
            os.kill(self.dice.choice(instances), signal.SIGKILL)
            self.kills[f"one {function.name}"] += 1
        else:
            function.kill()
            self.kills[function.name] += 1

    async def _serves(self, name: str) -> bool:
        """Whether the function answers; the framework serves this address without calling our code."""
        try:
            await self.client.get(f"{self.processes[name].url}/robots.txt", timeout=1)
        except httpx.TransportError:
            return False
        return True

    async def _inject_faults(self) -> None:
        while True:
            await asyncio.sleep(self.dice.expovariate(1 / _FAULT_EVERY))
            name, fault = self._fault()
            answer = await self.client.post(
                "/_sim/faults", json={"channel": CHANNEL, "tenant": TENANT, **fault}
            )
            if answer.is_success:  # otherwise enough faults are queued already
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
    """Returns the pids of the framework's workers, without their master."""
    if function.process is None:
        return []
    master = function.process.pid
    return [pid for pid in memory.processes(f"--target={function.name}", within=master) if pid != master]
