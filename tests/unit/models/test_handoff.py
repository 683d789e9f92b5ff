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
