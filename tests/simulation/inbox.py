"""What each agent has seen, and what they mean by an act when they do it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.models.parts import Choice
from tests.simulation.agents import NAMES, staff_of
from tests.simulation.people import Act

if TYPE_CHECKING:
    from tests.simulation.world import World

_NUMBER = re.compile(r"#(\d+)")
_CHOICE = re.compile(r"^(\d+)\. (.+)$", re.M)
#: How many of the newest numbers, relays and pages an agent still has in view.
_IN_VIEW = 5


@dataclass
class Seen:
    """One text that an agent saw: `thread` is its request if a notifier brought it."""

    at: float
    turn: str
    text: str
    gateway_id: str = ""
    choices: list[Choice] = field(default_factory=list)
    thread: str = ""

    @property
    def number(self) -> int:
        """The number of the request in the text, 0 if it has none."""
        found = _NUMBER.search(self.text)
        return int(found[1]) if found else 0


@dataclass
class Meant:
    """What an act of an agent meant: the request, by its number or id, and the earlier act with the words."""

    number: int = 0
    handoff: str = ""
    about: str = ""


Done = tuple[Act, Meant]


class Inboxes:
    """What all agents have seen and done."""

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

    def _written(self, act: Act) -> Done:
        calls = self._world.gateways[act.channel].calls_of(act.person)
        seen = [
            Seen(call.executed, call.turn, call.text, call.gateway_id, call.choices)
            for call in calls
            if call.executed is not None
        ]
        view = _View(act, sorted(seen, key=lambda each: (each.at, each.gateway_id)), self._about)
        return view.deed()

    def _about(self, turn: str, place: int) -> str:
        """Returns the message whose words a choice passes on, "" if it is another choice."""
        for row in self._world.documents.rows.values():
            if row.path.endswith(f"/messages/{turn}"):
                offered = [
                    part["part"]["choices"] for part in row.fields["parts"] if "choices" in part["part"]
                ]
                return str(offered[-1][place]["id"]).rpartition(":")[2]
        return ""

    def _paged(self, act: Act) -> Done:
        threads = [page.thread for page in self.pages[staff_of(act.person)]]
        if not threads or act.how == "take_unknown":
            return act, Meant(handoff="none")
        recent = list(dict.fromkeys(reversed(threads)))
        many = {"say": min(3, len(recent)), "say_old": len(recent)}.get(act.how, 1)
        words = f"Réponse {act.mark}"
        return act.model_copy(update={"text": words}), Meant(handoff=recent[int(act.chance * many)])


class _View:
    """One agent's view at the moment of an act."""

    def __init__(self, act: Act, seen: list[Seen], about: Callable[[str, int], str]) -> None:
        self._act, self._seen, self._about = act, seen, about
        self._notices = [each for each in seen if each.turn.startswith("notice-") and each.number]
        self._relays = [each for each in seen if each.turn.startswith("relay-") and each.number]
        numbers = [each.number for each in (*self._relays, *self._notices)]
        self._numbers = list(dict.fromkeys(reversed(numbers)))
        self._words = f"Réponse {act.mark}"

    def deed(self) -> Done:
        """Returns the act as it is done; one that needs something not yet seen is a plain text."""
        deeds: Mapping[str, Callable[[], Done | None]] = {
            "take": self._take,
            "take_number": lambda: self._type(0),
            "take_named": lambda: self._with_number("#take {}", self._numbers[:1]),
            "take_old": lambda: self._with_number("#take {}", self._numbers),
            "take_unknown": lambda: self._as("#take 99999"),
            "take_quote": lambda: self._quote(self._notices[-1:], self._words),
            "say_quote": lambda: self._quote(self._relays[-_IN_VIEW:], self._words),
            "say_numbered": lambda: self._with_number(f"#{{}} {self._words}", self._numbers[:_IN_VIEW]),
            "say_unknown": lambda: self._as(f"#99999 {self._words}"),
            "choose": lambda: self._type(None),
            "quote_number": lambda: self._quote_choice(),
            "close_named": lambda: self._with_number("#close {}", self._numbers[:_IN_VIEW]),
            "transfer": lambda: self._as(f"#transfer {self._some(NAMES)}"),
            "note": lambda: self._as(f"#note vu {self._act.mark}"),
            "empty": lambda: self._as(" "),
            "human": lambda: self._as("humain"),
        }
        if self._act.how in deeds:
            return deeds[self._act.how]() or self._as(self._words)
        return self._as(self._words if self._act.how == "say" else f"#{self._act.how}")

    def _some(self, among: Any) -> Any:
        return among[int(self._act.chance * len(among))]

    def _with_number(self, words: str, numbers: list[int]) -> Done | None:
        if not numbers:
            return None
        number = self._some(numbers)
        return self._as(words.format(number), number=number)

    def _quote(self, among: list[Seen], words: str) -> Done | None:
        if not among:
            return None
        quoted = self._some(among)
        return self._as(words, quote=quoted.gateway_id, number=quoted.number)

    def _take(self) -> Done | None:
        """Presses the button of the last notice if the channel has buttons, else writes a number."""
        pressed = [choice for each in self._notices[-1:] for choice in each.choices]
        if pressed:
            return self._as(pressed[0].title, press=pressed[0].id, number=self._notices[-1].number)
        return self._type(0)

    def _type(self, place: int | None) -> Done | None:
        """Chooses among the last choices seen, by a button or by the number at `place`, or at any."""
        asked = [each for each in self._seen if _CHOICE.search(each.text)]
        return self._choice(asked[-1], place, press=place is None) if asked else None

    def _quote_choice(self) -> Done | None:
        asked = [each for each in self._seen if _CHOICE.search(each.text)]
        if not asked:
            return None
        quoted = self._some(asked[-_IN_VIEW:])
        return self._choice(quoted, 0, quote=quoted.gateway_id)

    def _choice(self, asked: Seen, place: int | None, *, press: bool = False, quote: str = "") -> Done:
        titles = [found[1] for found in _CHOICE.findall(asked.text)]
        at = self._some(range(len(titles))) if place is None else place
        number = _NUMBER.search(titles[at])
        meant: dict[str, Any] = {"number": int(number[1]) if number else asked.number}
        if asked.turn.startswith("re-"):
            meant["about"] = self._about(asked.turn, at)
        if press and asked.choices:
            return self._as(asked.choices[at].title, press=asked.choices[at].id, **meant)
        return self._as(str(at + 1), quote=quote, **meant)

    def _as(self, text: str, *, press: str = "", quote: str = "", **meant: Any) -> Done:
        return self._act.model_copy(update={"text": text, "press": press, "quote": quote}), Meant(**meant)
