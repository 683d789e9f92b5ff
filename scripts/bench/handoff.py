"""Time from a committed request for a human to its first notification at the gateway, through `handoff` and
`deliver`.

People ask at a steady pace. The request's own time is that of the transaction that made it; the
notification's is that of the simulated gateway's record of our call.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scripts.bench import messages
from scripts.bench.figures import Figure, at_most, percentile
from scripts.bench.local_run import LocalRun

#: Fewer than a gateway's pace for one person holds back: all of them reach the same member of staff.
PEOPLE = 30
PER_SECOND = 3
#: The first person of this measurement; other measurements use lower numbers.
_FIRST = 5_000
_ASKS = "I would like to talk to a person of your team, please."
_TARGET = at_most(250)
_DEADLINE_S = 60.0


def measure(run: LocalRun) -> Iterator[Figure]:
    """Yields the latency of notifications."""
    for number in range(PEOPLE):
        name = f"HANDOFF{number}"
        run.post(messages.at("/webhook", messages.webhook(_FIRST + number, name, text=_ASKS)))
        time.sleep(1 / PER_SECOND)
    told = _all_told(run)
    spans = [1000 * (at - made).total_seconds() for made, at in told]
    how = f"{PEOPLE} requests, {PER_SECOND} a second"
    yield Figure("notified_p50_ms", percentile(spans, 50), note=how)
    yield Figure("notified_p95_ms", percentile(spans, 95), target=_TARGET, note=how)


def _all_told(run: LocalRun) -> list[tuple[datetime, datetime]]:
    """Returns when each request was made and first notified. Raises RuntimeError after the deadline."""
    deadline = time.monotonic() + _DEADLINE_S
    while True:
        requests: list[dict[str, Any]] = run.get("/_sim/handoffs", tenant=messages.TENANT)["handoffs"]
        calls = run.get("/_sim/outbox", since="0")["calls"]
        found = [
            (datetime.fromisoformat(request["created_at"]), datetime.fromisoformat(at))
            for request in requests
            if (at := next((call["at"] for call in calls if _notifies(call, request)), ""))
        ]
        if len(found) >= PEOPLE:
            return found
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(found)} of {PEOPLE} requests were notified:\n{run.tail()}")
        time.sleep(0.5)


def _notifies(call: dict[str, Any], request: dict[str, Any]) -> bool:
    return str(call["turn"]).startswith(f"notice-{request['id']}")
