"""Time and cost from a webhook to the gateway, through all functions.

People write at a steady pace, also while answers are late, so that waiting is part of the measurement.
Answers come from the knowledge (provider `offline`), without a model's time. No burst is waited for. The time
runs from the first byte of the webhook's request until the gateway records our call.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from statistics import median
from typing import Any

from scripts.bench import memory, messages
from scripts.bench.cold_start import FUNCTIONS
from scripts.bench.figures import Figure, Target, at_most, percentile
from scripts.bench.local_run import LocalRun
from scripts.bench.served import Ask
from shared.platform.traces.otlp import PAUSE

ROUNDS = 3
PEOPLE = 25
#: Messages of each person in a round. A person's first is a new contact and a new conversation.
EACH = 2
PER_SECOND = 5
#: Pairs of messages, one with traces and one without, and pairs per second.
TRACED = 120
_PAIRED_PER_SECOND = 8
_SENDERS = 8
_WARM_UP = 3
_DEADLINE_S = 60.0
_SETTLED_S = 5.0

Turn = list[dict[str, Any]]


def measure(run: LocalRun, run_name: str, target: Target | None) -> Iterator[Figure]:
    """Yields the latency. `run_name` tells the figures of two runs apart."""
    end = f"_{run_name}" if run_name else ""
    _warm_up(run)
    rounds = [_spans(run, turn) for turn in range(ROUNDS)]
    p50 = [percentile(spans, 50) for spans in rounds]
    p95 = [percentile(spans, 95) for spans in rounds]
    how = f"median of {ROUNDS} rounds of {PEOPLE * EACH} messages, {PER_SECOND} a second"
    yield Figure(f"chain_p50_ms{end}", median(p50), note=f"{how}; {min(p50):.3g} in the best")
    yield Figure(f"chain_p95_ms{end}", median(p95), target=target, note=f"{min(p95):.3g} in the best round")


def costs(run: LocalRun) -> Iterator[Figure]:
    """Yields the store's and bus' operations of one turn, from the functions' log lines. Delivery is
    included; it is the last message of a conversation."""
    turn = _settled(run, _name(PEOPLE - 1, ROUNDS * EACH - 1))
    reads = sum(hop["reads"] for hop in turn)
    writes = sum(len(hop["wrote"]) for hop in turn)
    published = sum(len(hop["published"]) for hop in turn)
    note = " + ".join(hop["function"] for hop in turn)
    yield Figure("store_reads_per_turn", reads, target=at_most(4), note=note)
    yield Figure("store_writes_per_turn", writes, target=at_most(7))
    yield Figure("publishes_per_turn", published, target=at_most(2))


def trace_cost(off: LocalRun, on: LocalRun) -> Iterator[Figure]:
    """Yields the extra time of a run with traces as a share of a run without. Both get messages in turns, and
    pairs are compared, since a busy moment slows both messages of a pair."""
    for run in (off, on):
        _warm_up(run)
    time.sleep(PAUSE + 1)  # until the exporter has been imported
    posted: dict[LocalRun, dict[str, float]] = {off: {}, on: {}}
    for number in range(TRACED):
        for run in (off, on) if number % 2 else (on, off):
            posted[run][messages.chat(number)] = time.time()
            run.post(_webhook(number, 0))
            time.sleep(1 / _PAIRED_PER_SECOND)
    without, traced = (_latencies(run, posted[run]) for run in (off, on))
    p50 = percentile(without, 50)
    added = median(slower - plain for plain, slower in zip(without, traced, strict=True))
    how = f"of {TRACED} pairs of messages: {added:+.2g} ms to {p50:.3g}"
    yield Figure("trace_cost_ratio", added / p50, target=at_most(0.05), note=how)


def _latencies(run: LocalRun, posted: Mapping[str, float]) -> list[float]:
    """Returns the latency (ms) of each person's first message, in the order of writing."""
    texts = _all_answered(run, dict.fromkeys(posted, 1))
    return [1000 * (datetime.fromisoformat(texts[chat][0]).timestamp() - at) for chat, at in posted.items()]


def sizes(run: LocalRun) -> Iterator[Figure]:
    """Yields the memory of each function's processes (gunicorn's master and its worker) after the load."""
    run.post(messages.at("/maintenance", messages.sweep()))
    note = "master and worker, each page once"
    for name in FUNCTIONS:
        pids = memory.processes(f"--target={name}", within=run.pid)
        yield Figure("rss_mb", memory.mebibytes(pids), name, at_most(160), note)


def _spans(run: LocalRun, turn: int) -> list[float]:
    """Returns the latency (ms) of each message of a round, which ends when all of them are answered."""
    earlier = turn * EACH
    posted: dict[str, list[float]] = {}
    began = time.time()
    with ThreadPoolExecutor(_SENDERS) as pool:
        sent = []
        for number in range(PEOPLE * EACH):
            time.sleep(max(0.0, began + number / PER_SECOND - time.time()))
            person = number % PEOPLE
            posted.setdefault(messages.chat(person), []).append(time.time())
            sent.append(pool.submit(run.post, _webhook(person, earlier + number // PEOPLE)))
        for each in sent:
            each.result()
    texts = _all_answered(run, {chat: earlier + len(times) for chat, times in posted.items()})
    return [
        1000 * (datetime.fromisoformat(at).timestamp() - since)
        for chat, times in posted.items()
        for since, at in zip(times, texts[chat][earlier:], strict=True)
    ]


def _all_answered(run: LocalRun, expected: Mapping[str, int]) -> dict[str, list[str]]:
    """Returns the texts that each chat got, once they are as many as expected. Raises RuntimeError after the
    deadline."""
    deadline = time.monotonic() + _DEADLINE_S
    while True:
        texts = run.texts()
        if all(len(texts.get(chat, [])) >= number for chat, number in expected.items()):
            return texts
        if time.monotonic() > deadline:
            raise RuntimeError(f"not all messages were answered within {_DEADLINE_S:g} s:\n{run.tail()}")
        time.sleep(0.5)


def _warm_up(run: LocalRun) -> None:
    """Sends messages of other people first, so that each function has loaded its clients and its index."""
    for number in range(_WARM_UP):
        person = PEOPLE + number
        run.post(_webhook(person, 0))
        _all_answered(run, {messages.chat(person): 1})


def _settled(run: LocalRun, message: str) -> Turn:
    """Returns the requests that handled a message, once the last one has written its log line. Raises
    RuntimeError after the deadline."""
    deadline = time.monotonic() + _SETTLED_S
    while True:
        hops = run.get("/_sim/way", tenant=messages.TENANT, message=message)["hops"]
        turn: Turn = [hop for hop in hops if hop["topic"] != "receipts"]
        if {"webhook", "reply", "deliver"} <= {hop["function"] for hop in turn}:
            return turn
        if time.monotonic() > deadline:
            raise RuntimeError("the functions' log lines do not cover the whole turn")
        time.sleep(0.1)


def _webhook(person: int, number: int) -> Ask:
    return messages.at("/webhook", messages.webhook(person, _name(person, number)))


def _name(person: int, number: int) -> str:
    return f"BENCH{person}X{number}"
