"""Emergencies of which staff are not told raise an alert; so do failing notifiers and broken promises."""

from __future__ import annotations

import pytest

from tests.infra.alerting import At, fired, line


def step(minute: float, name: str, tenant: str = "hotel", *, urgent: bool = True) -> At:
    return At(minute, line("handoff_step", tenant, step=name, urgent=urgent))


def test_an_emergency_that_staff_are_told_of_at_once_alerts_nobody() -> None:
    lines = [step(5, "requested"), step(5.01, "notified"), step(5.02, "notified"), step(9, "taken")]
    assert fired("emergency-untold", lines) == {}


def test_one_that_the_second_way_reaches_within_two_minutes_alerts_nobody() -> None:
    lines = [step(5, "requested"), step(5.3, "not_notified"), step(6.5, "notified")]
    assert fired("emergency-untold", lines) == {}


@pytest.mark.parametrize("told", [[], [step(9, "notified")]])
def test_one_that_nobody_is_told_of_alerts_within_three_minutes(told: list[At]) -> None:
    found = fired("emergency-untold", [step(5, "requested"), step(5.3, "not_notified"), *told])
    assert found.keys() == {("hotel",)}
    assert 7 <= found["hotel",] <= 8


def test_neither_another_tenant_nor_an_ordinary_request_hides_it() -> None:
    lines = [step(5, "requested"), step(5.1, "notified", "parish"), step(5.1, "notified", urgent=False)]
    assert fired("emergency-untold", lines).keys() == {("hotel",)}


def test_an_ordinary_request_is_no_emergency() -> None:
    assert fired("emergency-untold", [step(5, "requested", urgent=False)]) == {}


def test_a_notifier_that_keeps_failing_alerts_and_one_failure_does_not() -> None:
    lines = [At(5 + n, line("notifier_failed", notifier="slack")) for n in range(3)]
    lines += [At(5, line("notifier_failed", notifier="mail"))]
    assert fired("notifier-fails", lines) == {("slack", "hotel"): 7}


def test_broken_promises_alert_by_tenant_and_kept_ones_never() -> None:
    lines = [At(5 + n, line("handoff_promise", kept=False)) for n in range(3)]
    lines += [At(n, line("handoff_promise", "parish", kept=True)) for n in range(40)]
    assert fired("promises-broken", lines) == {("hotel",): 7}
