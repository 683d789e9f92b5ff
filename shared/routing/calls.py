"""The record of each call to a model: its cost, its log line, and its part in the usage of the day."""

from __future__ import annotations

from shared.errors import ConfigurationError
from shared.llm import Completion, ModelFailed
from shared.llm import Usage as Tokens
from shared.models.tenant import Tenant
from shared.models.usage import Row
from shared.platform import logs
from shared.platform.clock import Clock
from shared.routing import prices, spent
from shared.routing.jobs import Job, Place
from shared.routing.usage import Usage


class Calls:
    def __init__(self, clock: Clock, usage: Usage) -> None:
        self._clock, self._usage = clock, usage

    def answered(
        self, tenant: Tenant, job: Job, place: Place, completion: Completion, seconds: float
    ) -> float:
        """Records an answer that took so long (s); returns its cost (US dollars)."""
        cost, row = self._row(tenant, job, place, completion)
        row.ms = 1_000 * seconds
        self._usage.add(tenant, row)
        logs.logger().info(
            "provider_answered",
            provider=place.entry,
            model=row.model,
            task=job.task,
            ms=round(row.ms, 2),
            tokens=row.tokens_in + row.tokens_out,
            tokens_in=row.tokens_in,
            tokens_out=row.tokens_out,
            cost=cost,
        )
        return cost

    def failed(
        self,
        tenant: Tenant,
        job: Job,
        place: Place,
        completion: Completion | None,
        failed: ModelFailed,
        seconds: float,
    ) -> float:
        """Records a failed call; returns its cost (US dollars), 0 if the vendor told of none."""
        cost, row = self._row(tenant, job, place, completion)
        row.failures = 1
        self._usage.add(tenant, row)
        logs.logger().error(
            "provider_failed",
            tenant=tenant.tenant,
            provider=place.entry,
            model=row.model,
            task=job.task,
            failure=str(failed.failure),
            reason=failed.reason,
            problem=_problem(failed),
            ms=round(1_000 * seconds, 2),
            tokens=row.tokens_in + row.tokens_out,
            cost=cost,
        )
        return cost

    def _row(
        self, tenant: Tenant, job: Job, place: Place, completion: Completion | None
    ) -> tuple[float, Row]:
        entry = tenant.answers.entries[place.entry]
        named = completion.model if completion else ""
        used = completion.usage if completion else Tokens()
        cost = prices.cost(entry, named, used, self._clock.now(), job.sound) if completion else 0.0
        model = named or entry.model or entry.format
        spent.add(used.total, cost, model)
        row = Row(
            task=job.task,
            entry=place.entry,
            model=model[:200],
            calls=1,
            tokens_in=used.input,
            tokens_out=used.output,
            cost=cost,
        )
        return cost, row


def _problem(failed: ModelFailed) -> str | None:
    """Returns our own words about a wrong setting, which hold no secret, or None."""
    return str(failed.__cause__) if isinstance(failed.__cause__, ConfigurationError) else None
