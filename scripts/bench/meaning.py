"""Time and memory of `reply` alone while it compares texts by meaning, and a model answers.

On SQLite and without a gateway that answers; the time in the model, which has tools and whose answers are
checked, is taken away: so the time is our own work. The knowledge has its vectors, as deployed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import cycle, islice

from starlette.types import ASGIApp, Receive, Scope, Send

from scripts.bench import memory, messages
from scripts.bench.cloud import Cloud, listening
from scripts.bench.figures import Figure, at_most, percentile
from scripts.bench.served import Served, serving
from scripts.local.vendors.models.server import PATHS, ModelServer
from shared.models.answers import Answers, ModelEntry
from shared.models.tenant import Tenant
from shared.platform.store.sqlite import SqliteStore

#: Questions in everyday words, in other words, in SMS spelling and in other languages; a doubt; small talk;
#: preferences, which a tool remembers.
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
    "I prefer a quiet room. When is check-out?",
    "Je préfère dîner tôt, à quelle heure ouvre le restaurant ?",
)
COUNT = 120
#: The first of the numbers that keep messages apart: an answer to one with such a number is not cached.
_FIRST = 2_000
#: Turns before the measurement: models and index are loaded.
WARM_UP = 10


class _Model:
    """A model that answers at once; `busy` is the time (s) that it took for all its answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.busy = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        await self._app(scope, receive, send)
        if scope["type"] == "http":
            self.busy += time.perf_counter() - began


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Yields the time of a turn, and the memory after all turns."""
    model = _Model(ModelServer().app)
    with listening(model) as origin, serving(cloud.ours("reply")) as reply:
        asyncio.run(_answer_by_model(cloud, origin))
        times = [
            _turn(reply, model, person, text)
            for person, text in enumerate(islice(cycle(TEXTS), WARM_UP + COUNT))
        ]
        used = memory.mebibytes(memory.processes("--target=reply", within=reply.pid))
    own = times[WARM_UP:]
    how = f"of {COUNT} messages without the model's time; median {percentile(own, 50):.3g}"
    yield Figure("turn_own_p95_ms", percentile(own, 95), "reply", at_most(60), how)
    yield Figure("rss_meaning_mb", used, "reply", at_most(300), "master and worker, each page once")


async def _answer_by_model(cloud: Cloud, origin: str) -> None:
    """Gives the measured tenant a model."""
    store = SqliteStore(cloud.folder / "store.db")
    tenant = await store.get(Tenant, tenant=messages.TENANT)
    assert tenant is not None  # noqa: S101 - it was seeded
    entry = ModelEntry(format="openai_compatible", model="scripted", url=origin + PATHS["openai"])
    tenant.answers = Answers(models={"scripted": entry})
    await store.put(tenant)


def _turn(reply: Served, model: _Model, person: int, text: str) -> float:
    """Returns the time (ms) of a new person's first message, without the model's."""
    asked = messages.inbound(person, f"MEANING{person}", f"{_FIRST + person} {text}")
    before, began = model.busy, time.perf_counter()
    ended = reply.answer(asked)
    return 1000 * (ended - began - (model.busy - before))
