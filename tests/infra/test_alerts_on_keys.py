"""One tenant's wrong key raises an alert within ten minutes, and a stranger's garbage raises none.

Runs the alerts' own queries over the metrics' own filters, minute by minute; knows only their form of query.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from scripts import yaml_file
from scripts.infra_files import INFRA
from tests.infra.test_metrics import METRICS, holds

Line = dict[str, Any]
_SUM = (
    r"sum by \((?P<{0}by>[a-z, ]+)\) "
    r"\(increase\(logging_googleapis_com:user_(?P<{0}metric>[a-z_]+)"
    r"{{monitored_resource=\"cloud_run_revision\"(?:, (?P<{0}label>[a-z]+)=\"(?P<{0}value>[a-z_]+)\")?}}"
    r"\[(?P<{0}minutes>\d+)m\](?: offset (?P<{0}ago>\d+)m)?\)\) > (?P<{0}over>\d+)"
)
_QUERY = re.compile(_SUM.format("") + rf"(?: unless on \((?P<on>[a-z, ]+)\) {_SUM.format('but_')})?")
_FILTERS = {
    metric["name"]: (metric["filter"].split(" AND "), metric["labels"])
    for metric in METRICS
    if metric.get("labels")
}


@dataclass(frozen=True)
class At:
    """A log line with the minute in which it was written."""

    minute: float
    line: Line


def fired(alert: str, lines: list[At]) -> dict[tuple[str, ...], int]:
    """Returns the first minute of the alert for each label set."""
    rule = yaml_file.read(INFRA / "alerts" / f"{alert}.yaml")
    query = _QUERY.fullmatch(rule["query"].strip())
    assert query, rule["query"]
    since: dict[tuple[str, ...], int] = {}
    found: dict[tuple[str, ...], int] = {}
    for now in range(60):
        true = _over(query, "", lines, now)
        if query["on"]:
            assert query["on"] == query["by"] == query["but_by"]
            true -= _over(query, "but_", lines, now)
        since = {labels: since.get(labels, now) for labels in true}
        for labels, began in since.items():
            if (now - began) * 60 >= rule["for_seconds"]:
                found.setdefault(labels, now)
    return found


def _over(query: re.Match[str], side: str, lines: list[At], now: int) -> set[tuple[str, ...]]:
    conditions, labels = _FILTERS[query[f"{side}metric"]]
    window, until = int(query[f"{side}minutes"]), now - int(query[f"{side}ago"] or 0)
    if label := query[f"{side}label"]:
        conditions = [*conditions, f'jsonPayload.{labels[label]}="{query[f"{side}value"]}"']
    seen = Counter(
        tuple(str(each.line.get(labels[name], "")) for name in query[f"{side}by"].split(", "))
        for each in lines
        if until - window < each.minute <= until and all(holds(one, each.line) for one in conditions)
    )
    return {where for where, count in seen.items() if count > int(query[f"{side}over"])}


def line(message: str, tenant: str = "hotel", channel: str = "waha", **more: Any) -> Line:
    return {"message": message, "severity": "INFO", "tenant": tenant, "channel": channel, **more}


def refused(**place: str) -> Line:
    return line("post_refused", **place)


def accepted(**place: str) -> Line:
    return line("handled", function="webhook", status=200, **place)


def test_a_gateway_that_signs_with_another_key_alerts_within_ten_minutes() -> None:
    """WAHA posts one message again every other second."""
    lines = [At(3 + n / 30, refused()) for n in range(15)]
    lines += [At(minute, accepted(tenant="parish")) for minute in range(60)]
    lines += [At(minute, accepted(channel="telegram")) for minute in range(60)]
    found = fired("posts-refused", lines)
    assert found.keys() == {("hotel", "waha")}
    assert found["hotel", "waha"] - 3 <= 10


def test_one_that_worked_until_now_does_too() -> None:
    lines = [At(minute, accepted()) for minute in range(10)]
    lines += [At(minute + n / 30, refused()) for minute in range(10, 40) for n in range(15)]
    assert fired("posts-refused", lines)["hotel", "waha"] <= 9 + 10


@pytest.mark.parametrize("each_minute", [1, 1_000])
def test_a_strangers_garbage_on_a_healthy_channel_alerts_nobody(each_minute: int) -> None:
    lines = [At(minute, accepted()) for minute in range(0, 60, 4)]
    lines += [At(minute, refused()) for minute in range(60) for _ in range(each_minute)]
    assert fired("posts-refused", lines) == {}


def test_a_stranger_who_tries_twice_on_a_quiet_channel_alerts_nobody() -> None:
    assert fired("posts-refused", [At(5, refused()), At(6, refused())]) == {}


def test_a_key_that_is_being_changed_alerts_nobody() -> None:
    """The gateway signs with the old key for a minute, and repeats the refused posts."""
    lines = [At(5 + n / 30, refused()) for n in range(30)] + [At(7, accepted())]
    assert fired("posts-refused", lines) == {}


def test_a_gateway_that_refuses_our_key_alerts_within_ten_minutes() -> None:
    """One answer is retried with the bus' backoff."""
    handled = line("handled", function="deliver", status=503, reason="credentials")
    lines = [At(3 + seconds / 60, handled) for seconds in (0, 1, 3, 7, 15, 31, 63, 127, 255)]
    lines += [At(minute, line("handled", function="deliver", status=204)) for minute in range(60)]
    found = fired("credentials-refused", lines)
    assert found.keys() == {("hotel", "waha")}
    assert found["hotel", "waha"] - 3 <= 10


def test_a_provider_that_refuses_one_tenants_key_alerts_within_ten_minutes() -> None:
    failed = line("provider_failed", provider="gemini", error="ConfigurationError")
    lines = [At(3, failed), At(3, line("provider_answered", provider="offline"))]
    lines += [At(m, line("provider_answered", tenant="parish", provider="gemini")) for m in range(60)]
    found = fired("provider-refuses", lines)
    assert found.keys() == {("hotel", "gemini")}
    assert found["hotel", "gemini"] - 3 <= 10


def test_a_question_that_is_refused_for_itself_and_a_provider_that_is_slow_alert_nobody() -> None:
    lines = [At(minute, line("provider_answered", provider="gemini")) for minute in range(0, 60, 3)]
    lines += [At(9, line("provider_failed", provider="gemini", error="ConfigurationError"))]
    lines += [
        At(m, line("provider_failed", tenant="inn", provider="gemini", error="Retry")) for m in range(60)
    ]
    assert fired("provider-refuses", lines) == {}
