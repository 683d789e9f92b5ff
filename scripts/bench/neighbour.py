"""The cost of one tenant's flood for its neighbour: a stranger's time until the answer, with and without it.

Many people write to one tenant at once; strangers ask another tenant a question, one after another at a
steady pace, until the flood is over. The gateway of the tenant of a second flood hangs.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from scripts.bench import load, messages
from scripts.bench.figures import Figure, Target, percentile
from scripts.bench.local_run import LocalRun
from scripts.bench.served import Ask

#: The tenant of the flood; strangers write to the benchmark's own tenant.
NEIGHBOUR = "diocese"
#: Number of people writing at once, and of their connections.
FLOOD = 600
_CONNECTIONS = 16
#: Strangers' questions without a flood, and questions per second.
ALONE = 20
_PER_SECOND = 4
#: Longest time (s) of asking, and of waiting for the answers.
_LONGEST_S = 60.0
_DEADLINE_S = 90.0
#: Time (s) that the hanging gateway takes for a call.
_HANGS_S = 5
_STRANGERS = 500_000


def measure(run: LocalRun, run_name: str, target: Target | None) -> Iterator[Figure]:
    """Yields the figures. `run_name` tells the figures of two runs apart."""
    end = f"_{run_name}" if run_name else ""
    strangers = _Strangers(run)
    strangers.ask_for(lambda asked: asked < 3)  # loads each function's clients and index
    alone = strangers.ask_for(lambda asked: asked < ALONE)
    beside = _beside_flood(run, strangers, "F")
    with_hanging = _beside_hanging(run, strangers)
    usual = percentile(alone, 50)
    for name, times in (("neighbour_ratio", beside), ("hanging_neighbour_ratio", with_hanging)):
        how = (
            f"{percentile(times, 50):.2f} s beside {FLOOD} people, {usual:.2f} s without, "
            f"{max(times):.2f} s the worst of {len(times)}"
        )
        yield Figure(f"{name}{end}", percentile(times, 50) / usual, target=target, note=how)


def _beside_flood(run: LocalRun, strangers: _Strangers, series: str) -> list[float]:
    with ThreadPoolExecutor(1) as pool:
        flood = pool.submit(_flood, run, series)
        times = strangers.ask_for(lambda _: not flood.done())
        flood.result()
    return times


def _beside_hanging(run: LocalRun, strangers: _Strangers) -> list[float]:
    fault = {"channel": messages.CHANNEL, "tenant": NEIGHBOUR, "hang_s": _HANGS_S, "times": 10_000}
    run.post(Ask(json.dumps(fault).encode(), {"Content-Type": "application/json"}, "/_sim/faults"))
    with ThreadPoolExecutor(1) as pool:
        flood = pool.submit(_flood, run, "H", drained=False)
        times = strangers.ask_for(lambda asked: asked < 2 * ALONE or not flood.done())
        flood.result()
    return times


def _flood(run: LocalRun, series: str, *, drained: bool = True) -> None:
    """Sends the messages of FLOOD people at once. If `drained`, returns when all are answered."""
    before = run.answered(NEIGHBOUR) if drained else 0
    asks = (
        messages.at("/webhook", messages.webhook(number, f"{series}X{number}", NEIGHBOUR))
        for number in range(FLOOD)
    )
    asyncio.run(load.run(run.port, (load.request(ask) for ask in asks), _CONNECTIONS))
    deadline = time.monotonic() + _DEADLINE_S
    while drained and run.answered(NEIGHBOUR) < before + FLOOD:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the flood was not answered within {_DEADLINE_S:g} s:\n{run.tail()}")
        time.sleep(1)


class _Strangers:
    """People who write once each to the benchmark's tenant."""

    def __init__(self, run: LocalRun) -> None:
        self._run, self._next = run, _STRANGERS

    def ask_for(self, goes_on: Callable[[int], bool]) -> list[float]:
        """Asks while `goes_on`, given the number of questions so far; returns the seconds until each
        answer."""
        began, asked = time.monotonic(), dict[str, float]()
        with ThreadPoolExecutor(8) as pool:
            sent = []
            while goes_on(len(asked)) and time.monotonic() < began + _LONGEST_S:
                asked[messages.chat(self._next)] = time.time()
                ask = messages.webhook(self._next, f"STRANGER{self._next}")
                sent.append(pool.submit(self._run.post, messages.at("/webhook", ask)))
                self._next += 1
                time.sleep(1 / _PER_SECOND)
            for each in sent:
                each.result()
        return self._answered(asked)

    def _answered(self, asked: dict[str, float]) -> list[float]:
        deadline = time.monotonic() + _DEADLINE_S
        while True:
            texts = self._run.texts()
            if asked.keys() <= texts.keys():
                return [datetime.fromisoformat(texts[chat][0]).timestamp() - at for chat, at in asked.items()]
            if time.monotonic() > deadline:
                raise RuntimeError(f"not all strangers were answered within {_DEADLINE_S:g} s")
            time.sleep(0.5)
