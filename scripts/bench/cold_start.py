"""Time from the start of a function's process to its first answer, beside a function without any work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from scripts.bench import messages
from scripts.bench.cloud import Cloud
from scripts.bench.figures import Figure, at_most
from scripts.bench.served import Ask, Deployment, serving
from shared.models.message import Outbound

#: The functions that a message waits for, and the one that is called each minute.
FUNCTIONS = ("webhook", "reply", "deliver", "maintenance")
ROUNDS = 5
BARE = Ask(b"", {})
#: A start of `reply` whose first words are compared by meaning: it loads the embedder too.
MEANING = "reply meaning"
FAR = "Can I swim somewhere?"
TARGETS = {"webhook": at_most(3), "reply": at_most(4)}


def answers() -> list[Outbound]:
    """Returns the outbox entries that `deliver` has to find; one for each of its starts."""
    return [messages.queued(start, f"bench-{start}") for start in range(ROUNDS + 1)]


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Yields the times. The functions take turns; the first turn, in which Python compiles them, does not
    count."""
    asks = _asks()
    bare = cloud.bare("answer")
    start(bare, BARE)
    for name, each in asks.items():
        start(_ours(cloud, name), each[0])
    bares: list[float] = []
    starts: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(1, ROUNDS + 1):
        bares.append(start(bare, BARE))
        for name, each in asks.items():
            starts[name].append(start(_ours(cloud, name), each[turn]))
    yield Figure("cold_start_bare_ms", 1000 * median(bares), note=f"median of {ROUNDS} starts")
    for name, times in starts.items():
        yield Figure("cold_start_ms", 1000 * median(times), name)
    for name, times in starts.items():
        yield Figure("cold_start_ratio", median(times) / median(bares), name, TARGETS.get(name))


def _asks() -> Mapping[str, Sequence[Ask]]:
    """Returns the first request for each function at each of its starts: always its full work."""
    turns = range(ROUNDS + 1)
    asks = (
        [messages.webhook(turn, f"COLD{turn}") for turn in turns],
        [messages.inbound(turn, f"COLD{turn}") for turn in turns],
        [messages.outbound(answer) for answer in answers()],
        [messages.sweep() for _ in turns],
    )
    far = [messages.inbound(turn, f"FAR{turn}", FAR) for turn in turns]
    return dict(zip(FUNCTIONS, asks, strict=True)) | {MEANING: far}


def _ours(cloud: Cloud, name: str) -> Deployment:
    return cloud.ours(name.partition(" ")[0])


def start(deployment: Deployment, ask: Ask) -> float:
    """Returns the seconds from the start of a process to its first answer."""
    with serving(deployment) as served:
        return served.answer(ask) - served.began
