"""One tenant's wrong key raises an alert within ten minutes, and a stranger's garbage raises none."""

from __future__ import annotations

import pytest

from tests.infra.alerting import LASTS, At, Line, fired, line

TENANTS = ("hotel", "parish")


def refused(**place: str) -> Line:
    return line("post_refused", **place)


def accepted(**place: str) -> Line:
    return line("handled", function="webhook", status=200, **place)


def test_a_gateway_that_signs_with_another_key_alerts_within_ten_minutes() -> None:
    """WAHA posts one message again every other second."""
    lines = [At(3 + n / 30, refused()) for n in range(15)]
    lines += [At(minute, accepted(tenant="parish")) for minute in range(LASTS)]
    lines += [At(minute, accepted(channel="telegram")) for minute in range(LASTS)]
    found = fired("posts-refused", lines)
    assert found.keys() == {("waha", "hotel")}
    assert found["waha", "hotel"] - 3 <= 10


def test_one_that_worked_until_now_does_too() -> None:
    lines = [At(minute, accepted()) for minute in range(10)]
    lines += [At(minute + n / 30, refused()) for minute in range(10, 40) for n in range(15)]
    assert fired("posts-refused", lines)["waha", "hotel"] <= 9 + 10


@pytest.mark.parametrize("each_minute", [1, 1_000])
def test_a_strangers_garbage_on_a_healthy_channel_alerts_nobody(each_minute: int) -> None:
    lines = [At(minute, accepted()) for minute in range(0, LASTS, 4)]
    lines += [At(minute, refused()) for minute in range(LASTS) for _ in range(each_minute)]
    assert fired("posts-refused", lines) == {}


def test_a_quiet_channel_whose_only_post_is_refused_alerts_within_ten_minutes() -> None:
    """Its gateway posts once in ten minutes, and nothing has been accepted for an hour."""
    lines = [At(minute, refused()) for minute in range(70, LASTS, 10)] + [At(5, accepted())]
    found = fired("posts-refused", lines)
    assert found.keys() == {("waha", "hotel")}
    assert found["waha", "hotel"] - 70 <= 10


def test_one_of_which_some_were_accepted_an_hour_ago_alerts_once_the_hour_is_over() -> None:
    lines = [At(minute, refused()) for minute in range(10, LASTS, 10)] + [At(5, accepted())]
    assert fired("posts-refused", lines)["waha", "hotel"] <= 5 + 60 + 10


def test_a_stranger_who_tries_twice_on_a_quiet_channel_that_works_alerts_nobody() -> None:
    lines = [At(minute, accepted()) for minute in range(0, LASTS, 50)]
    assert fired("posts-refused", [*lines, At(55, refused()), At(56, refused())]) == {}


def test_a_key_that_is_being_changed_alerts_nobody() -> None:
    """The gateway signs with the old key for a minute, and repeats the refused posts."""
    lines = [At(5 + n / 30, refused()) for n in range(30)] + [At(7, accepted())]
    assert fired("posts-refused", lines) == {}


def test_a_gateway_that_refuses_our_key_alerts_within_ten_minutes() -> None:
    """One answer is retried with the bus' backoff."""
    handled = line("handled", function="deliver", status=503, reason="credentials")
    lines = [At(3 + seconds / 60, handled) for seconds in (0, 1, 3, 7, 15, 31, 63, 127, 255)]
    lines += [At(minute, line("handled", function="deliver", status=204)) for minute in range(LASTS)]
    found = fired("credentials-refused", lines)
    assert found.keys() == {("waha", "hotel")}
    assert found["waha", "hotel"] - 3 <= 10


def test_a_provider_that_refuses_one_tenants_key_alerts_within_ten_minutes() -> None:
    """Also if it is one of several keys, and the others answer: it is logged once."""
    lines = [At(3, line("key_refused", provider="gemini"))]
    lines += [
        At(m, line("provider_answered", tenant=t, provider="gemini")) for m in range(LASTS) for t in TENANTS
    ]
    found = fired("provider-refuses", lines)
    assert found.keys() == {("gemini", "hotel")}
    assert found["gemini", "hotel"] - 3 <= 10


def test_a_provider_that_refuses_every_request_alerts() -> None:
    """As one does in a location that does not serve the model."""
    lines = [At(9, line("provider_failed", provider="gemini", failure="bad_request"))]
    assert fired("provider-refuses", lines).keys() == {("gemini", "hotel")}


def test_a_question_that_is_refused_for_itself_and_a_provider_that_is_slow_alert_nobody() -> None:
    lines = [At(minute, line("provider_answered", provider="gemini")) for minute in range(0, LASTS, 3)]
    lines += [At(9, line("provider_failed", provider="gemini", failure="bad_request"))]
    lines += [
        At(m, line("provider_failed", tenant="inn", provider="gemini", failure="busy")) for m in range(LASTS)
    ]
    assert fired("provider-refuses", lines) == {}
