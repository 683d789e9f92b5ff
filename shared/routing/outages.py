"""Waits of keys that failed, and the document in which instances share them. Pure functions of documents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from shared.llm import Failure, ModelFailed
from shared.models.usage import KeyState, ModelHealth, Outage

#: Name of the place of a model without a key: an empty one cannot be a field of a document.
KEYLESS = "-"
#: Failures of one key: another key of the same model may answer.
OF_KEY = frozenset({Failure.RATE, Failure.SPENT, Failure.REFUSED_KEY})
#: Failures that say nothing against the model: the request is at fault.
HARMLESS = frozenset({Failure.TOO_LONG, Failure.BAD_REQUEST})
#: A rest shorter than this is over before other instances read of it.
SHARED = timedelta(seconds=30)
#: How long after a rest by rate a further one counts as its repeat.
_FORGOTTEN = timedelta(minutes=10)


class _Waits(NamedTuple):
    """The first and the longest wait (s); each failure in between doubles it."""

    first: float
    longest: float


#: A model that works again is used again within a minute, so its probes never wait longer than that.
_OF_MODEL = _Waits(5, 45)
_BY_FAILURE = {
    Failure.RATE: _Waits(20, 600),
    Failure.SPENT: _Waits(3_600, 86_400),
    #: A corrected key is used within minutes; a refused request costs nothing.
    Failure.REFUSED_KEY: _Waits(60, 900),
}


def wait(failed: ModelFailed, times: int) -> timedelta:
    """Returns how long a key rests after this many failures in a row, at least as the vendor asked for.

    A vendor may name seconds although a whole day's quota is used up: repeats make them longer.
    """
    first, longest = _BY_FAILURE.get(failed.failure, _OF_MODEL)
    asked = min(failed.after, 86_400.0) if failed.after and failed.failure in OF_KEY else None
    grown = min((asked or first) * 2.0 ** min(times - 1, 30), longest)
    return timedelta(seconds=max(grown, asked or 0.0))


def state(outage: Outage | None, now: datetime) -> KeyState:
    """Returns the state of a key with this outage, None if it has none."""
    if outage is None:
        return "ready"
    if now < outage.until:
        return "resting"
    if outage.failure == Failure.RATE:
        return "ready"
    return "resting" if outage.probe_until is not None and now < outage.probe_until else "due"


def open_(health: ModelHealth, key: str, failed: ModelFailed, now: datetime) -> bool:
    """Notes that a key rests; returns whether it did not before.

    A failed probe, or a repeat, makes the rest longer.
    """
    before = health.resting.get(key)
    if before is not None and before.failure == Failure.RATE and now - before.until > _FORGOTTEN:
        before = None
    new = before is None or before.failure != failed.failure
    times = 1 if before is None or new else before.times + 1
    until = now + wait(failed, times)
    since = now if before is None else before.since
    why = f"{failed.failure}: {failed.reason[:80]}; tried again from {until:%H:%M:%S} UTC"
    health.resting[key] = Outage(failure=failed.failure, since=since, until=until, times=times, why=why)
    _tell(health, now)
    return new


def close(health: ModelHealth, key: str, now: datetime) -> bool:
    """Notes that a key works; returns whether it was open before."""
    if health.resting.pop(key, None) is None:
        return False
    _tell(health, now)
    return True


def _tell(health: ModelHealth, now: datetime) -> None:
    health.updated_at = now
    named = (f"{key} since {outage.since:%H:%M} UTC ({outage.why})" for key, outage in health.resting.items())
    health.why = "not used: " + ", ".join(named) if health.resting else f"works since {now:%H:%M} UTC"
