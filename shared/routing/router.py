"""The router: chooses among a tenant's models and keys, and counts their cost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from shared import llm
from shared.llm import Completion, ModelFailed, Request, ToolCall
from shared.models.answers import Task
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store
from shared.routing.attempts import Answered, Attempts, Means
from shared.routing.breakers import Breakers
from shared.routing.budget import Budget
from shared.routing.calls import Calls
from shared.routing.failing import NoModel
from shared.routing.jobs import Completing, Embedding, Job, Place, Speaking, Transcribing, Vectors
from shared.routing.latencies import Latencies
from shared.routing.usage import Usage
from shared.tenants.directory import Directory

#: Tool calls whose maker is remembered, the newest.
_CALLS = 2_000


@dataclass(frozen=True)
class Routed:
    """A completion, the name of the model entry that gave it, and the cost (US dollars) of all attempts."""

    completion: Completion
    entry: str
    cost: float


class Router:
    def __init__(self, store: Store, clock: Clock, ids: Ids, directory: Directory) -> None:
        self._clock = clock
        self._usage = Usage(store, clock, ids)
        self._budget = Budget(store, clock, self._usage)
        self._means = Means(directory, clock, Breakers(store, clock), Latencies(), Calls(clock, self._usage))
        #: The maker of each tool call by tenant and id of the call.
        self._makers: OrderedDict[tuple[str, str], Place] = OrderedDict()

    def does(self, tenant: Tenant, task: Task) -> bool:
        """Whether the tenant has a model for this task."""
        return bool(tenant.answers.order(task))

    async def complete(
        self, tenant: Tenant, task: Task, request: Request, *, within: float | None = None
    ) -> Routed:
        """Returns the first usable completion, within so many seconds (None: the tenant's own).

        The model and key that made the last tool call of the request are asked first: vendors refuse signed
        calls of others. Raises NoModel if no model answered, OverBudget if none may be asked today.
        """
        parts = (part for message in request.messages for part in message.parts)
        used = [part.id for part in parts if isinstance(part, ToolCall)]
        maker = self._makers.get((tenant.tenant, used[-1])) if used else None
        answered, cost = await self._run(tenant, Completing(task, request, maker), within)
        self._remember(tenant, answered)
        return Routed(answered.completion, answered.place.entry, cost)

    async def transcribe(
        self, tenant: Tenant, sound: llm.File, language: str, *, within: float | None = None
    ) -> Routed:
        """Returns the words in a recording; `language` (ISO 639-1) is the likely one.

        Raises as `complete`.
        """
        answered, cost = await self._run(tenant, Transcribing(sound, language), within)
        return Routed(answered.completion, answered.place.entry, cost)

    async def speak(self, tenant: Tenant, text: str, language: str, *, within: float | None = None) -> Routed:
        """Returns the text as a sound, Opus in Ogg, in its one part; `language` (ISO 639-1) is its own.

        Raises as `complete`.
        """
        answered, cost = await self._run(tenant, Speaking(text, language), within)
        return Routed(answered.completion, answered.place.entry, cost)

    async def embed(self, tenant: Tenant, texts: Sequence[str]) -> list[list[float]]:
        """Returns a vector for each text. Raises as `complete`.

        All come from the first model of the task: vectors of different models cannot be compared.
        """
        if not texts:
            return []
        answered, _ = await self._run(tenant, Embedding(texts), None)
        assert isinstance(answered.completion, Vectors)  # noqa: S101 - as the job's check says
        return [list(vector) for vector in answered.completion.vectors]

    async def write_usage(self, tenant: str) -> None:
        """Writes the usage of a tenant's models that is not written yet: after a turn, or other work."""
        await self._usage.write(tenant)

    async def _run(self, tenant: Tenant, job: Job, within: float | None) -> tuple[Answered, float]:
        entries = tenant.answers.order(job.task)
        if not entries:
            raise NoModel("no_model_of_task")
        now = self._clock.now()
        estimate = max(job.estimate(entry, now) for entry in entries.values())
        async with self._budget.held(tenant, estimate) as hold:
            attempts = Attempts(self._means, tenant, job, within or tenant.answers.seconds)
            try:
                return await attempts.run(), attempts.cost
            except ModelFailed as failed:
                logs.logger().error("no_model", tenant=tenant.tenant, task=job.task, reason=failed.reason)
                raise NoModel(failed.reason) from failed
            finally:
                hold.cost = attempts.cost

    def _remember(self, tenant: Tenant, answered: Answered) -> None:
        """Remembers the maker of the tool calls of a completion."""
        for part in answered.completion.parts:
            if isinstance(part, ToolCall):
                self._makers[tenant.tenant, part.id] = answered.place
        while len(self._makers) > _CALLS:
            self._makers.popitem(last=False)
