"""The staff at the desk, and their acts, decided before the world begins.

An act that needs an id or a number known only at run time takes it from what its agent has seen by then
(inbox.py).
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.simulation.people import AGENTS, Act

#: The notifier of the simulation; its people are named by their slugs.
PAGER = "pager"
_ALWAYS = ["00:00-24:00"]
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: The agents: their ways in order, and their hours. Worlds begin on a Friday at 10:00.
_AGENTS: tuple[tuple[str, list[str], list[str]], ...] = (
    ("fatou", ["waha"], _ALWAYS),
    ("moussa", ["listed", "waha"], ["00:00-10:20", "10:30-24:00"]),
    ("aida", ["blind", PAGER], ["10:08-24:00"]),
    ("chief", [PAGER], _ALWAYS),
)
NAMES = tuple(name for name, _, _ in _AGENTS)
#: Deeds of an agent on a channel, with their weights.
_DEEDS = {
    "take": 30, "take_number": 10, "take_named": 10, "take_quote": 8, "take_old": 3, "take_unknown": 1,
    "say": 40, "say_numbered": 16, "say_quote": 16, "say_unknown": 1, "choose": 14, "quote_number": 4,
    "empty": 1, "close": 5, "close_named": 4, "transfer": 3, "note": 2, "list": 2, "summary": 2, "suggest": 2,
    "off": 1, "on": 2, "help": 1, "human": 1,
}  # fmt: skip
_PAGED = {"take": 8, "say": 8, "close": 1, "say_old": 1, "take_unknown": 1}


def roster() -> dict[str, Any]:
    """Returns the tenant's staff."""
    staff = {}
    for place, (name, ways, hours) in enumerate(_AGENTS):
        reached = [_way(way, name, AGENTS + place) for way in ways]
        shifts = [{"days": _DAYS, "hours": hours}]
        roles = ["supervisor", "admin"] if name == "chief" else ["agent"]
        staff[name] = {"name": name.title(), "languages": ["fr", "en"], "roles": roles} | {
            "ways": reached,
            "shifts": shifts,
        }
    return staff


def _way(way: str, name: str, person: int) -> dict[str, str]:
    if way == PAGER:
        return {"notifier": PAGER, "to": name}
    return {"channel": way, "to": f"+22177{person:07d}" if way == "waha" else f"{person:07d}"}


def staff_of(person: int) -> str:
    """Returns the name of an agent, "" of a person who is none."""
    return NAMES[person - AGENTS] if AGENTS <= person < AGENTS + len(NAMES) else ""


def on_duty(moment: float) -> set[str]:
    """Returns the agents whose shift has gone on for some minutes at a moment of the world (s)."""
    clock = (36_000 + moment) % 86_400
    begun = {"moussa": clock < 37_200 or clock > 37_800 + 300, "aida": clock > 36_480 + 300}
    return {name for name in NAMES if begun.get(name, True)}


class Shift:
    """Generates the acts of all agents in `minutes`."""

    def __init__(self, random: Random, minutes: float) -> None:
        self._random, self._minutes = random, minutes
        self._acts: list[Act] = []

    def acts(self) -> list[Act]:
        for place, (_, ways, _) in enumerate(_AGENTS):
            at = self._random.uniform(5, 60)
            while at < (self._minutes + 4) * 60:
                way = self._random.choice(ways)
                self._deed(AGENTS + place, way, at)
                if way != PAGER and self._random.random() < 0.04:
                    at = self._burst(AGENTS + place, way, at)
                if self._random.random() < 0.08:  # silent for a while
                    at += self._random.uniform(60, 500)
                at += self._random.choice([0.3, 4, 20, 45]) * (0.5 + self._random.random())
        for _ in range(int(self._minutes / 4)):
            self._console(self._random.uniform(30, self._minutes * 60))
        return self._acts

    def _deed(self, person: int, way: str, at: float) -> None:
        deeds = _PAGED if way == PAGER else _DEEDS
        how = self._random.choices(list(deeds), list(deeds.values()))[0]
        again = [self._random.uniform(0.1, 60)] if self._random.random() < 0.05 else []
        self._add("paged" if way == PAGER else "desk", person, way, at, how, again)

    def _burst(self, person: int, way: str, at: float) -> float:
        """Adds a take and more words within a minute than people may write; returns the time of the last."""
        self._add("desk", person, way, at, "take", [])
        at += self._random.uniform(3, 15)
        for _ in range(16):
            at += self._random.uniform(0.5, 3)
            self._add("desk", person, way, at, "say_numbered", [])
        return at

    def _console(self, at: float) -> None:
        self._add(
            "console", AGENTS, "waha", at, self._random.choice([*NAMES, *NAMES, "nobody", "closed"]), []
        )

    def _add(self, do: str, person: int, channel: str, at: float, how: str, again: list[float]) -> None:
        name = f"D{len(self._acts)}"
        chance = round(self._random.random(), 6)
        facts = {"do": do, "id": name, "mark": f"q9{len(self._acts):05d}", "how": how, "chance": chance}
        self._acts.append(
            Act.model_validate(
                {"at": round(at, 3), "person": person, "channel": channel, "again": again, **facts}
            )
        )
