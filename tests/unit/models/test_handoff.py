"""The life of a request: the times that the person was told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.models.handoff import Handoff

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def test_a_sooner_time_that_the_person_was_told_of_replaces_a_later_one() -> None:
    request = Handoff(
        tenant="parish", handoff="h", conversation="c", contact="k", reason="asked", created_at=NOW
    )
    hour, half = NOW + timedelta(hours=1), NOW + timedelta(minutes=30)
    request.promise(hour, NOW)
    request.promise(half, NOW)
    assert request.promised_at == half
    request.promise(hour, NOW)
    assert request.promised_at == half


def test_a_time_that_has_passed_stays_until_somebody_apologised_for_it() -> None:
    request = Handoff(
        tenant="parish", handoff="h", conversation="c", contact="k", reason="asked", created_at=NOW
    )
    request.promise(NOW, NOW)
    request.promise(NOW + timedelta(hours=1), NOW + timedelta(minutes=1))
    assert request.promised_at == NOW
