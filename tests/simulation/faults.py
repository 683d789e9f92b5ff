"""Faults: their kinds, rates and counts. Each kind is drawn from the seed at each occasion for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from random import Random

#: Probability of each kind at each occasion. Acts of people and staff are no faults: see people.py.
RATES: dict[str, float] = {
    # A process is killed before an effect, after it (before it gets the answer), or while its call is in
    # flight: the call then arrives all the same.
    "crash_before": 0.0015,
    "crash_after": 0.002,
    "crash_in_flight": 0.001,
    # The store.
    "store_refused": 0.006,
    "store_answer_lost": 0.006,
    "store_late": 0.002,  # the call ends with an error, and the commit lands afterwards
    "store_slow": 0.005,
    "store_contention": 0.02,
    # The bus.
    "publish_refused": 0.01,
    "publish_answer_lost": 0.01,
    "bus_duplicate": 0.05,
    "bus_delay": 0.04,
    "ack_lost": 0.03,
    # Posts of gateways.
    "post_repeated": 0.1,
    "post_late": 0.04,
    "post_batched": 0.2,  # with all events of the same gateway within seconds, of any person
    "receipts_missing": 0.5,  # of a whole message, else
    "receipt_missing": 0.4,  # of one kind
    "receipt_failed": 0.004,
    # Answers of gateways.
    "gateway_down": 0.001,  # for minutes
    "gateway_rate_limited": 0.01,
    "gateway_failed": 0.01,
    "gateway_failed_sent": 0.01,
    "gateway_bad_proxy": 0.01,
    "gateway_answer_lost": 0.01,
    "gateway_late": 0.005,  # no answer, and the message is sent long after
    "gateway_slow": 0.015,
    "gateway_no_id": 0.004,
    "gateway_refused": 0.003,
    "list_failed": 0.1,
    "list_lags": 0.1,  # it does not show the newest messages yet
    # Notifiers.
    "notifier_refused": 0.03,
    "notifier_later": 0.06,
    "notifier_unclear": 0.03,
    "notifier_loses": 0.06,  # it accepts the notice, and it never arrives
    "notifier_slow": 0.05,
    # Sources of records.
    "records_down": 0.02,  # for minutes
    "records_slow": 0.05,  # beyond the time that the tenant gives it
    "records_answer_lost": 0.1,  # the change was made
    "records_late": 0.1,  # no answer, and the change is made afterwards
    "records_others": 0.25,  # rows of others among the right ones
    "records_renamed": 0.03,
    "records_empty": 0.03,
    # Models.
    "model_slow": 0.08,
    "model_failed": 0.05,
    "model_hangs": 0.02,
    "model_nonsense": 0.03,
    "model_bug": 0.01,
    "model_lies": 0.12,
    "model_calls": 0.06,  # tools, at random
    "model_loops": 0.01,  # the same call again and again
    "model_knows_nothing": 0.01,
    "model_misreads": 0.03,
    "model_mishears": 0.3,
}
KINDS = tuple(RATES)


class Faults:
    """Draws faults of the kinds in `on`, until `stop` is called.

    Each kind draws from its own stream, so that a plan with fewer kinds keeps the other draws.
    """

    def __init__(self, seed: int, on: Collection[str]) -> None:
        self._streams = {kind: (Random(f"{kind} {seed}").random, RATES[kind]) for kind in on}  # noqa: S311
        self.counts: Counter[str] = Counter()

    def stop(self) -> None:
        self._streams = {}

    def strikes(self, kind: str) -> bool:
        if kind not in self._streams:
            return False
        draw, rate = self._streams[kind]
        struck = draw() < rate
        if struck:
            self.counts[kind] += 1
        return struck
