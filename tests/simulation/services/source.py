"""The school's source of records, as one process reaches it: down, slow, with rows of others, and the rest.

A change may be made though its answer is lost or comes too late; the key of a change makes a repeat harmless,
as the real sources do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.records import Broken, Edit, File, Question, is_asked
from tests.simulation.services import school

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

#: How long (s) a change may be under way at most after its caller gave up.
LATE = 20.0
#: Most rows of others that a source mixes in.
_OTHERS = 3


@dataclass(frozen=True)
class Changed:
    """A change that the source carried out, about one child; `begun` is when it was asked to."""

    at: float
    begun: float
    child: str
    key: str


class School:
    """The source's own side: its tables, and the changes that it carried out."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.tables = school.tables()
        self.changes: list[Changed] = []
        self._keys: set[str] = set()
        self._down_until = 0.0

    def is_down(self) -> bool:
        """Whether the source is down now; it may be so for minutes."""
        now, random = self._world.loop.now, self._world.random
        if now >= self._down_until and self._world.faults.strikes("records_down"):
            self._down_until = now + random.choice([1, 30, 300]) * random.random()
        return now < self._down_until

    def find(self, question: Question) -> list[school.Row]:
        rows = [dict(row) for row in self.tables[question.of] if is_asked(row, question.where)]
        return rows[: question.most + 1]

    def some(self, of: str) -> list[school.Row]:
        """Returns some rows, about any person."""
        return [dict(row) for row in self._world.random.sample(self.tables[of], _OTHERS)]

    def change(self, edit: Edit, begun: float) -> school.Row:
        """Carries out a change, once for each key, and returns the row."""
        row = next(row for row in self.tables[edit.of] if is_asked(row, edit.where))
        if edit.key not in self._keys:
            self._keys.add(edit.key)
            row |= edit.sets
            child = row["Child"][0].id
            self.changes.append(Changed(self._world.loop.now, begun, child, edit.key))
            self._world.journal.note("changed", child=child, key=edit.key[:8])
        return dict(row)


class SchoolRecords:
    """The plugin file of one process."""

    def __init__(self, process: Process) -> None:
        self._process, self._world = process, process.world
        self._school = process.world.school

    async def find(self, question: Question) -> Sequence[school.Row]:
        strikes, random = self._world.faults.strikes, self._world.random
        await self._reach()
        if strikes("records_empty"):
            return []
        rows = self._school.find(question)
        if strikes("records_others"):
            rows += self._school.some(question.of)
            random.shuffle(rows)
        if strikes("records_renamed"):
            old = random.choice([name for name in question.fields if name != "id"])
            rows = [{f"{name}_2" if name == old else name: row[name] for name in row} for row in rows]
        return rows

    async def change(self, edit: Edit) -> school.Row:
        strikes, random, loop = self._world.faults.strikes, self._world.random, self._world.loop
        begun = loop.now
        await self._process.line.send(lambda: self._school.change(edit, begun))
        if self._school.is_down():
            raise Broken("the source is down")
        if strikes("records_late"):
            loop.after(random.uniform(1, LATE), self._school.change, edit, begun)
            await loop.sleep(LATE)
            raise Broken("no answer", sure=False)
        row = self._school.change(edit, begun)
        self._process.maybe_crash("crash_after")
        if strikes("records_answer_lost"):
            raise Broken("the answer was lost", sure=False)
        await self._take_time()
        return row if random.random() < 0.9 else {"id": row["id"]}

    async def fields(self, of: str) -> Collection[str] | None:
        return None

    async def read(self, file: File) -> AsyncIterator[bytes]:
        raise Broken("no file exists")
        yield b""

    async def _reach(self) -> None:
        self._process.check()
        await self._take_time()
        if self._school.is_down():
            raise Broken("the source is down")

    async def _take_time(self) -> None:
        random = self._world.random
        slow = self._world.faults.strikes("records_slow")
        takes = random.uniform(school.SECONDS, 2 * school.SECONDS) if slow else random.random() * 0.4
        await self._world.loop.sleep(takes)
        self._process.check()
