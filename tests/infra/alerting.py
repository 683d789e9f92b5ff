"""Alerts over log lines: the alerts' own queries over the metrics' own filters, minute by minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts import yaml_file
from scripts.infra_files import INFRA
from tests.infra.promql import Sample, evaluator
from tests.infra.test_metrics import METRICS, holds

Line = dict[str, Any]
#: Minutes that a scenario lasts.
LASTS = 150


@dataclass(frozen=True)
class At:
    """A log line with the minute in which it was written."""

    minute: float
    line: Line


def line(message: str, tenant: str = "hotel", channel: str = "waha", **more: Any) -> Line:
    return {"message": message, "severity": "INFO", "tenant": tenant, "channel": channel, **more}


def fired(
    alert: str,
    lines: Sequence[At],
    gauges: Mapping[str, Sequence[Sample]] | None = None,
    *,
    since: int = 0,
    until: int = LASTS,
) -> dict[tuple[str, ...], int]:
    """Returns the first minute of an incident for each label set, its values in the order of their names.

    `gauges` are metrics of the platform, which no line makes.
    """
    rule = yaml_file.read(INFRA / "alerts" / f"{alert}.yaml")
    value_at = evaluator(rule["query"], {**_measured(rule["query"], lines), **(gauges or {})})
    began: dict[tuple[str, ...], int] = {}
    found: dict[tuple[str, ...], int] = {}
    for now in range(since, until):
        true = [tuple(value for _, value in sorted(labels)) for labels in value_at(now)]
        began = {labels: began.get(labels, now) for labels in true}
        for labels, start in began.items():
            if (now - start) * 60 >= rule["for_seconds"]:
                found.setdefault(labels, now)
    return found


def _measured(query: str, lines: Sequence[At]) -> dict[str, list[Sample]]:
    """Returns the samples that Cloud Logging takes from the lines, by metric of the query."""
    return {
        f"logging_googleapis_com:user_{metric['name']}": [
            Sample(
                each.minute,
                {label: str(each.line.get(field, "")) for label, field in metric.get("labels", {}).items()},
                float(each.line[metric["value"]]) if "value" in metric else 1.0,
            )
            for each in lines
            if all(holds(one, each.line) for one in metric["filter"].split(" AND "))
        ]
        for metric in METRICS
        if f"user_{metric['name']}" in query
    }
