"""Time and memory of `reply` alone while it compares texts by meaning.

On SQLite and without a gateway that answers, so the time is our own work. The knowledge has its vectors, as
deployed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle, islice

from scripts.bench import memory, messages
from scripts.bench.cloud import Cloud
from scripts.bench.figures import Figure, at_most, percentile
from scripts.bench.served import Served, serving

#: Questions in everyday words, in other words, in SMS spelling and in other languages; a doubt; small talk.
TEXTS = (
    "What time is breakfast served?",
    "Can I swim somewhere?",
    "Is there a place to leave my car, and how much is it?",
    "c koi leur du ptit dej?",
    "On arrive tard ce soir, vers minuit. La réception est-elle encore ouverte à cette heure-là?",
    "Posso trazer o meu cachorro?",
    "¿Hay wifi en la habitación?",
    "هل يوجد مسبح؟",
    "Is somebody hurt when the alarm rings at night?",
    "Merci beaucoup, c'était parfait!",
)
COUNT = 120
#: Turns before the measurement: models and index are loaded.
WARM_UP = 10


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Yields the time of a turn, and the memory after all turns."""
    with serving(cloud.ours("reply")) as reply:
        times = [
            _turn(reply, person, text) for person, text in enumerate(islice(cycle(TEXTS), WARM_UP + COUNT))
        ]
        used = memory.mebibytes(memory.processes("--target=reply", within=reply.pid))
    own = times[WARM_UP:]
    how = f"of {COUNT} messages, one at a time; median {percentile(own, 50):.3g}"
    yield Figure("turn_own_p95_ms", percentile(own, 95), "reply", at_most(60), how)
    yield Figure("rss_meaning_mb", used, "reply", at_most(300), "master and worker, each page once")


def _turn(reply: Served, person: int, text: str) -> float:
    """Returns the time (ms) of a new person's first message."""
    began = time.perf_counter()
    return 1000 * (reply.answer(messages.inbound(person, f"MEANING{person}", text)) - began)
