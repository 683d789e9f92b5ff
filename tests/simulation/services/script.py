"""Acts of parents with codes and of guessers, decided from the seed before the world begins."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.simulation.people import CHANNELS, Act
from tests.simulation.services import school
from tests.simulation.services.school import Family
from tests.simulation.wire import PHONE

#: The first of the people who guess codes, of those who found one, and of those who share a phone with
#: another family.
GUESSERS, FINDERS, SHARERS = 5_200, 5_700, 5_900
#: How long (s) honest people whose code is being guessed go on, longer than any lock.
SIEGE = 100 * 60.0
#: Guessers of one code's beginning, and their tries.
_SIEGERS, _TRIES = 8, 9
#: People who found the code of one family.
_FINDERS = 2
#: One family of so many is besieged, and its parent is honest.
_BESIEGED = 5
_LOGOUT, YES = "déconnexion", "oui"
_QUESTIONS = ("Quand est la messe {} ?", "What does {} cost?", "Où est {}.")
_WORDS = {
    "act:grades": "carnet",
    "act:fees": "factures",
    "act:report": "bulletin",
    "act:sign_up": "inscription sortie",
    "yes:sign_up": YES,
    "no:sign_up": "non",
}
_WISHES = ("carnet", "factures", "bulletin", "mon carnet de notes", "Espace parents")
_TRIED = ("act:grades", "act:report", "act:sign_up", "yes:sign_up", "no:sign_up")
_ACTIONS = ("grades", "fees", "sign_up", "report")


def is_besieged(person: int) -> bool:
    """Whether it is the parent of a family whose code is being guessed: they type the right code only.

    The address on file can be reached: it is an e-mail, or the number from which they write.
    """
    number = person - school.PARENTS
    if not 0 <= number < school.FAMILIES or number % _BESIEGED != 1:
        return False
    return bool(school.KNOWN[number].email) or not school.hides_number(person)


class Script:
    """Generates the acts of `families` families and their guessers within `minutes`."""

    def __init__(self, random: Random, families: int, minutes: float) -> None:
        self._random, self._families, self._until = random, school.KNOWN[:families], minutes * 60
        self._acts: list[Act] = []

    def acts(self) -> list[Act]:
        for family in self._families:
            if is_besieged(family.parent):
                self._siege(family)
            else:
                for _ in range(self._random.randint(3, 6)):
                    self._visit(family, self._random.uniform(0, self._until))
        self._reveal(max(act.at for act in self._acts) + 60)
        return self._acts

    def _reveal(self, at: float) -> None:
        """Adds words that tell the numbers of hidden chats: a one-time code may have begun another one."""
        for family in self._families:
            if school.hides_number(family.parent):
                self._say(family.parent, "waha", at, "Bonjour", how="both")

    def _visit(self, family: Family, at: float) -> None:
        visits: list[Callable[[Family, int, str, float], object]] = [
            self._reads,
            self._reads,
            self._mistypes,
            self._comes_too_early,
            self._tries_others,
            self._falls_idle,
            self._changes_channel,
            self._logs_out,
            self._signs_up,
            self._signs_up,
            self._signs_up,
            self._signs_up,
            self._tells,
        ]
        if school.hides_number(family.parent):
            visits += [self._is_merged] * 3
        visit = self._random.choice(visits)
        visit(family, family.parent, self._random.choice(CHANNELS), at)

    def _reads(self, family: Family, person: int, channel: str, at: float) -> float:
        """Adds a proof and some reading; returns the time of its end."""
        at = self._prove(family, person, channel, at)
        for _ in range(self._random.randint(1, 3)):
            at = self._asks(family, person, channel, at)
        return at

    def _mistypes(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds one wrong code or two, then the right one."""
        at = self._say(person, channel, at, "espace parents")
        for _ in range(self._random.randint(1, 2)):
            at = self._say(person, channel, at, self._wrong(family), how="wrong")
        self._reads(family, person, channel, at)

    def _comes_too_early(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds presses and words for records before the proof, then the code that they ask for."""
        at = self._asks(family, person, channel, at)
        at = self._press(person, channel, at, f"yes:sign_up:{family.children[0].id}")
        at = self._asks(family, person, channel, at)
        self._code(family, person, channel, at)
        self._asks(family, person, channel, at + 20)

    def _tries_others(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds presses with ids of other families, after a proof."""
        at = self._prove(family, person, channel, at)
        for _ in range(self._random.randint(2, 4)):
            child = self._random.choice(self._random.choice(self._families).children).id
            what = self._random.choice(_TRIED)
            at = self._press(person, channel, at, f"{what}:{child}")

    def _falls_idle(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds wishes around the time at which the session ends, and after it."""
        at = self._reads(family, person, channel, at)
        at += self._random.choice([270, 290, 310, 400])
        for _ in range(2):
            at = self._asks(family, person, channel, at)

    def _changes_channel(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds a proof on one channel and wishes on another."""
        at = self._prove(family, person, channel, at)
        other = self._random.choice([each for each in CHANNELS if each != channel])
        for place in (other, channel, other):
            at = self._asks(family, person, place, at - 8)

    def _logs_out(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds two families on one phone, with a logout between them or without, and questions."""
        person = SHARERS + family.number
        at = self._question(person, channel, at)
        at = self._reads(family, person, channel, at)
        at = self._question(person, channel, at)
        if self._random.random() < 0.7:
            at = self._say(person, channel, at, _LOGOUT, how="logout")
            at = self._question(person, channel, at)
            at = self._asks(family, person, channel, at)
        other = self._random.choice(self._families)
        at = self._reads(other, person, channel, at)
        self._asks(family, person, channel, at)

    def _signs_up(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds a change with its confirmation, given once or twice, at once or again later."""
        random, child = self._random, self._random.choice(family.children)
        at = self._prove(family, person, channel, at)
        for _ in range(random.randint(1, 2)):
            at = self._press(person, channel, at, f"act:sign_up:{child.id}")
            if random.random() < 0.2:
                at = self._say(person, channel, at, "non")
                continue
            for _ in range(random.choice([1, 1, 2, 3])):
                at = self._confirms(child.id, person, channel, at)
                at -= random.choice([0, 9, 12])

    def _confirms(self, child: str, person: int, channel: str, at: float) -> float:
        if self._random.random() < 0.5:
            return self._say(person, channel, at, YES)
        return self._press(person, channel, at, f"yes:sign_up:{child}")

    def _tells(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds ordinary questions among the wishes of a proven person."""
        at = self._prove(family, person, channel, at)
        for _ in range(3):
            at = self._question(person, channel, at)
            at = self._asks(family, person, channel, at)

    def _is_merged(self, family: Family, person: int, _channel: str, at: float) -> None:
        """Adds two conversations of one person, one with a proof, that are then found to be one."""
        chats = [PHONE, ""]
        self._random.shuffle(chats)
        at = self._prove(family, person, "waha", at, chat=chats[0])
        at = self._asks(family, person, "waha", at, chat=chats[1])
        at = self._say(person, "waha", at, "Bonjour", how="both")
        for _again in range(2):
            at = self._asks(family, person, "waha", at, chat=PHONE)

    # A family whose code is being guessed.

    def _siege(self, family: Family) -> None:
        """Adds an honest parent with the right code, typed again and again, and guessers of its beginning."""
        random = self._random
        channel = "waha" if not family.email else random.choice(CHANNELS)
        at = random.uniform(60, 400)
        while at < SIEGE:
            later = self._code(family, family.parent, channel, at)
            self._say(family.parent, channel, later + random.uniform(40, 90), "", how="one_time")
            at = later + random.uniform(400, 700)
        for number in range(_SIEGERS):
            guesser = GUESSERS + family.number * _SIEGERS + number
            self._guess(family, guesser, random.choice(CHANNELS), random.uniform(0, SIEGE / 2))
        for number in range(_FINDERS):
            finder = FINDERS + family.number * _FINDERS + number
            self._find(family, finder, random.choice(CHANNELS), random.uniform(0, SIEGE / 2))

    def _guess(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds tries of one guesser: codes with the beginning, and one-time codes."""
        random = self._random
        for number in range(_TRIES):
            if number and random.random() < 0.15:
                for _ in range(random.choice([1, 4])):
                    at = self._say(person, channel, at, f"{random.randrange(10**6):06d}", how="guess")
            elif random.random() < 0.04:
                at = self._code(family, person, channel, at)
            else:
                at = self._say(person, channel, at, self._wrong(family), how="wrong")
            at += random.choice([0, 5, 300, 900]) * random.random()

    def _find(self, family: Family, person: int, channel: str, at: float) -> None:
        """Adds tries of a person who found the code, whose contact has the parent's number by mistake."""
        self._say(person, channel, at, "Bonjour")
        self._act(person, channel, at + 60, do="filed", target=f"+22177{family.parent:07d}")
        for _ in range(3):
            at += self._random.uniform(120, 900)
            self._asks(family, person, channel, self._code(family, person, channel, at))

    # What people say.

    def _prove(self, family: Family, person: int, channel: str, at: float, chat: str = "") -> float:
        if self._random.random() < 0.7:
            at = self._say(person, channel, at, self._random.choice(_WISHES), chat=chat)
        return self._code(family, person, channel, at, chat=chat)

    def _code(self, family: Family, person: int, channel: str, at: float, chat: str = "") -> float:
        """Adds the right code, as people write it."""
        code, digits = family.code, family.code[-4:]
        forms = (code, code, code.lower(), f"mon code est {code}", f" {code}.", code.replace("-", " "))
        odd = (f"{family.beginning}-{digits.replace('0', 'O')}", code.replace("-", "–"))
        words = self._random.choice([*forms, *odd])
        return self._say(person, channel, at, words, how=f"code:{family.number}", chat=chat)

    def _wrong(self, family: Family) -> str:
        """Returns a code with the family's beginning that is no family's."""
        ending = (int(family.code[-4:]) + self._random.randint(1, 9_999)) % 10_000
        return f"{family.beginning}-{ending:04d}"

    def _asks(self, family: Family, person: int, channel: str, at: float, chat: str = "") -> float:
        """Adds a wish: by a button or a word, for one child or all."""
        random = self._random
        if random.random() < 0.4:
            return self._say(person, channel, at, random.choice(_WISHES), chat=chat)
        action = random.choice(_ACTIONS)
        of = "" if action == "fees" else f":{random.choice([*(each.id for each in family.children), '*'])}"
        return self._press(person, channel, at, f"act:{action}{of}", chat=chat)

    def _question(self, person: int, channel: str, at: float) -> float:
        return self._say(person, channel, at, self._random.choice(_QUESTIONS)) + 10

    def _press(self, person: int, channel: str, at: float, id: str, *, chat: str = "") -> float:
        """Adds the press of a button, or the words beside it on channels without buttons."""
        if channel == "listed":
            return self._act(person, channel, at, "Choix", press=id)
        named = ":".join(id.split(":")[:2])
        said = _WORDS[named]
        child = school.BY_CHILD.get(id.rpartition(":")[2])
        if child and named.startswith("act:"):
            said += " " + next(each.text for each in child.children if each.id == id.rpartition(":")[2])
        return self._say(person, channel, at, said, chat=chat)

    def _say(
        self, person: int, channel: str, at: float, words: str, *, how: str = "", chat: str = ""
    ) -> float:
        mark = f"q7{len(self._acts):05d}" if "{}" in words else ""
        words = words.replace("{}", mark)
        return self._act(person, channel, at, words, mark=mark, how=how, chat=chat)

    def _act(self, person: int, channel: str, at: float, words: str = "", **facts: str) -> float:
        """Adds an act; returns the time of the next one, when the person has read the answer or sooner."""
        named = {"do": "say", "id": f"V{len(self._acts)}", "text": words, **facts}
        self._acts.append(
            Act.model_validate({"at": round(at, 3), "person": person, "channel": channel, **named})
        )
        return at + self._random.choice([3, 14, 14, 25]) * (0.6 + 0.6 * self._random.random())
