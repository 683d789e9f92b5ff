"""Each alert fires within minutes of its trouble, for its tenant, and none fires on a healthy day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from scripts import yaml_file
from scripts.infra_files import INFRA
from tests.infra.alerting import LASTS, At, fired, line
from tests.infra.promql import Sample

Gauges = Mapping[str, Sequence[Sample]]
AGE = "pubsub_googleapis_com:subscription_oldest_unacked_message_age"
DEAD = "pubsub_googleapis_com:subscription_dead_letter_message_count"
UP = "monitoring_googleapis_com:uptime_check_check_passed"
PAID = "run_googleapis_com:container_billable_instance_time"
#: Alerts that count all tenants together, with the reason why none hides another by that.
WHOLE = {
    "bugs": "a bug is in the code: by function and error",
    "costs-jump": "instances serve all tenants",
    "dead-letters": "Pub/Sub knows no tenants; dead-letters-of-tenant is beside it",
    "handoffs-silent": "the function does not run",
    "health-down": "a dependency serves all tenants",
    "paused": "the whole deployment is paused",
    "queue-age": "Pub/Sub knows no tenants",
    "sweep-silent": "the function does not run",
    "triggers-silent": "the function does not run",
    "webhook-down": "the function does not run",
}


@dataclass(frozen=True)
class Trouble:
    """A trouble from minute 60 on: its lines once a minute in place of a healthy day's, and its gauges.

    It must alert within `minutes`, for the label values `where`.
    """

    minutes: int
    where: tuple[str, ...]
    lines: Sequence[dict[str, Any]] = ()
    gauges: Gauges = field(default_factory=dict)
    #: The event of the healthy day that stops.
    stops: str = ""


def each_minute(value: float, since: int = 0, **labels: str) -> list[Sample]:
    return [Sample(minute, labels, value) for minute in range(since, LASTS)]


def uptime(function: str, passed: float) -> Gauges:
    well = [Sample(minute, {"host": f"{function}-x.run.app"}, 1) for minute in range(0, 60, 5)]
    return {UP: [*well, *each_minute(passed, 60, host=f"{function}-x.run.app")]}


def handled(function: str, status: int, **more: Any) -> dict[str, Any]:
    return line("handled", function=function, status=status, **more)


def error(message: str, **more: Any) -> dict[str, Any]:
    return line(message, **{"severity": "ERROR", **more})


#: What must be watched: an alert that is deleted, or that no longer fires, fails here.
TROUBLES = {
    "answers-refused": Trouble(
        10, ("slack", "hotel"), [line("answer_refused", notifier="slack")], stops="handled"
    ),
    "budget-used": Trouble(2, ("hotel",), [line("budget_reached", share=100)]),
    "bugs": Trouble(10, ("KeyError", "reply"), [error("failed", function="reply", error="KeyError")]),
    "codes-guessed": Trouble(15, ("hotel",), [line("proof_refused", reason="wrong")] * 4),
    "contacts-refused": Trouble(10, ("hotel",), [line("contact_refused")], stops="handled"),
    "costs-jump": Trouble(80, (), gauges={PAID: [*each_minute(6.0), *each_minute(1_200.0, 60)]}),
    "credit-ends": Trouble(2, ("gemini", "hotel"), [error("credit_low", provider="gemini", credit=1.5)]),
    "credentials-refused": Trouble(10, ("waha", "hotel"), [handled("deliver", 503, reason="credentials")]),
    "dead-letters": Trouble(
        2, ("reply-inbound",), gauges={DEAD: each_minute(1, 60, subscription_id="reply-inbound")}
    ),
    "dead-letters-of-tenant": Trouble(2, ("message", "hotel"), [error("dead_letter", kind="message")]),
    "delivery-fails": Trouble(5, ("waha", "hotel"), [error("delivery_failed")]),
    "emergency-untold": Trouble(5, ("hotel",), [line("handoff_step", step="requested", urgent=True)]),
    "flood": Trouble(3, ("hotel",), [line("stopped", reason="tenant_rate")] * 20),
    "handoffs-silent": Trouble(11, (), stops="handoffs_open"),
    "handoffs-waiting": Trouble(2, ("hotel",), [line("handoffs_waiting", waiting=1, oldest_seconds=1_800.0)]),
    "health-down": Trouble(15, (), gauges=uptime("health", 0)),
    "models-silent": Trouble(10, ("hotel",), [error("no_model", task="answer")]),
    "notifier-fails": Trouble(5, ("slack", "hotel"), [error("notifier_failed", notifier="slack")]),
    "occurrences-late": Trouble(6, ("hotel",), [line("occurrences_due", oldest_seconds=700.0)]),
    "overdue": Trouble(6, ("hotel",), [error("overdue", messages=1)]),
    "paused": Trouble(2, (), [line("paused", seconds=86_400.0)]),
    "pairing-lost": Trouble(2, ("waha", "hotel"), [error("channel_health", gateway_status="FAILED")]),
    "posts-refused": Trouble(10, ("waha", "hotel"), [line("post_refused")], stops="handled"),
    "promises-broken": Trouble(5, ("hotel",), [line("handoff_promise", kept=False)]),
    "provider-down": Trouble(
        10, ("gemini", "hotel"), [error("provider_failed", provider="gemini", failure="busy")]
    ),
    "provider-refuses": Trouble(
        2, ("gemini", "hotel"), [line("key_refused", provider="gemini", severity="CRITICAL")]
    ),
    "queue-age": Trouble(
        5, ("reply-inbound",), gauges={AGE: each_minute(90, 60, subscription_id="reply-inbound")}
    ),
    "records-broken": Trouble(5, ("office", "hotel"), [error("records_broken", source="office")]),
    "records-unfiltered": Trouble(2, ("office", "hotel"), [error("records_unfiltered", source="office")]),
    "slow-answers": Trouble(20, ("hotel",), [line("turn_committed", seconds=9.0)]),
    "sweep-silent": Trouble(20, (), stops="ledger"),
    "tenant-invalid": Trouble(16, ("tenant", "hotel"), [error("tenant_invalid", document="tenant")]),
    "trigger-refused": Trouble(16, ("hotel", "thanks"), [error("trigger_refused", trigger="thanks")]),
    "triggers-failing": Trouble(
        6, ("hotel", "thanks"), [line("occurrence", trigger="thanks", state="failed", seconds=2.0)]
    ),
    "triggers-silent": Trouble(7, (), stops="triggers_tick"),
    "webhook-down": Trouble(15, (), gauges=uptime("webhook", 0)),
}


def healthy(tenant: str = "hotel") -> list[At]:
    """Returns a tenant's hours with a turn a minute, and now and then a failure as there always are."""
    each = [
        line("ledger", overdue=0, function="maintenance"),
        line("handoffs_open", waiting=0, oldest_seconds=0.0),
        line("handoffs_waiting", tenant, waiting=1, oldest_seconds=600.0),
        line("triggers_tick", due=3, oldest_seconds=40.0),
        line("occurrences_due", tenant, oldest_seconds=40.0),
        line("occurrence", tenant, trigger="arrival", state="sent", seconds=50.0),
        line("turn_committed", tenant, seconds=2.0, outcome="answered"),
        line("provider_answered", tenant, provider="gemini", ms=900.0),
        line("channel_health", tenant, gateway_status="WORKING"),
        handled("webhook", 200, tenant=tenant),
        handled("deliver", 204, tenant=tenant),
        handled("desk", 200, tenant=tenant, notifier="slack"),
        handled("contacts", 200, tenant=tenant),
    ]
    rare = [
        error("delivery_failed", tenant=tenant),
        error("provider_failed", tenant=tenant, provider="gemini", failure="bad_request"),
        error("no_model", tenant=tenant, task="answer"),
        line("budget_reached", tenant, share=80),
        error("notifier_failed", tenant=tenant, notifier="slack"),
        error("records_broken", tenant=tenant, source="office"),
        error("failed", function="reply", error="KeyError"),
        line("turn_committed", tenant, seconds=9.0, outcome="answered"),
        line("handoff_promise", tenant, kept=False),
        error("trigger_refused", tenant=tenant, trigger="arrival"),
        *[line("occurrence", tenant, trigger="arrival", state="failed", seconds=50.0)] * 3,
        line("post_refused", tenant),
        line("answer_refused", tenant, notifier="slack"),
        *[line("proof_refused", tenant, reason="wrong")] * 3,
        handled("deliver", 503, tenant=tenant, reason="credentials"),
    ]
    return [At(minute, one) for minute in range(LASTS) for one in each] + [
        At(30 + number, one) for number, one in enumerate(rare)
    ]


