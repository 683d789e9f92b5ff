"""Acts of the staff at the desk, decided before the world begins, and what each of them meant when it was done.

An act that needs an id or a number known only at run time takes it from what its agent has seen by then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from shared.models.parts import Choice
from tests.simulation.people import AGENTS, Act

if TYPE_CHECKING:
    from tests.simulation.world import World

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
    "say": 40, "say_numbered": 16, "say_quote": 16, "say_unknown": 1, "choose": 14, "empty": 1,
    "close": 5, "close_named": 4, "transfer": 3, "note": 2, "list": 2, "summary": 2, "suggest": 2,
    "off": 1, "on": 2, "help": 1, "human": 1,
}  # fmt: skip
_PAGED = {"take": 8, "say": 8, "close": 1, "say_old": 1, "take_unknown": 1}
_NUMBER = re.compile(r"#(\d+)")
_CHOICE = re.compile(r"^(\d+)\. (.+)$", re.M)


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
                if self._random.random() < 0.08:  # silent for a while
                    at += self._random.uniform(60, 500)
                at += self._random.choice([0.3, 3, 12, 25]) * (0.5 + self._random.random())
        for _ in range(int(self._minutes / 4)):
            self._console(self._random.uniform(30, self._minutes * 60))
        return self._acts

    def _deed(self, person: int, way: str, at: float) -> None:
        deeds = _PAGED if way == PAGER else _DEEDS
        how = self._random.choices(list(deeds), list(deeds.values()))[0]
        again = [self._random.uniform(0.1, 60)] if self._random.random() < 0.05 else []
        self._add("paged" if way == PAGER else "desk", person, way, at, how, again)

    def _console(self, at: float) -> None:
        self._add("console", AGENTS, "waha", at, self._random.choice([*NAMES, *NAMES, "nobody", "closed"]), [])

    def _add(self, do: str, person: int, channel: str, at: float, how: str, again: list[float]) -> None:
        name = f"D{len(self._acts)}"
        chance = round(self._random.random(), 6)
        facts = {"do": do, "id": name, "mark": f"q9{len(self._acts):05d}", "how": how, "chance": chance}
        self._acts.append(
            Act.model_validate(
                {"at": round(at, 3), "person": person, "channel": channel, "again": again, **facts}
            )
        )


@dataclass
class Seen:
    """One text that an agent saw: `thread` is its request if a notifier brought it."""

    at: float
    turn: str
    text: str
    gateway_id: str = ""
    choices: list[Choice] = field(default_factory=list)
    thread: str = ""


@dataclass
class Meant:
    """What an act of an agent meant: the request, by its number or id, and the earlier act that it is about."""

    number: int = 0
    handoff: str = ""
    about: str = ""


class Inboxes:
    """What each agent has seen, and what they meant by each act."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.meant: dict[str, Meant] = {}
        #: The acts as they were done.
        self.done: dict[str, Act] = {}
        self.pages: dict[str, list[Seen]] = {name: [] for name in NAMES}

    def does(self, act: Act) -> Act:
        """Returns the act with the words, the quote and the choice that it has now."""
        done, self.meant[act.id] = self._paged(act) if act.do == "paged" else self._written(act)
        self.done[act.id] = done
        return done

    def _on(self, act: Act) -> list[Seen]:
        """Returns what the agent saw on this channel, the newest last."""
        found = [
            Seen(call.executed, call.turn, call.text, call.gateway_id, call.choices)
            for call in self._world.gateways[act.channel].calls_of(act.person)
            if call.executed is not None
        ]
        return sorted(found, key=lambda seen: (seen.at, seen.gateway_id))

    def _written(self, act: Act) -> tuple[Act, Meant]:
        seen = self._on(act)
        notices = [each for each in seen if each.turn.startswith("notice-")]
        relays = [each for each in seen if each.turn.startswith("relay-")]
        numbers = [int(found[1]) for each in (*notices, *relays) if (found := _NUMBER.search(each.text))]
        newest, some = numbers[-1] if numbers else 0, numbers[int(act.chance * len(numbers))] if numbers else 0
        words = f"Réponse {act.mark}"
        match act.how:
            case "take" if notices:
                return self._taken(act, notices[-1], newest)
            case "take_number" | "take" if notices:
                return _as(act, "1")
            case "take_named" if numbers:
                return _as(act, f"#take {newest}", number=newest)
            case "take_old" if numbers:
                return _as(act, f"#take {some}", number=some)
            case "take_unknown":
                return _as(act, "#take 99999")
            case "take_quote" if notices:
                return self._quoting(act, notices[-1], words)
            case "say_quote" if relays:
                recent = relays[-6:]
                return self._quoting(act, recent[int(act.chance * len(recent))], words)
            case "say_numbered" if numbers:
                recent_numbers = list(dict.fromkeys(reversed(numbers)))[:4]
                number = recent_numbers[int(act.chance * len(recent_numbers))]
                return _as(act, f"#{number} {words}", number=number)
            case "say_unknown":
                return _as(act, f"#99999 {words}")
            case "choose":
                return self._chosen(act, seen)
            case "close_named" if numbers:
                return _as(act, f"#close {some}", number=some)
            case "transfer":
                return _as(act, f"#transfer {NAMES[int(act.chance * len(NAMES))]}")
            case "note":
                return _as(act, f"#note vu {act.mark}")
            case "empty":
                return _as(act, " ")
            case "human":
                return _as(act, "humain")
            case "close" | "list" | "summary" | "suggest" | "off" | "on" | "help":
                return _as(act, f"#{act.how}")
        return _as(act, words)

    def _taken(self, act: Act, notice: Seen, number: int) -> tuple[Act, Meant]:
        """Presses the button of a notice if the channel has buttons, else writes its number, or `#take`."""
        taking = [choice for choice in notice.choices if choice.id.startswith("staff:take:")]
        if taking:
            return _as(act, taking[0].title, press=taking[0].id, number=number)
        return _as(act, "#take" if act.chance < 0.3 else "1")

    def _quoting(self, act: Act, quoted: Seen, words: str) -> tuple[Act, Meant]:
        found = _NUMBER.search(quoted.text)
        return _as(act, words, quote=quoted.gateway_id, number=int(found[1]) if found else 0)

    def _chosen(self, act: Act, seen: list[Seen]) -> tuple[Act, Meant]:
        """Answers the last question for whom some words are, by a button or by a number."""
        questions = [each for each in seen if each.turn.startswith("re-D") and _NUMBER.match(_first_choice(each))]
        if not questions:
            return _as(act, f"Réponse {act.mark}")
        asked = questions[-1]
        titles = _CHOICE.findall(asked.text)
        place = int(act.chance * len(titles))
        number = _NUMBER.search(titles[place][1])
        about = asked.turn.removeprefix("re-")
        meant: dict[str, Any] = {"number": int(number[1]) if number else 0, "about": about}
        if asked.choices:
            return _as(act, asked.choices[place].title, press=asked.choices[place].id, **meant)
        return _as(act, str(place + 1), **meant)

    def _paged(self, act: Act) -> tuple[Act, Meant]:
        threads = [page.thread for page in self.pages[staff_of(act.person)]]
        if not threads or act.how == "take_unknown":
            return act, Meant(handoff="none")
        recent = list(dict.fromkeys(reversed(threads)))
        thread = recent[int(act.chance * len(recent))] if act.how.endswith("_old") else recent[0]
        if act.how == "say":
            thread = recent[int(act.chance * min(3, len(recent)))]
        return act.model_copy(update={"text": f"Réponse {act.mark}"}), Meant(handoff=thread)


def _first_choice(seen: Seen) -> str:
    found = _CHOICE.search(seen.text)
    return found[2] if found else ""


def _as(act: Act, text: str, *, press: str = "", quote: str = "", **meant: Any) -> tuple[Act, Meant]:
    return act.model_copy(update={"text": text, "press": press, "quote": quote}), Meant(**meant)
