"""The cost of our part of a webhook, beside a function that only publishes the body.

Our part is all work between the framework and the bus: verification, parsing, normalisation, the log line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from scripts.bench import messages, webhooks
from scripts.bench.cloud import Cloud
from scripts.bench.figures import Figure, at_least, at_most, percentile
from scripts.bench.load import Load
from scripts.bench.served import Served, serving
from scripts.yaml_file import ROOT

CONNECTIONS = 32
ROUNDS = 5
COUNT = 3_000
#: Requests before the measurement: connections are made, caches filled.
WARM_UP = 500
#: The channels take turns, so that the machine's other work slows all of them.
CHANNEL_ROUNDS = 5
CHANNEL_COUNT = 1_000
_DEADLINE_S = 90


def measure(cloud: Cloud, bus: str) -> Iterator[Figure]:
    """Yields the throughput. `bus` tells the figures apart: "" for the deployed one."""
    end = f"_{bus}" if bus else ""
    with serving(cloud.ours("webhook")) as webhook, serving(cloud.bare("publish")) as bare:
        for served in (webhook, bare):
            served.answer(messages.webhook(0, "WARM"))
            _load(served, "WARM", WARM_UP)
        pairs = [
            (_load(webhook, f"A{turn}", COUNT), _load(bare, f"B{turn}", COUNT)) for turn in range(ROUNDS)
        ]
    ours = [each.per_second for each, _ in pairs]
    theirs = [each.per_second for _, each in pairs]
    p99 = [percentile(each.latencies_ms, 99) for each, _ in pairs]
    how = f"median of {ROUNDS} rounds of {COUNT} on {CONNECTIONS} connections"
    ratio = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    yield Figure(f"webhook_per_second{end}", median(ours), note=how)
    yield Figure(f"bare_per_second{end}", median(theirs), note="only publishes, on the same server libraries")
    yield Figure(
        f"webhook_throughput_ratio{end}", ratio, target=at_least(0.7), note="of the two, round by round"
    )
    yield Figure(
        f"webhook_p99_ms{end}", median(p99), target=at_most(50), note=f"{min(p99):.3g} in the best round"
    )


def by_channel(cloud: Cloud) -> Iterator[Figure]:
    """Yields each channel's throughput beside waha's. One instance should take about as much from any
    gateway."""
    names = list(webhooks.BY_CHANNEL)
    with serving(cloud.ours("webhook")) as webhook:
        for name, asks in webhooks.BY_CHANNEL.items():
            webhook.answer(asks(0, "WARM"))
            _load(webhook, "WARM", CHANNEL_COUNT, name)
        rounds = [_round(webhook, names, turn) for turn in range(CHANNEL_ROUNDS)]
    for name in names:
        if name != messages.CHANNEL:
            ratio = median(each[name] / each[messages.CHANNEL] for each in rounds)
            yield Figure(f"webhook_throughput_ratio_{name}", ratio, target=at_least(0.75), note="of waha's")


def _round(webhook: Served, names: list[str], turn: int) -> dict[str, float]:
    """Returns webhooks per second by channel; each round begins with another channel."""
    first = turn % len(names)
    order = [*names[first:], *names[:first]]
    return {name: _load(webhook, f"C{turn}", CHANNEL_COUNT, name).per_second for name in order}


def _load(served: Served, series: str, count: int, channel: str = messages.CHANNEL) -> Load:
    command = [sys.executable, "-m", "scripts.bench.load", str(served.port), channel, series, str(count)]
    done = subprocess.run(
        [*command, str(CONNECTIONS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr.strip()[-500:]}")
    return Load(**json.loads(done.stdout))
