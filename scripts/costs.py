"""Cost of a deployment, from a plan and infra/prices.yaml: `make prices` writes terraform/COSTS.md.

A plan has every resource that is paid for by the month; figures of use are in the table, each with its
origin.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts import costs_page, terraform, yaml_file
from scripts.infra_files import INFRA
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError

PAGE = ROOT / "terraform" / "COSTS.md"
ENVIRONMENTS = ("dev", "prod")
#: The hops of a turn, of which an instance may be kept warm.
HOPS = ("webhook", "reply", "deliver")
TURNS = 1_000
#: A month (730 hours), as Google counts it.
MONTH_S, MONTH_MIN, MONTH_H = 2_628_000, 43_800, 730
_GIB, _MIB = 2**30, 2**20
#: Parts that a deployment has only with a hostname of its own.
_HOSTNAME = {"armor_policy", "armor_request", "armor_rule", "balancer_gib", "forwarding_hour"}


@dataclass(frozen=True)
class Price:
    """A list price (US dollars for one), and the month's free amount of each project or billing account."""

    name: str
    usd: float
    free: float
    confirmed: bool
    source: str
    seen: str
    note: str = ""
    free_of: str = "account"


@dataclass(frozen=True)
class Part:
    """An amount of one thing that is paid for. It belongs to a hostname's load balancer if `hostname`."""

    price: Price
    amount: float
    hostname: bool

    @property
    def usd(self) -> float:
        return self.amount * self.price.usd

    @property
    def alone(self) -> float:
        """Cost (US dollars) if no other project of the billing account uses the free amount."""
        return max(0.0, self.amount - self.price.free) * self.price.usd

    @property
    def beside(self) -> float:
        """Cost (US dollars) if other projects use up the free amounts of the billing account."""
        return self.alone if self.price.free_of == "project" else self.usd


@dataclass(frozen=True)
class Function:
    """The size of a function in a plan."""

    name: str
    cpu: float
    memory_gib: float
    min_instances: int


class Table:
    """Prices and figures of infra/prices.yaml."""

    def __init__(self, path: Path = INFRA / "prices.yaml") -> None:
        """Raises ConfigurationError if a field of a price is missing or unknown."""
        document = yaml_file.read(path)
        try:
            self.prices = {
                name: Price(**{**entry, "seen": str(entry["seen"])})
                for name, entry in document["prices"].items()
            }
            self.figures: Mapping[str, Mapping[str, Any]] = document["figures"]
            self.region: str = document["region"]
        except (KeyError, TypeError) as error:
            raise ConfigurationError(f"{path.name}: {error}") from None

    def of(self, figure: str) -> float:
        return float(self.figures[figure]["value"])

    def parts(self, amounts: Mapping[str, float]) -> list[Part]:
        """Returns the parts that are not nothing, the dearest first."""
        found = [Part(self.prices[name], amount, name in _HOSTNAME) for name, amount in amounts.items()]
        return sorted((part for part in found if part.amount), key=lambda part: (-part.usd, part.price.name))


def idle(plan: Mapping[str, Any], table: Table, warm: Sequence[str] = ()) -> list[Part]:
    """Returns a month's parts without any message. Functions named in `warm` keep one instance."""
    resources = list(_resources(plan["planned_values"]["root_module"]))
    functions = [
        replace(each, min_instances=max(each.min_instances, int(each.name in warm)))
        for each in map(_function, _of(resources, "google_cloudfunctions2_function"))
    ]
    return table.parts(
        {
            **_called(resources, functions, table),
            **_alerting(resources),
            **_hosted(resources),
            "cpu_second_idle": MONTH_S * sum(each.min_instances * each.cpu for each in functions),
            "file_gib": len(functions) * table.of("bundles_gib_per_function"),
            "image_gib": len(functions) * table.of("images_gib_per_function"),
            "secret_version": len(_of(resources, "google_secret_manager_secret")),
        }
    )


def _called(
    resources: Sequence[Mapping[str, Any]], functions: Sequence[Function], table: Table
) -> dict[str, float]:
    """Returns the amounts of calls by schedules and uptime checks, and of the memory of instances at rest."""
    jobs = len(_of(resources, "google_cloud_scheduler_job"))
    periods = [check["period"][:-1] for check in _of(resources, "google_monitoring_uptime_check_config")]
    asked = sum(table.of("uptime_places") * MONTH_S / int(period) for period in periods)
    of_health = asked / max(1, len(periods))
    calls = jobs * MONTH_MIN + asked
    seconds = calls * table.of("seconds_of_tick")
    reads = ("reads_per_sweep", "reads_per_tick", "reads_per_trigger_tick")
    ticks = MONTH_MIN * sum(map(table.of, reads)) if jobs else 0.0
    lines = 2 * calls * table.of("bytes_per_line") / _GIB
    resting = MONTH_S * sum(each.min_instances * each.memory_gib for each in functions)
    return {
        "cpu_second": seconds,
        "document_read": ticks + of_health * table.of("reads_per_health"),
        "event_gib": lines,
        "log_gib": lines,
        "memory_second": resting + seconds * max(each.memory_gib for each in functions),
        "request": calls,
        "scheduler_job": jobs,
        "secret_access": of_health,
        "uptime_execution": asked,
    }


