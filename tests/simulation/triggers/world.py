"""A world with triggers: days instead of minutes, a scheduler that is late or away, clocks that jump."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from shared.conversation.conversation import Conversation
from shared.models.deployment import Deployment
from shared.models.message import Outbound
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.models.terms import Pace, Terms
from shared.models.trigger import Trigger
from tests.simulation.agents import Shift
from tests.simulation.documents import Row
from tests.simulation.memory import GoodLine, MemoryStore
from tests.simulation.people import Act, Life
from tests.simulation.triggers import clocks
from tests.simulation.triggers.history import History
from tests.simulation.triggers.organisation import Organisation
from tests.simulation.triggers.scene import ATTRIBUTES, DAY, HOME, Scene
from tests.simulation.triggers.script import Script
from tests.simulation.wire import TENANT
from tests.simulation.world import Plan, World

PEOPLE, DAYS = 100, 3
#: Minutes of acts at the desk in one world.
_DESK = 25.0
WINDOW = timedelta(hours=24)


def plan_of(seed: int, people: int = PEOPLE, days: int = DAYS) -> Plan:
    """Returns the plan of a world with triggers."""
    random = Random(f"triggers {seed}")  # noqa: S311
    scene = Scene.of(random, days)
    acts = Life(random, people, scene.days * 1440 * 0.95).acts()
    acts = [act.model_copy(update={"at": act.at + scene.first}) for act in acts if act.do != "forget"]
    desk = Shift(random, _DESK).acts()
    begins = scene.first + random.uniform(0.1, 0.8) * scene.days * 86_400
    acts += [act.model_copy(update={"at": act.at + begins}) for act in desk]
    acts += Script(random, scene, people).acts()
    return Plan(seed=seed, acts=sorted(acts, key=lambda act: (act.at, act.id)), scene=scene)


class JumpingClock:
    """The clock of an instance of `triggers`: the world's, or behind it by `world.behind` (s)."""

    def __init__(self, world: TriggerWorld) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.clock.now() - timedelta(seconds=self._world.behind)

    async def sleep(self, seconds: float) -> None:
        await self._world.loop.sleep(seconds)


class TriggerWorld(World):
    REPLICAS = {**World.REPLICAS, "triggers": 2, "contacts": 1}

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        assert plan.scene is not None
        self.scene = plan.scene
        self.loop.now = self.scene.first
        self.behind = 0.0
        self.history = History()
        self._organisation = Organisation(self)
        self._away_until = 0.0
        for day in self.scene.holidays:
            begins = clocks.instant(datetime.fromisoformat(day), HOME)
            self.off.append((begins, begins + 2 * DAY))

    def clock_of(self, function: str) -> Any:
        return JumpingClock(self) if function == "triggers" else self.clock

    def terms(self, channel: str) -> Terms:
        begun = Pace(burst=20, every=timedelta(seconds=1))
        window = WINDOW if channel == "blind" else None
        return Terms(window=window, pace=super().terms(channel).pace, begun=begun, strangers=True)

    def tenant(self) -> dict[str, Any]:
        rules = {"attributes": ATTRIBUTES, "messaging": self.scene.messaging, "holidays": self.scene.holidays}
        return super().tenant() | {"timezone": HOME, "secrets": {"contacts_key": "contacts"}} | rules

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"first_words": True}

    def begun(self) -> set[str]:
        return set(self.history.begun)

    def ended(self) -> int:
        rows = self.documents.rows.values()
        return sum(row.model is Occurrence and row.fields["due_at"] is None for row in rows)

    def speaks_anyway(self, turn: str) -> bool:
        versions = self.history.triggers.get(turn.partition(".")[0], [])
        return any(each.fields["definition"].get("busy") == "send" for each in versions)

    def meant_for(self, trigger: str) -> int:
        """Returns the number of people that the console shows for a broadcast, perhaps an old one."""
        found = self.history.triggers[trigger][-1].fields["why"].partition("write confirm: ")[2]
        return int(found.rstrip(")") or 1)

    async def _write_tenant(self) -> None:
        await super()._write_tenant()
        self.documents.on_write = self._written
        store = MemoryStore(self.documents, GoodLine())
        for name, definition in self.scene.triggers.items():
            await store.put(Trigger(tenant=TENANT, trigger=name, definition=definition))

    def _do(self, act: Act) -> None:
        if act.do in ("system", "trigger"):
            self.journal.note("act", do=act.do, id=act.id, how=act.how, text=act.text, about=act.target)
            self._organisation.do(act)
        elif act.do == "trouble":
            self.journal.note("act", do=act.do, id=act.id, how=act.how, lasts=round(act.age))
            self._trouble(act)
        else:
            super()._do(act)

    def _trouble(self, act: Act) -> None:
        now, until = self.loop.now, self.loop.now + act.age
        match act.how:
            case "no_ticks":
                self._away_until = max(self._away_until, until)
                self.history.away.append((now, until))
            case "clock_back":
                self.behind = act.chance
                self.loop.after(act.age, self._forward)
                self.history.behind.append((now, until, act.chance))
            case "paused":
                self.history.away.append((now, until + 60))
                self.off.append((now, until + 60))
                self._organisation.pause(act.age)

    def _forward(self) -> None:
        self.behind = 0.0

    def _minute(self) -> None:
        super()._minute()
        random = self.random
        if self.loop.now < self._away_until or random.random() < 0.05:
            return
        for _ in range(random.choice([1, 1, 1, 2])):
            self.loop.after(random.choice([0, 0, 0, 30, 150]) * random.random(), self._tick_once)

    def _tick_once(self) -> None:
        if process := self.pick("triggers"):
            process.run(process.parts.tick.run(), self._ended)

    def _written(self, row: Row) -> None:
        super()._written(row)
        now = self.loop.now
        if row.model is Contact:
            self.history.contact(now, row.fields)
        elif row.model is Trigger:
            self.history.trigger(now, row.fields)
        elif row.model is Conversation:
            self.history.conversation(now, row.fields)
        elif row.model is Outbound and row.fields["trigger"]:
            self.history.message(now, row.fields)
        elif row.model is Deployment:
            self.journal.note("deployment", paused=row.fields["paused_at"] is not None)