GAUGES: Gauges = {
    AGE: [
        *each_minute(5, subscription_id="reply-inbound"),
        *each_minute(90_000, subscription_id="reply-inbound-dead"),
    ],
    UP: [*uptime("webhook", 1)[UP], *uptime("health", 1)[UP]],
    PAID: each_minute(6.0),
}


def troubled(trouble: Trouble, tenant: str = "hotel") -> tuple[list[At], Gauges]:
    calm = [at for at in healthy(tenant) if at.minute < 60 or at.line["message"] != trouble.stops]
    wrong = [At(minute, {**one, "tenant": tenant}) for minute in range(60, LASTS) for one in trouble.lines]
    return calm + wrong, {**GAUGES, **trouble.gauges}


def test_all_that_must_be_watched_is_watched_and_nothing_else() -> None:
    assert {path.stem for path in (INFRA / "alerts").glob("*.yaml")} == set(TROUBLES)


@pytest.mark.parametrize("alert", TROUBLES)
def test_a_trouble_alerts_within_minutes(alert: str) -> None:
    trouble = TROUBLES[alert]
    found = fired(alert, *troubled(trouble), since=15)
    assert trouble.where in found, f"the trouble alerts nobody: {found}"
    assert 0 <= found[trouble.where] - 60 <= trouble.minutes


