"""The guessing suite: many contacts guess the codes of families over days, while honest parents come by.

The guessers share their notes: they try no code of a family twice, half of the time choose one that was not
locked when they last looked, and guess at one-time codes too. Parents type their code, now and then with a
mistake, read their mail, and come back every five minutes if they are told to wait.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.guessing.stage import Stage
from tests.unit.answers.services.families import Families, family

DAYS, FAMILIES, CODES = 2, 42, 10_000
WELCOME, WRONG, LOCKED = "Bienvenue", "Je ne reconnais pas", "Il y a eu trop d'essais faux. "
_AGAIN = timedelta(minutes=5)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass
class Home:
    """A family: its code, the parent's number and the mail on file, "" if it is the number instead."""

    name: str
    code: str
    parent: str
    email: str
    #: Codes that guessers have still to try, and the time until which they believe it locked.
    untried: list[str]
    opens: datetime | None = None
    found: bool = False


@dataclass
class Outcome:
    """The result of a play. `judged` are codes that the source's answer was told of, by family; `waits` the
    time from a parent's first try to the proof."""

    found: int = 0
    tried: int = 0
    told: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    waits: list[timedelta] = field(default_factory=list)

    @property
    def expected(self) -> float:
        """The number of codes that chance finds with so many that were judged."""
        return sum(self.judged.values()) / CODES

    @property
    def allowed(self) -> int:
        """The number of codes that chance exceeds once in a thousand plays (Poisson)."""
        found, left = 0, 1.0 - (chance := math.exp(-self.expected))
        while left > 0.001:
            found += 1
            chance *= self.expected / found
            left -= chance
        return found


def most_judged(days: float) -> int:
    """Returns the greatest number of codes of one family that the locks let be judged in so many days."""
    first = timedelta(minutes=15 + 30)
    return 3 * (3 + math.ceil((timedelta(days=days) - first) / timedelta(hours=1)))


class Play:
    def __init__(self, seed: int, contacts: int, tries: int, families: int = FAMILIES) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a play is to be repeatable
        self._homes = [self._home(number) for number in range(families)]
        self._guessers = [f"+22177{number:07}" for number in range(1_000_000, 1_000_000 + contacts)]
        self._locked = dict.fromkeys(self._guessers, datetime.min)
        self._tries, self.outcome = tries, Outcome()
        of = {
            home.code: family(home.name, number, home.email, "" if home.email else home.parent)
            for number, home in enumerate(self._homes)
        }
        self.stage = Stage(Families(of))
        self._begin = self.stage.clock.now()

    async def run(self) -> Outcome:
        """Plays all tries, evenly over the days, and two visits of each parent on each day."""
        end = timedelta(days=DAYS)
        due: list[tuple[timedelta, int, Home | None, timedelta]] = [
            (end * number / self._tries, number, None, timedelta(0)) for number in range(self._tries)
        ]
        for number in range(2 * DAYS * len(self._homes)):
            at = end * self._random.random()
            due.append((at, self._tries + number, self._homes[number % len(self._homes)], at))
        heapq.heapify(due)
        while due:
            at, number, home, since = heapq.heappop(due)
            self.stage.clock.time = max(self.stage.clock.time, self._begin + at)
            if home is None:
                await self._guess()
            elif not await self._visit(home, since):
                heapq.heappush(due, (at + _AGAIN, number, home, since))
        return self.outcome

    async def _guess(self) -> None:
        now = self.stage.clock.now().replace(tzinfo=None)
        home = self._target(now)
        guesser = next(
            (each for each in self._random.sample(self._guessers, 20) if self._locked[each] <= now), ""
        )
        if home is None or not guesser:
            return
        told = await self.stage.types(guesser, home.untried.pop())
        self.outcome.tried += 1
        self.outcome.told[told[:12]] += 1
        if told.startswith((WRONG, WELCOME)):
            self.outcome.judged[home.name] += 1
        elif told.startswith(LOCKED):
            self._locked[guesser] = now + timedelta(minutes=15)
            self.outcome.judged[home.name] += 1  # the third wrong try is told by its lock
        else:
            home.opens = now + timedelta(minutes=5)
            if self._random.random() < 0.02:
                await self.stage.types(guesser, f"{self._random.randrange(1_000_000):06}")
        if await self.stage.proved(guesser):
            home.found = True
            self.outcome.found += 1

    def _target(self, now: datetime) -> Home | None:
        left = [home for home in self._homes if not home.found and home.untried]
        if self._random.random() < 0.5:
            left = [home for home in left if home.opens is None or home.opens <= now] or left
        return self._random.choice(left) if left else None

    async def _visit(self, home: Home, since: timedelta) -> bool:
        """Plays a parent's visit; returns whether they have proved to be of the family."""
        typed = f"{home.code[:-1]}{(int(home.code[-1]) + 1) % 10}"
        if self._random.random() < 0.1:
            await self.stage.types(home.parent, typed)
        told = await self.stage.types(home.parent, home.code)
        if "usage unique" in told and (code := self.stage.mailed(home.email)):
            await self.stage.types(home.parent, code)
        if not await self.stage.proved(home.parent):
            return False
        self.outcome.waits.append(self.stage.clock.now() - self._begin - since)
        return True

    def _home(self, number: int) -> Home:
        name = "".join(self._random.choices(_LETTERS, k=6))
        codes = [f"{name}-{digits:04}" for digits in range(CODES)]
        self._random.shuffle(codes)
        email = "" if number % 4 == 0 else f"{name.lower()}@example.org"
        return Home(name, self._random.choice(codes), f"+22178{number:07}", email, codes)
