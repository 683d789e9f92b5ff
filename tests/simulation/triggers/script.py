"""The script of a world with triggers, decided before it begins: acts of the organisation's system, of
administrators and of people, many of them within a minute of a time at which something is due."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random
from typing import Any

from tests.simulation.clock import BEGINNING
from tests.simulation.people import CHANNELS, GIVE_BACK, Act
from tests.simulation.triggers import clocks, scene
from tests.simulation.triggers.scene import COUNTRIES, DAY, GROUPS, ZONES, Scene

#: Hours (s) of a missing scheduler, of a pause, and minutes by which a clock jumps back.
_MISSING, _PAUSED, _BACK = (5_000, 18_000), (900, 7_000), (60, 600)
#: The number of the first person who never writes.
SILENT = 500_000
_WORDS = ("Bonjour", "Quand est la messe {} ?", "merci", "Où est {}.")


def known(person: int) -> bool:
    """Whether the organisation's system knows the person: few of those who hide their number (wire.py)."""
    return person % 9 == 2 or (person % 3 != 2 and person % 10 != 9)


class Script:
    """Generates the acts of a scene for so many people."""

    def __init__(self, random: Random, played: Scene, people: int) -> None:
        self._random, self._scene, self._people = random, played, people
        self._acts: list[Act] = []

    def acts(self) -> list[Act]:
        for person in range(self._people):
            zone = self._random.choice(ZONES)
            if known(person):
                self._record(person, zone)
            if known(person) and person % 3 == 2:
                self._reveal(person)
            for _ in range(self._random.randint(0, 3)):
                self._disturb(person, self._near(zone))
        for silent in range(self._people // 5):
            self._record(SILENT + silent, self._random.choice(ZONES))
        for name in self._scene.triggers:
            self._administer(name)
        self._troubles()
        for name, definition in self._scene.triggers.items():
            if "cron" in definition["when"]:
                self._take_back(name, definition["when"])
        return self._acts

    # The organisation's system

    def _record(self, person: int, zone: str) -> None:
        """Adds all versions of a person's record, each a whole one; some are sent again later."""
        random = self._random
        begins = self._scene.first + random.random() * (7_000 if random.random() < 0.9 else 2 * DAY)
        agreed = {"service": random.choice([True] * 8 + [None, False])}
        agreed |= {"promotion": random.choice([True] * 6 + [None, None, False])}
        record: dict[str, Any] = {
            "phone": f"+22177{person:07d}",
            "name": f"P{person}",
            "timezone": zone,
            "country": "" if zone else random.choice(["", *COUNTRIES]),
            "attributes": {"code": f"k{person}k"} | {name: self._value(name) for name in _CHANGING},
            "consent": agreed,
        }
        times = sorted(self._near(zone) for _ in range(random.randint(1, 5)))
        for version, at in enumerate([begins, *(each for each in times if each > begins)]):
            if version:
                self._change(record, person)
            self._add("system", at, person, "put", record | {"version": version})
            if random.random() < 0.2:
                again = at + random.choice([5, 600, 20_000]) * random.random()
                self._add("system", again, person, "put", record | {"version": version})

    def _change(self, record: dict[str, Any], person: int) -> None:
        random = self._random
        what = random.choice(["attribute"] * 4 + ["zone", "zone", "consent", "consent", "name", "phone"])
        if what == "attribute":
            name = random.choice(_CHANGING)
            record["attributes"] = record["attributes"] | {name: self._value(name)}
        elif what == "zone":
            record["timezone"] = random.choice(ZONES)
        elif what == "consent":
            kind = random.choice(["service", "promotion"])
            record["consent"] = record["consent"] | {kind: random.random() < 0.5}
        elif what == "phone" and person >= SILENT:  # nobody writes from the number that is given up
            record["phone"] = f"+2217{random.choice('678')}{person:07d}"
        else:
            record["name"] = f"P{person}v{random.randrange(9)}"

    def _value(self, name: str) -> Any:
        random = self._random
        if name == "room":
            return random.choice(["r0", "r1", "r2", "r3", ""])
        if name == "group":
            return random.choice(GROUPS)
        day = self._scene.day(random.randint(-1, self._scene.days + 1))
        if name == "birth":
            return "1992-02-29" if random.random() < 0.1 else f"1990-{day:%m-%d}"
        if name == "seen_at":
            return f"{day}T{random.randrange(24):02}:30:00+00:00"
        return day.isoformat()

    # People and staff

    def _reveal(self, person: int) -> None:
        """Adds words until which nobody knows whose number it is; perhaps staff wrote just before."""
        at = self._any(0.3)
        if self._random.random() < 0.5:
            self._act("staff", person, "waha", at - self._random.uniform(2, 300), "Je m'en occupe.")
        self._act("say", person, "waha", at, "Bonjour", how="both")

    def _disturb(self, person: int, at: float) -> None:
        """Adds an opt-out for a while, a human who steps in, or words."""
        random, what = self._random, self._random.random()
        channel = random.choice(CHANNELS)
        if what < 0.35:
            self._say(person, channel, at, "STOP")
            if random.random() < 0.8:
                self._say(person, channel, at + random.choice([120, 3600, 30_000]) * random.random(), "START")
        elif what < 0.65:
            for _ in range(random.randint(1, 3)):
                self._act("staff", person, channel, at, "Je m'en occupe.")
                at += random.uniform(2, 400)
            if random.random() < 0.6:
                self._act("staff", person, channel, at, GIVE_BACK)
        elif what < 0.7 and channel != "waha":
            self._act("block", person, channel, at)
            if random.random() < 0.7:
                self._act("unblock", person, channel, at + random.uniform(60, 20_000))
        else:
            self._say(person, channel, at, random.choice(_WORDS))

    def _say(self, person: int, channel: str, at: float, words: str) -> None:
        mark = f"q8{len(self._acts):05d}" if "{}" in words else ""
        self._act("say", person, channel, at, words.replace("{}", mark), mark=mark)

    # Administrators

    def _administer(self, name: str) -> None:
        random = self._random
        definition = self._scene.triggers[name]
        if "once" in definition["when"]:
            for _ in range(random.randint(1, 2)):
                how = random.choice(["confirm", "confirm", "confirm_console"])
                self._add("trigger", self._any(0.1), 0, how, target=name)
        for _ in range(random.choice([0, 1, 1, 2])):
            at, what = self._near(random.choice(ZONES)), random.random()
            if what < 0.5:
                self._add("trigger", at, 0, "edit", self._edited(definition), target=name)
                if random.random() < 0.5:
                    later = at + random.choice([30, 900, 9_000]) * random.random()
                    self._add("trigger", later, 0, "edit", definition, target=name)
            elif what < 0.95:
                by = random.choice(["", "_console"])
                self._add("trigger", at, 0, f"pause{by}", target=name)
                self._add(
                    "trigger",
                    at + random.choice([200, 2_000, 20_000]) * random.random(),
                    0,
                    f"resume{by}",
                    target=name,
                )
            else:
                self._add("trigger", at, 0, "stop", target=name)

    def _take_back(self, name: str, when: dict[str, Any]) -> None:
        """Adds a pause in the console that is taken back within minutes, around a time at which the trigger
        is due: nothing tells us of either, and perhaps no look falls between them."""
        due = self._due(when, self._random.choice(ZONES), self._any(0.05))
        if due:
            at = self._random.choice(due) - self._random.uniform(2, 60)
            self._add("trigger", at, 0, "pause_console", target=name)
            self._add("trigger", at + self._random.uniform(120, 300), 0, "resume_console", target=name)

    def _edited(self, definition: dict[str, Any]) -> dict[str, Any]:
        when = definition["when"]
        if "cron" in when:
            return {**definition, "when": scene.cron(self._random)["when"]}
        if "at" in when:
            return {**definition, "when": {**when, "at": f"{self._random.randrange(24):02}:10"}}
        return {**definition, "kind": self._random.choice(["service", "promotion"])}

    # Troubles

    def _troubles(self) -> None:
        random = self._random
        for _ in range(random.randint(1, 2)):
            self._trouble("no_ticks", random.uniform(*_MISSING))
        for _ in range(3):
            self._trouble("clock_back", random.uniform(300, 3_000), random.uniform(*_BACK))
        if random.random() < 0.5:
            self._trouble("paused", random.uniform(*_PAUSED))

    def _trouble(self, how: str, lasts: float, chance: float = 0.0) -> None:
        self._act("trouble", 0, "waha", self._any(0.2), how=how, age=lasts, chance=chance)

    # Times

    def _any(self, since: float) -> float:
        share = self._random.uniform(since, 0.95)
        return self._scene.first + share * self._scene.days * DAY

    def _near(self, zone: str) -> float:
        """Returns a time within a minute of one at which a trigger is due in the zone, or any time."""
        at = self._any(0.05)
        when = self._random.choice(list(self._scene.triggers.values()))["when"]
        times = self._due(when, zone, at)
        if not times or self._random.random() < 0.3:
            return at
        return self._random.choice(times) + self._random.uniform(-60, 60)

    def _due(self, when: dict[str, Any], zone: str, at: float) -> list[float]:
        """Returns the times at which a trigger is due in the zone on the day of a time."""
        day = (BEGINNING + timedelta(seconds=at)).date()
        times = [clocks.instant(each, zone or scene.HOME) for each in clocks.times_of(when, day, day)]
        return [each for each in times if self._scene.first < each < self._scene.last]

    def _add(
        self,
        do: str,
        at: float,
        person: int,
        how: str,
        fields: dict[str, Any] | None = None,
        target: str = "",
    ) -> None:
        text = json.dumps(fields, sort_keys=True) if fields else ""
        self._act(do, person, "waha", at, text, how=how, target=target)

    def _act(self, do: str, person: int, channel: str, at: float, text: str = "", **facts: Any) -> None:
        where = {"person": person, "channel": channel, "id": f"T{len(self._acts)}"}
        act = Act.model_validate({"at": round(at, 3), "do": do, "text": text, **where, **facts})
        self._acts.append(act)


_CHANGING = ("room", "group", "check_in", "birth", "seen_at")