@pytest.mark.parametrize("alert", TROUBLES)
def test_a_healthy_day_alerts_nobody(alert: str) -> None:
    """The first minutes, in which the windows fill, do not count."""
    assert fired(alert, healthy(), GAUGES, since=15) == {}


@pytest.mark.parametrize("alert", sorted(set(TROUBLES) - set(WHOLE)))
def test_one_tenants_trouble_does_not_hide_the_next(alert: str) -> None:
    trouble = TROUBLES[alert]
    lines, gauges = troubled(trouble)
    later = [
        At(at.minute + 30, {**at.line, "tenant": "inn"})
        for at in lines
        if at.minute >= 60 and at.line["message"] in {each["message"] for each in trouble.lines}
    ]
    calm = [at for at in healthy("inn") if at.minute < 90 or at.line["message"] != trouble.stops]
    found = fired(alert, [*lines, *later, *calm], gauges, since=15)
    second = tuple("inn" if name == "hotel" else name for name in trouble.where)
    assert second != trouble.where
    assert found.get(second, 0) > 60, f"the second tenant's trouble alerts nobody: {found}"


def test_an_alert_by_no_tenant_is_one_that_the_whole_deployment_has() -> None:
    rules = {path.stem: yaml_file.read(path)["query"] for path in (INFRA / "alerts").glob("*.yaml")}
    assert {name for name, query in rules.items() if "tenant" not in query} == set(WHOLE)


def test_every_answer_of_staff_that_is_refused_is_one_notifiers() -> None:
    """Another notifier's accepted answers do not hide it, nor do pages opened by a link."""
    refused = [At(minute, line("answer_refused", notifier="chatwoot")) for minute in range(60, 70)]
    pages = [At(minute, handled("desk", 200)) for minute in range(LASTS)]
    found = fired("answers-refused", [*healthy(), *refused, *pages], since=15)
    assert found.keys() == {("chatwoot", "hotel")}


def test_a_provider_that_fails_many_quiet_tenants_alerts_for_all() -> None:
    """None of them has more than one failure in five minutes."""
    failure = error("provider_failed", provider="gemini", failure="busy")
    lines = [
        At(minute + number / 10, {**failure, "tenant": f"inn-{number}"})
        for minute in range(60, LASTS, 5)
        for number in range(5)
    ]
    found = fired("provider-down", lines)
    assert found.keys() == {("gemini",)}
    assert found["gemini",] - 60 <= 10
