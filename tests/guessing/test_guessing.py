"""The guessing suite; `python -m tests.guessing` prints its figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared.models import locks
from shared.platform import logs
from tests.guessing.play import DAYS, FAMILIES, Play, most_judged


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Leaves out the log lines of ten thousand wrong codes."""
    logs.configure("critical")
    yield
    logs.configure("info", lambda _: None)


async def test_many_find_no_more_than_chance_allows_and_lock_no_parent_out() -> None:
    outcome = await Play(7, contacts=1_000, tries=10_000).run()
    assert outcome.tried > 9_900
    assert max(outcome.judged.values()) <= most_judged(DAYS)
    assert outcome.found <= outcome.allowed
    assert len(outcome.waits) == 2 * DAYS * FAMILIES
    assert max(outcome.waits) <= timedelta(hours=1)


async def test_the_suite_sees_a_lock_that_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks.Lock, "locked", lambda *_: False)
    outcome = await Play(7, contacts=100, tries=1_000, families=4).run()
    assert max(outcome.judged.values()) > most_judged(DAYS)
