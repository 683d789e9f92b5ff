"""The model server with a script for each turn, and the models of a run: real ones, or the scripted one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from scripts.local import models
from scripts.local.seed import LOCAL_SECRET
from scripts.local.sim.records import SYSTEMS, RecordsFault, RecordSystems
from scripts.local.vendors.models import openai
from scripts.local.vendors.models.exchange import Call, Reply, Seen
from scripts.local.vendors.models.script import filled
from scripts.local.vendors.models.server import PATHS, ModelServer
from shared.models.answers import Answers, ModelEntry
from shared.platform.clock import SystemClock
from tests.evals.dialogues.cases import Dialogue, Said, Turn
from tests.fakes.served import served

#: The name of the scripted model, and of the secret that it takes for a key (scripts/local/models.py).
SCRIPTED, SECRET = "scripted", "SECRET_HEALTH_TOKEN"
#: The secrets of the scripted model and of the organisations' simulated systems.
SECRETS = {SECRET: "local"} | dict.fromkeys(
    ("SECRET_DIOCESE_BASEROW_TOKEN", "SECRET_HOTEL_SYSTEM_TOKEN"), LOCAL_SECRET
)
#: The reading of a message that a turn says nothing else about.
_READ = {
    "language": "",
    "intent": "question",
    "wishes": [],
    "score": 0,
    "needs_attention": False,
    "reason": "",
}
_JUDGED = {"grounded": True, "helpful": True, "language_ok": True, "reason": "not judged: a script"}


class ScriptedServer(ModelServer):
    """Answers by a turn's script. It also hears the voice notes of a run with real models, and has the
    organisations' systems."""

    def __init__(self) -> None:
        super().__init__()
        self.systems = RecordSystems(SystemClock())
        self.lines: list[Said] = []
        self.reads: dict[str, Any] = {}
        self.hears = ""

    def begin(self, turn: Turn, formats: dict[str, str]) -> None:
        """Takes up a turn's script. `formats` are the formats of the models by name."""
        self.reset()
        self.lines, self.reads, self.hears = list(turn.script), turn.reads or {}, turn.text
        for name, failure in turn.failing.items():
            self.fail(formats[name], failure)
        self.systems.clear()
        for system in SYSTEMS if turn.dead else ():
            self.systems.arm(RecordsFault(records=system, status=500, times=10))

    def _reply(self, found: Seen) -> Reply:
        fields = (found.schema or {}).get("properties", {})
        if "intent" in fields:
            return Reply(json.dumps(_READ | self.reads))
        if "grounded" in fields:
            return Reply(json.dumps(_JUDGED))
        if "known" not in fields or not self.lines:
            return super()._reply(found)
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        return _reply(line, found)

    async def _transcribe(self, request: Request) -> Response:
        return openai.transcribed(self.hears) if not self.failures else await super()._transcribe(request)


def _reply(line: Said, found: Seen) -> Reply:
    if line.call:
        calls = [Call(name, arguments) for each in line.call for name, arguments in each.items()]
        return Reply(calls=calls)
    if line.answer:
        known = line.model_dump(include={"answer", "sources", "known", "wants_human", "outside"})
        return Reply(json.dumps(filled(found.schema or {}, known), ensure_ascii=False))
    return Reply(line.raw or "I cannot", stop=line.stop)


@asynccontextmanager
async def serving() -> AsyncIterator[ScriptedServer]:
    """Yields a server on a socket, at the address that the local run has for it; `url` is its origin."""
    server = ScriptedServer()
    routes = [Mount(models.PATH, app=server.app), *server.systems.routes()]
    async with served(Starlette(routes=routes)) as server.url:
        yield server


@dataclass(frozen=True)
class Lineup:
    """The models of a run. `first` answers, `second` is there for failover, `ears` hears voice notes."""

    first: ModelEntry
    second: ModelEntry
    ears: ModelEntry
    judge: ModelEntry | None = None
    scripted: bool = False

    def answers(self, own: Answers, dialogue: Dialogue) -> Answers:
        """Returns the tenant's settings with these models, and its own judge if the run has none."""
        entries = {"first": self.first, "ears": self.ears}
        tasks: dict[str, list[str]] = {"answer": ["first"], "transcribe": ["ears"]}
        if dialogue.second:
            entries["second"] = self.second
            tasks["answer"].append("second")
        if dialogue.understands:
            tasks["understand"] = ["first"]
        judges = {"judge": self.judge} if self.judge else own.order("judge")
        if judges:
            tasks["judge"] = list(judges)
        return Answers(
            models={**entries, **judges},
            tasks=tasks,
            budget=dialogue.budget,
            links=own.links,
        )

    @property
    def formats(self) -> dict[str, str]:
        """The formats of the scripted models by name, as the server names them."""
        known = {"gemini": "gemini", "anthropic": "anthropic", "openai_compatible": "openai"}
        entries = {"first": self.first, "second": self.second, "ears": self.ears}
        return {name: known[entry.format] for name, entry in entries.items()}


def lineup(origin: str, provider: str, model: str = "", judge: str = "") -> Lineup:
    """Returns the models of a run; `provider` is a name of scripts/local/models.py, `judge` may name a model.

    Raises ConfigurationError, which names the variable, if there is no such model.
    """
    form = model if provider == SCRIPTED and model in PATHS else next(iter(PATHS))
    other = next(name for name in PATHS if name != form)
    return Lineup(
        first=_only(models.named(origin, _with(provider, model), "PROVIDER"), provider),
        second=_only(models.named(origin, f"{SCRIPTED}:{other}"), SCRIPTED),
        ears=_only(models.named(origin, SCRIPTED), "ears"),
        judge=_only(models.named(origin, judge, "JUDGE"), judge.partition(":")[0]) if judge else None,
        scripted=provider == SCRIPTED,
    )


def _with(provider: str, model: str) -> str:
    return f"{provider}:{model}" if model else provider


def _only(answers: Answers, name: str) -> ModelEntry:
    return answers.models[name]
