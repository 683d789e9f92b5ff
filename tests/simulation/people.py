"""What people and staff do, decided before the world begins: a list that can be read, kept and cut down."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import BaseModel

CHANNELS = ("waha", "listed", "blind")
#: A staff member's words that give the conversation back.
GIVE_BACK = "#bot"
STICKER, PLACE, PICTURE = "[sticker]", "[place]", "[picture]"

#: The tenant's emergency word, in any of its messages.
EMERGENCY = "Au feu"
_COMMANDS = ("merci", "Bonjour", "aide", "humain")
_LONE = ("Quand est la messe {} ?", "What does {} cost?", "Où est {}.", "C'est combien {} !")
_PIECES = ("Bonjour {},", "je voudrais savoir {} pour", "et aussi {}", "c'est pour mon fils {}", "{} svp.")


class Act(BaseModel):
    """`at` in seconds since the world began. A message is known by `id`; `target` is what an edit, a deletion
    or a reaction is about. `mark` is in the words of a question."""

    at: float
    do: Literal["say", "edit", "delete", "react", "staff"]
    person: int
    channel: str
    id: str
    text: str = ""
    target: str = ""
    mark: str = ""


class Life:
    """Writes down what happens in `minutes` among so many people."""

    def __init__(self, random: Random, people: int, minutes: float) -> None:
        self._random, self._people, self._minutes = random, people, minutes
        self._acts: list[Act] = []

    def acts(self) -> list[Act]:
        for person in range(self._people):
            for _ in range(self._random.randint(3, 7)):  # some come back after their session has ended
                channel = self._random.choice(CHANNELS)
                self._visit(person, channel, self._random.uniform(0, self._minutes * 60))
        return sorted(self._acts, key=lambda act: (act.at, act.id))

    def _visit(self, person: int, channel: str, at: float) -> None:
        random = self._random
        first = len(self._acts)
        what = random.random()
        if what < 0.58:
            self._question(person, channel, at)
        elif what < 0.75:
            self._burst(person, channel, at)
        elif what < 0.80:
            for place in random.sample(CHANNELS, 2):
                self._question(person, place, at + random.random())
        elif what < 0.90:
            self._say(person, channel, at, random.choice(_COMMANDS))
        elif what < 0.93:
            self._opt_out(person, channel, at)
        elif what < 0.96:
            self._emergency(person, channel, at)
        elif what < 0.99:
            self._say(person, channel, at, random.choice([STICKER, PLACE, PICTURE]))
        else:
            self._flood(person, channel, at)
        self._change(self._acts[first:])
        if random.random() < 0.13:
            self._step_in(person, channel, at + random.uniform(-2, 20))

    def _question(self, person: int, channel: str, at: float) -> None:
        self._say(person, channel, at, self._random.choice(_LONE))
        while self._random.random() < 0.2:  # one more, while the first is being answered
            at += self._random.uniform(0.2, 9)
            self._say(person, channel, at, self._random.choice(_LONE))

    def _burst(self, person: int, channel: str, at: float) -> None:
        for _ in range(self._random.randint(2, 5)):
            self._say(person, channel, at, self._random.choice(_PIECES))
            at += self._random.uniform(0.1, 2.5)

    def _opt_out(self, person: int, channel: str, at: float) -> None:
        self._say(person, channel, at, "STOP")
        self._say(person, channel, at + self._random.uniform(20, 60), "Encore là {} ?")
        self._say(person, channel, at + self._random.uniform(90, 200), "START")

    def _flood(self, person: int, channel: str, at: float) -> None:
        for _ in range(14):
            self._say(person, channel, at, "encore {}.")
            at += self._random.uniform(0.1, 3)

    def _emergency(self, person: int, channel: str, at: float) -> None:
        """Once, or again and again: in one breath, or while nobody comes."""
        self._say(person, channel, at, f"{EMERGENCY} {{}} !")
        if self._random.random() < 0.3:
            pause = self._random.choice([1, 1, 240])
            for _ in range(self._random.randint(2, 18)):
                at += self._random.uniform(0.1, 1.5) * pause
                self._say(person, channel, at, f"{EMERGENCY} {{}} !")

    def _change(self, said: list[Act]) -> None:
        for act in said:
            at = act.at + self._random.choice([1, 5, 30]) * self._random.random()
            chance = self._random.random()
            if chance < 0.05 and act.mark:
                self._add("edit", act.person, act.channel, at, f"Plutôt {act.mark} ?", target=act.id)
            elif chance < 0.09:
                self._add("delete", act.person, act.channel, at, target=act.id)
            elif chance < 0.11:
                self._add("react", act.person, act.channel, at, "🙏", target=act.id)

    def _step_in(self, person: int, channel: str, at: float) -> None:
        random = self._random
        at = max(0.0, at)
        for _ in range(random.randint(1, 3)):
            self._add("staff", person, channel, at, "Je m'en occupe.")
            at += random.uniform(2, 40)
        if random.random() < 0.6:
            self._add("staff", person, channel, at, GIVE_BACK)
            if random.random() < 0.5:
                self._question(person, channel, at + random.uniform(0, 5))

    def _say(self, person: int, channel: str, at: float, words: str) -> None:
        mark = f"q{len(self._acts)}" if "{}" in words or words == PICTURE else ""
        self._add("say", person, channel, at, words.replace("{}", mark), mark=mark)

    def _add(
        self,
        do: Literal["say", "edit", "delete", "react", "staff"],
        person: int,
        channel: str,
        at: float,
        text: str = "",
        *,
        target: str = "",
        mark: str = "",
    ) -> None:
        facts = {"text": text, "target": target, "mark": mark}
        act = Act(at=round(at, 3), do=do, person=person, channel=channel, id=f"M{len(self._acts)}", **facts)
        self._acts.append(act)
