"""The scene of a world with triggers: the tenant's rules for messages, its triggers, and its days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from pydantic import BaseModel

from tests.simulation.clock import BEGINNING
from tests.simulation.people import CHANNELS

#: Zones of people; the empty one is the tenant's.
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Dakar", "Asia/Kolkata", "")
#: The tenant's own zone, and the zones of countries that have only one.
HOME, COUNTRIES = "Africa/Dakar", {"SN": "Africa/Dakar", "IN": "Asia/Kolkata", "FR": "Europe/Paris"}
ATTRIBUTES = {
    "code": {"type": "text"},
    "room": {"type": "text"},
    "group": {"type": "text"},
    "check_in": {"type": "date"},
    "birth": {"type": "date"},
    "seen_at": {"type": "moment"},
}
GROUPS = ("a", "b", "c")
#: Conditions of triggers, each as CEL and as this package understands it.
CONDITIONS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "group == 'a'": lambda values: values.get("group") == "a",
    "group != 'b'": lambda values: values.get("group") != "b",
    "room != 'r0'": lambda values: values.get("room") != "r0",
}
DAY = 86_400.0
#: First days of worlds, counted from the beginning of time: an ordinary one, the last of February, and days
#: before the changes of clocks in Lord Howe, New York and Paris.
_FIRST_DAYS = (0, 98, 113, 126, 133, 315, 343, 350)
_QUIET = ("21:00-08:00", "22:00-06:30", "12:30-14:00", None)
_CAPS = (*[(50, 200)] * 6, (9, 40), (4, 12))
_TWICE_OR_NEVER = ("01:30", "02:00", "02:30", "02:15", "03:00")


class Scene(BaseModel):
    """`first` and `last` bound the days of a world (s); `messaging` and `holidays` are the tenant's."""

    first: float
    days: int
    messaging: dict[str, Any]
    holidays: list[str]
    triggers: dict[str, dict[str, Any]]

    @property
    def last(self) -> float:
        return self.first + self.days * DAY

    def day(self, number: int) -> date:
        """Returns a day of the scene, counted from the first."""
        return _day(self.first, number)

    @classmethod
    def of(cls, random: Random, days: int) -> Scene:
        first = random.choice(_FIRST_DAYS) * DAY
        per_day, per_week = random.choice(_CAPS)
        messaging = {
            "quiet": random.choice(_QUIET),
            "per_day": per_day,
            "per_week": per_week,
            "channels": random.sample(CHANNELS, 3),
        }
        return cls(
            first=first,
            days=days,
            messaging=messaging,
            holidays=[_day(first, 1).isoformat()] if random.random() < 0.3 else [],
            triggers=_triggers(random, first),
        )


def _day(first: float, number: int) -> date:
    return (BEGINNING + timedelta(seconds=first, days=number)).date()


def _triggers(random: Random, first: float) -> dict[str, dict[str, Any]]:
    found = {f"cron{number}": cron(random) for number in range(5)}
    found |= {f"date{number}": dated(random) for number in range(3)}
    found["night"] = _trigger(random, {"cron": _night(random)}, quiet="send", holidays="send")
    found["birthday"] = _trigger(random, {"birthday": "birth", "at": _time(random)})
    found["cast"] = _trigger(random, {"once": "confirmed"}, kind="promotion")
    local = f"{_day(first, random.randint(1, 2))}T{random.choice([*_TWICE_OR_NEVER, '09:00', '18:45'])}"
    found["evening"] = _trigger(random, {"once": local})
    found["quiet"] = _trigger(random, {"silence": random.choice(["30m", "2h", "5h"])}, words="Encore là ?")
    found["window"] = _trigger(random, {"before_window_closes": "2h"}, words="Encore ?", template={})
    found["welcome"] = _trigger(random, {"event": "new_contact"}, words="Bienvenue {{ name }}")
    found["changed"] = _trigger(random, {"event": "attribute_changed", "attribute": "room"})
    found["moved"] = _trigger(random, {"event": "attribute_changed", "delay": "1h"})
    found["closed"] = _trigger(random, {"event": "handoff_closed"}, words="Au revoir {{ name }}")
    return found


def cron(random: Random) -> dict[str, Any]:
    """Returns a trigger that sends several times a day."""
    hours = sorted(random.sample(range(24), 4))
    days = random.choice(["*", "*", "*", "1-5", "0,3,5,6"])
    when = {"cron": f"{random.randrange(60)} {','.join(map(str, hours))} * * {days}"}
    return _trigger(random, when)


def dated(random: Random) -> dict[str, Any]:
    """Returns a trigger for a day before or after a date of the person."""
    at = _time(random)
    name = random.choice(["check_in", "check_in", "seen_at"])
    if random.random() < 0.5:
        return _trigger(random, {"before": name, "days": random.randint(0, 2), "at": at})
    return _trigger(random, {"after": name, "days": random.randint(0, 2), "at": at})


def _night(random: Random) -> str:
    hour, minute = random.choice(_TWICE_OR_NEVER).split(":")
    return f"{int(minute)} {int(hour)} * * *"


def _time(random: Random) -> str:
    return f"{random.randrange(24):02}:{random.choice([0, 15, 30, 45]):02}"


def _trigger(random: Random, when: dict[str, Any], words: str = "", **fields: Any) -> dict[str, Any]:
    text = words or random.choice(
        [
            "{{ name }} {{ code }} {{ room }}",
            "{{ name }} {% if code %}{{ code }}{% endif %}",
            "{% if code %}{{ code }}{% endif %} {% if room %}{{ room }}{% endif %}.",
        ]
    )
    definition: dict[str, Any] = {
        "when": when,
        "says": {"fr": {"text": text}},
        "template": {"fr": {"name": "news", "parameters": [text]}},
        "late": random.choice(
            [
                {"policy": "skip_if_older_than", "hours": 1},
                {"policy": "skip_if_older_than", "hours": 4},
                {"policy": "skip_if_older_than", "hours": 12},
                {"policy": "send"},
                {"policy": "latest_only"},
            ]
        ),
        "kind": random.choice(["service", "service", "promotion"]),
    }
    if not words and random.random() < 0.3:
        definition["who"] = random.choice(list(CONDITIONS))
    for name in ("quiet", "holidays"):
        if random.random() < 0.2:
            definition[name] = "send"
    if random.random() < 0.15:
        definition["busy"] = "send"
    return definition | fields
