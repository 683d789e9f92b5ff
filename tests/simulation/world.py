"""One world: people, gateways, bus, store and processes, from one seed, until all work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, ClassVar
from unittest.mock import patch

import structlog
from pydantic import BaseModel

from shared import llm
from shared.conversation.conversation import Conversation
from shared.errors import Retry
from shared.formats import whatsapp
from shared.models import pending
from shared.models.handoff import Handoff
from shared.models.message import Inbound, Outbound
from shared.models.tenant import Channel, Tenant
from shared.models.terms import Terms
from shared.platform import fair_line, logs
from shared.platform.clock import Clock
from shared.wiring import reply as wiring
from tests.simulation import lies
from tests.simulation.agents import PAGER, Shift, roster
from tests.simulation.bus import Message, SimulatedBus
from tests.simulation.clock import SeededIds, VirtualClock
from tests.simulation.documents import Documents, Row, Write
from tests.simulation.faults import KINDS, Faults
from tests.simulation.gateway import Gateway
from tests.simulation.inbox import Inboxes
from tests.simulation.journal import Journal
from tests.simulation.loop import VirtualLoop
from tests.simulation.memory import GoodLine, MemoryStore
from tests.simulation.model import TASKS, NoPieces, SimulatedLibrary
from tests.simulation.pager import Pager
from tests.simulation.people import CHANNELS, EMERGENCY, Act, Life
from tests.simulation.posting import Posting
from tests.simulation.process import Killed, Process
from tests.simulation.services.mailbox import Mailbox
from tests.simulation.services.source import School
from tests.simulation.triggers.scene import Scene
from tests.simulation.wire import TENANT

PEOPLE, MINUTES = 200, 40.0
#: Concurrent turns of a tenant in one process: few enough that people queue all the time.
SHARE = 4
#: Silence after a staff act, and idle time that ends a session, in these worlds (min).
SILENCE, IDLE = 6, 5
#: What a request for a human promises (min): its answer, the next to be told, and the end of a silent talk.
ANSWER, NEXT, TALK_IDLE = 3, 1, 4
#: Messages a minute that a person may write, and the text sent in an emergency.
RATE, TOLD = 10, "Au secours !"
#: Size (bytes) up to which a waiting message is kept whole: about every second one here, others by reference.
WHOLE = 275
#: Minutes after the end of the faults within which all work must be done.
REST = 120
#: Minutes after the end of the faults in which open requests go on at least.
CALM = 20


class Plan(BaseModel):
    """All inputs that determine a world."""

    seed: int
    acts: list[Act]
    faults: list[str] = list(KINDS)
    #: The tenant's triggers, in a world that has some.
    scene: Scene | None = None
    #: Whether the tenant has services.
    services: bool = False

    @classmethod
    def of(cls, seed: int, people: int = PEOPLE) -> Plan:
        acts = Life(Random(seed), people, MINUTES).acts()  # noqa: S311
        acts += Shift(Random(f"desk {seed}"), MINUTES).acts()  # noqa: S311
        return cls(seed=seed, acts=sorted(acts, key=lambda act: (act.at, act.id)))


class World:
    #: The address of our functions, "" if it is unset.
    ORIGIN = ""
    REPLICAS: ClassVar = {"webhook": 2, "reply": 3, "deliver": 2, "handoff": 2, "maintenance": 1}

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.random = Random(f"world {plan.seed}")  # noqa: S311
        self.loop = VirtualLoop(Random(f"order {plan.seed}"))  # noqa: S311
        self.clock, self.ids = VirtualClock(self.loop), SeededIds(self.random)
        self.journal = Journal(self.loop)
        self.faults = Faults(plan.seed, plan.faults)
        self.documents = Documents()
        self.bus, self.posting = SimulatedBus(self), Posting(self)
        self.gateways = {name: Gateway(self, name, lists=name != "blind") for name in CHANNELS}
        self.pager, self.inboxes = Pager(self), Inboxes(self)
        self.mailbox, self.school = Mailbox(self), School(self)
        self.bugs: list[BaseException] = []
        self.dead: list[Message] = []
        #: When no staff are told: on holidays, and while the deployment is paused (begin and end).
        self.off: list[tuple[float, float]] = []
        #: Rows removed by retention, by the message's id.
        self.forgotten: dict[str, Row] = {}
        #: The request with which each turn began, by the marks of its messages.
        self.drafts: dict[str, llm.Request] = {}
        #: The people whose canaries a model may tell.
        self.spoken = sorted(lies.canaries("\n".join(act.text for act in plan.acts))) or [0]
        self._started = 0
        self._processes: dict[str, list[Process]] = {}

    def run(self) -> World:
        """Runs the world from beginning to end."""
        self.loop.set_exception_handler(lambda _, context: self.failed(context.get("exception")))
        with (
            _quiet(),
            patch.object(wiring, "Library", SimulatedLibrary),
            patch.object(wiring, "PieceLibrary", NoPieces),
            patch.object(fair_line, "SLOTS", SHARE),
            patch.object(pending, "WHOLE_BYTES", WHOLE),
        ):
            try:
                self.loop.run_until_complete(self._live())
            finally:
                self._end()
        return self

    def pick(self, function: str) -> Process | None:
        """Returns a random live instance of the function, or None if all are down."""
        alive = [process for process in self._processes[function] if process.alive]
        return self.random.choice(alive) if alive else None

    def restart(self, dead: Process) -> None:
        self._processes[dead.function].remove(dead)
        self.loop.after(self.random.uniform(0.5, 5), self._start, dead.function)

    def failed(self, error: BaseException | None) -> None:
        """Records an exception that was not injected."""
        if error is not None and not isinstance(error, Retry | Killed):
            self.bugs.append(error)

    def begun(self) -> set[str]:
        """Returns the ids of the messages that triggers began."""
        return set()

    def ended(self) -> int:
        """Returns the number of occurrences of triggers that were sent, left out or cancelled."""
        return 0

    def speaks_anyway(self, turn: str) -> bool:
        """Whether a message may go into the conversation of a human."""
        return False

    def overhear(self, request: llm.Request) -> None:
        """Is told of each request to a model."""

    def was_off(self, since: float, until: float) -> bool:
        """Whether no staff were told at some time between these."""
        return any(begin < until and since < end for begin, end in self.off)

    def at_rest(self) -> bool:
        return not self.posting.busy and not self.bus.busy and not self.due()

    def due(self) -> list[str]:
        """Returns the paths of documents with work due."""
        return self.documents.due("conversations", "messages")

    async def _live(self) -> None:
        await self._write_tenant()
        for function, replicas in self.REPLICAS.items():
            self._processes[function] = []
            for _ in range(replicas):
                self._start(function)
        self.documents.on_write = self._written
        for act in self.plan.acts:
            self.loop.after(act.at - self.loop.now, self._do, act)
        scheduler = self.loop.create_task(self._tick())
        scheduler.add_done_callback(self._ended)
        last = max((act.at for act in self.plan.acts), default=0.0)
        # Half a minute after a tick, when its work is done.
        await self.loop.sleep(60 * (last // 60) + 90 - self.loop.now)
        self.faults.stop()
        self.journal.note("calm")
        calm = 0
        for minute in range(REST):
            await self.loop.sleep(60)
            calm = calm + 1 if self.at_rest() else 0
            if calm >= 2 and minute >= CALM:
                break

    def clock_of(self, function: str) -> Clock:
        """Returns the clock of an instance."""
        return self.clock

    def terms(self, channel: str) -> Terms:
        """Returns the terms of a plain gateway."""
        return Terms(pace=whatsapp.PACE)

    def tenant(self) -> dict[str, Any]:
        """Returns the tenant's document."""
        limits = {
            "human_silence_minutes": SILENCE,
            "session_idle_minutes": IDLE,
            "messages_per_minute": RATE,
        }
        texts = {language: {"emergency": TOLD} for language in ("fr", "en", "es", "wo")}
        tenant = {"tenant": TENANT, "name": "Parish", "languages": ["fr", "en"], "limits": limits}
        names = {name for of_task in TASKS.values() for name in of_task}
        entries = {name: {"format": name} for name in sorted(names)}
        answers = {"models": entries, "tasks": TASKS}
        models = {"answers": answers, "emergencies": {"words": [EMERGENCY]}, "texts": texts}
        rules = {"answer_minutes": ANSWER, "next_minutes": NEXT, "idle_minutes": TALK_IDLE}
        hours = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        desk = {"staff": roster(), "notifiers": {PAGER: {"kind": PAGER}}, "handoff": rules, "hours": hours}
        return tenant | models | desk

    def settings(self) -> dict[str, Any]:
        """Returns the settings of all channels."""
        return {"base_url": "http://waha", "session": "default"}

    async def _write_tenant(self) -> None:
        store = MemoryStore(self.documents, GoodLine())
        await store.put(Tenant.model_validate(self.tenant()))
        secrets = {"api_key": "api", "hmac_key": "hmac"}
        for name in CHANNELS:
            kind = "waha" if name == "waha" else "plain"
            await store.put(
                Channel(tenant=TENANT, channel=name, kind=kind, settings=self.settings(), secrets=secrets)
            )

    def _start(self, function: str) -> None:
        self._started += 1
        self._processes[function].append(Process(self, function, self._started))

    def _do(self, act: Act) -> None:
        self.journal.note("act", do=act.do, id=act.id, person=act.person, on=act.channel, text=act.text)
        match act.do:
            case "forget":
                self._forget(act)
            case "console":
                self._edit(act)
            case "desk":
                self.posting.do(self._resolved(act))
            case "paged":
                self.posting.answer(self._resolved(act), self.inboxes.meant[act.id].handoff)
            case _:
                self.posting.do(act)

    def _resolved(self, act: Act) -> Act:
        done = self.inboxes.does(act)
        self.journal.note("did", id=act.id, how=act.how, text=done.text, quote=done.quote, press=done.press)
        return done

    def _edit(self, act: Act) -> None:
        """Edits a request in the database's console: gives it to somebody, or closes it."""
        rows = [row for row in self.documents.rows.values() if row.model is Handoff]
        wanted = ("taken",) if act.how == "closed" else ("requested", "notified")
        found = [row for row in rows if row.fields["state"] in wanted]
        if not found:
            return
        request = Handoff.model_validate(found[int(act.chance * len(found))].fields)
        if act.how == "closed":
            request.state = "closed"
        else:
            request.taken_by = act.how
        self.journal.note("edited", id=request.handoff, to=act.how)
        self.documents.commit([Write.of("put", request)], [])

    def _forget(self, act: Act) -> None:
        """Removes a message long settled, as retention does; its gateway then posts it once more."""
        rows = [row for path, row in self.documents.rows.items() if path.endswith(f"/messages/{act.target}")]
        if len(rows) != 1 or rows[0].fields["outcome"] is None or self._is_open(rows[0].fields["turn"]):
            return
        self.forgotten[act.target] = rows[0]
        self.documents.commit([Write("delete", rows[0].path)], [])
        self.journal.note("forgotten", id=act.target)
        self.posting.again(next(said for said in self.plan.acts if said.id == act.target), 1.0)

    def _is_open(self, turn: str) -> bool:
        answers = (
            row.fields for row in self.documents.rows.values() if row.path.endswith(f"/messages/{turn}")
        )
        return any(answer.get("open") for answer in answers)

    async def _tick(self) -> None:
        while True:
            await self.loop.sleep(60)
            self._minute()

    def _minute(self) -> None:
        """Runs the sweep, the walk over reflections and the tick of `handoff`, as the scheduler does.

        Neither waits for the previous one.
        """
        if process := self.pick("maintenance"):
            process.run(process.parts.sweep.run(), self._ended)
            process.run(process.parts.reflections.run(), self._ended)
        if process := self.pick("handoff"):
            process.run(process.parts.due.run(), self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled():
            self.failed(task.exception())

    def _written(self, row: Row) -> None:
        doc = row.fields
        if row.model is Conversation:
            waiting = ",".join(message["message"] for message in doc["pending"])
            facts = {
                "epoch": doc["epoch"],
                "lease": doc["lease"] and doc["lease"]["owner"],
                "pending": waiting,
                "merged_into": doc["merged_into"],
            }
            self.journal.note(
                "conversation", id=doc["conversation"], **facts, human=(doc["human"] or {}).get("source")
            )
            for fact in doc["facts"]:
                self.journal.note("stated", id=doc["conversation"], fact=fact["text"])
        elif row.model is Inbound:
            facts = {name: doc[name] for name in ("conversation", "outcome", "reason")}
            self.journal.note("in", id=doc["message"], **facts)
        elif row.model is Outbound:
            facts = {name: doc[name] for name in ("conversation", "author", "seq", "open", "status")}
            parts = ",".join(part["status"] for part in doc["parts"])
            self.journal.note(
                "out", id=doc["message"], **facts, parts=parts, ids=",".join(doc["gateway_ids"])
            )

        elif row.model is Handoff:
            facts = {name: doc[name] for name in ("conversation", "number", "state", "holder", "way")}
            about = {name: ",".join(doc[name]) for name in ("reasons", "messages")}
            step = doc["steps"][-1]
            facts |= {"step": step["step"], "step_at": round(self.clock.seconds(step["at"]), 3)}
            self.journal.note("request", id=doc["handoff"], **facts, **about)

    def _end(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        for processes in self._processes.values():
            for process in processes:
                process.alive = False
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.run_until_complete(asyncio.sleep(60))
        self.loop.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences the logs."""
    config = structlog.get_config()
    logs.configure("critical", lambda _: None)
    try:
        yield
    finally:
        structlog.configure(**config)