def _alerting(resources: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    policies = _of(resources, "google_monitoring_alert_policy")
    conditions = sum(len(policy["conditions"]) for policy in policies)
    return {"alert_condition": conditions, "alert_series": conditions * MONTH_MIN}


def _hosted(resources: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Returns the amounts of a hostname's load balancer."""
    policies = _of(resources, "google_compute_security_policy")
    return {
        "armor_policy": len(policies),
        "armor_rule": sum(len(policy["rule"]) for policy in policies),
        "forwarding_hour": MONTH_H * len(_of(resources, "google_compute_global_forwarding_rule")),
    }


def turns(plan: Mapping[str, Any], table: Table, count: int = TURNS) -> list[Part]:
    """Returns the parts of turns that do not overlap: instances that share their seconds cost less."""
    resources = _resources(plan["planned_values"]["root_module"])
    sizes = {each.name: each for each in map(_function, _of(resources, "google_cloudfunctions2_function"))}
    receipts = table.of("receipts_per_turn")
    seconds = {hop: table.of(f"seconds_of_{hop}") for hop in HOPS}
    seconds["webhook"] += receipts * table.of("seconds_of_webhook")
    seconds["deliver"] += receipts * table.of("seconds_of_webhook")
    published = table.of("publishes_per_turn") + receipts
    lines = table.of("lines_per_turn") * table.of("bytes_per_line") / _GIB
    each = {
        "armor_request": 1 + receipts,
        "balancer_gib": (1 + receipts) * table.of("bytes_per_request") / _GIB,
        "cpu_second": sum(seconds[hop] * sizes[hop].cpu for hop in HOPS),
        "document_gib": table.of("bytes_per_turn") / _GIB,
        "document_read": table.of("reads_per_turn") + receipts * table.of("reads_per_receipt"),
        "document_write": table.of("writes_per_turn") + receipts,
        "event_gib": lines,
        "log_gib": lines,
        "memory_second": sum(seconds[hop] * sizes[hop].memory_gib for hop in HOPS),
        # Each message is paid for when it is published and when it is pushed.
        "message_gib": 2 * published * table.of("bytes_per_message") / _GIB,
        "metric_mib": table.of("metric_bytes_per_turn") / _MIB,
        "request": len(HOPS) + 2 * receipts,
        "secret_access": table.of("secrets_read_per_turn"),
        "token_in": table.of("tokens_in_per_turn"),
        "token_out": table.of("tokens_out_per_turn"),
    }
    return table.parts({name: amount * count for name, amount in each.items()})


def warm_instance(table: Table, cpu: float = 1.0, memory_gib: float = 0.5) -> float:
    """Returns the price (US dollars a month) of one minimum instance at rest."""
    return MONTH_S * (
        cpu * table.prices["cpu_second_idle"].usd + memory_gib * table.prices["memory_second"].usd
    )


def page(plans: Mapping[str, Mapping[str, Any]], table: Table) -> str:
    """Returns the page, given a plan of each environment with a hostname."""
    month = {name: idle(plan, table) for name, plan in plans.items()}
    return costs_page.page(
        month, idle(plans["prod"], table, HOPS), turns(plans["prod"], table), warm_instance(table), table
    )


def _of(resources: Sequence[Mapping[str, Any]] | Iterator[Mapping[str, Any]], kind: str) -> list[Any]:
    return [resource["values"] for resource in resources if resource["type"] == kind]


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _function(values: Mapping[str, Any]) -> Function:
    size = values["service_config"][0]
    memory = size["available_memory"]
    gib = float(memory[:-2]) / (1024 if memory.endswith("Mi") else 1)
    return Function(values["name"], float(size["available_cpu"]), gib, size["min_instance_count"] or 0)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = terraform.Copy(Path(folder))
        try:
            copy.init()
            plans = {name: copy.plan(name) for name in ENVIRONMENTS}
            PAGE.write_text(page(plans, Table()), "utf-8")
        except (terraform.Unavailable, terraform.Refused, ConfigurationError) as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
