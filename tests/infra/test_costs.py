"""What a deployment costs: the page is made from the plan and the price table, whose figures are measured."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from scripts import costs, terraform
from scripts.infra_files import INFRA
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError
from tests.infra.test_metrics import Functions
from tests.parts import install
from tests.world import World

TABLE = costs.Table()
PROD = ROOT / "terraform" / "environments" / "prod.tfvars"


@pytest.fixture(scope="module")
def plans(configuration: terraform.Copy) -> dict[str, Any]:
    return {name: configuration.plan(name) for name in costs.ENVIRONMENTS}


def test_the_page_is_these_plans_and_prices(plans: dict[str, Any]) -> None:
    assert costs.PAGE.read_text("utf-8") == costs.page(plans, TABLE), "run make prices"


def test_no_instance_is_kept_warm_unless_asked_for(plans: dict[str, Any]) -> None:
    for plan in plans.values():
        parts = {part.price.name for part in costs.idle(plan, TABLE)}
        assert TABLE.prices["cpu_second_idle"].name not in parts


def test_the_choice_stands_beside_its_price() -> None:
    assert f"{costs.warm_instance(TABLE):.2f} US dollars a month" in PROD.read_text("utf-8")


def test_every_price_and_figure_is_used(plans: dict[str, Any]) -> None:
    found = [*costs.idle(plans["prod"], TABLE, costs.HOPS), *costs.turns(plans["prod"], TABLE)]
    assert {part.price.name for part in found} == {price.name for price in TABLE.prices.values()}
    source = (ROOT / "scripts" / "costs.py").read_text("utf-8")
    named = {name for name in TABLE.figures if f'"{name}"' in source}
    assert set(TABLE.figures) - named == {f"seconds_of_{hop}" for hop in ("reply", "deliver")}


@pytest.mark.parametrize("price", TABLE.prices.values(), ids=TABLE.prices)
def test_a_price_has_its_source_and_day(price: costs.Price) -> None:
    assert price.source.startswith("https://")
    assert datetime.date.fromisoformat(price.seen) >= datetime.date(2026, 11, 22)
    assert price.usd > 0
    assert price.confirmed or price.note, "says what it stands on"


async def test_the_figures_of_an_idle_minute_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]
) -> None:
    world = await World(tmp_path).begin()
    install(monkeypatch, world.ports, world.parts.directory)
    functions = Functions(world, [])
    for _ in range(2):  # the first one looks at the channels; a minute later the pause is read again
        lines.clear()
        world.clock.pass_(60)
        assert await functions.call("maintenance", "/") == 200
        assert await functions.tick() == 200
        assert await functions.call("triggers", "/due") == 200
    reads = {line["function"]: line["reads"] for line in lines if line["event"] == "handled"}
    assert reads == {
        "maintenance": TABLE.of("reads_per_sweep"),
        "handoff": TABLE.of("reads_per_tick"),
        "triggers": TABLE.of("reads_per_trigger_tick"),
    }


def test_the_promise_of_a_turn_is_what_is_counted() -> None:
    promised = [TABLE.of(f"{what}_per_turn") for what in ("reads", "writes", "publishes")]
    assert promised == [4, 7, 2]


# Arithmetic


def resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"type": kind, "values": values}


def function(name: str, **size: Any) -> dict[str, Any]:
    sized = {"available_cpu": "1", "available_memory": "512Mi", "min_instance_count": 0, **size}
    return resource("google_cloudfunctions2_function", name=name, service_config=[sized])


def planned(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"planned_values": {"root_module": {"child_modules": [{"resources": list(resources)}]}}}


def amount(parts: list[costs.Part], price: str) -> float:
    return sum(part.amount for part in parts if part.price == TABLE.prices[price])


def test_a_warm_instance_is_paid_for_by_its_size() -> None:
    plan = planned(function("webhook", available_cpu="2", available_memory="1Gi", min_instance_count=3))
    parts = costs.idle(plan, TABLE)
    assert amount(parts, "cpu_second_idle") == 3 * 2 * costs.MONTH_S
    assert amount(parts, "memory_second") == 3 * costs.MONTH_S


def test_one_that_is_asked_for_counts_where_there_is_none() -> None:
    plan = planned(function("webhook"), function("reply", min_instance_count=2), function("health"))
    assert amount(costs.idle(plan, TABLE, ["webhook", "reply"]), "cpu_second_idle") == 3 * costs.MONTH_S


def test_what_is_free_is_not_paid_for() -> None:
    jobs = [resource("google_cloud_scheduler_job") for _ in range(5)]
    parts = costs.idle(planned(function("webhook"), *jobs), TABLE)
    (part,) = (part for part in parts if part.price == TABLE.prices["scheduler_job"])
    assert part.alone == pytest.approx(0.20)
    assert part.beside == pytest.approx(0.50)


def test_a_projects_free_amount_is_left_beside_other_projects() -> None:
    part = costs.Part(TABLE.prices["log_gib"], 51, False)
    assert part.alone == part.beside == pytest.approx(0.50)


def test_a_thousand_turns_are_a_thousand_times_one() -> None:
    plan = planned(*(function(hop) for hop in costs.HOPS))
    one, many = costs.turns(plan, TABLE, 1), costs.turns(plan, TABLE)
    assert sum(part.usd for part in many) == pytest.approx(1_000 * sum(part.usd for part in one))
    assert amount(one, "document_read") == 4 + 2 * 2
    assert amount(one, "document_write") == 7 + 2


def test_a_table_with_a_mistake_is_refused(tmp_path: Path) -> None:
    text = (INFRA / "prices.yaml").read_text("utf-8").replace("usd: 0.10", "euro: 0.10", 1)
    (tmp_path / "prices.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=r"prices\.yaml: .*euro"):
        costs.Table(tmp_path / "prices.yaml")
