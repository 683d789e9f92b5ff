"""A run of dialogues: each is played, checked and, if there is a judge, judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.errors import Retry
from shared.platform.secrets import Secrets
from shared.routing import Router
from tests.evals.dialogues.cases import Dialogue
from tests.evals.dialogues.checks import faults
from tests.evals.dialogues.judge import Judged, judged
from tests.evals.dialogues.scripted import Lineup, ScriptedServer
from tests.evals.dialogues.stage import Played, Stage


@dataclass
class Result:
    """A dialogue with its turns, the faults in them, and the judge's verdicts by the number of the turn."""

    dialogue: Dialogue
    turns: list[Played] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    judged: dict[int, Judged] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.faults

    @property
    def cost(self) -> float:
        """The cost (US dollars) of its turns, without the judge's."""
        return sum(turn.cost for turn in self.turns)


async def run(
    dialogues: Sequence[Dialogue], lineup: Lineup, server: ScriptedServer, secrets: Secrets
) -> AsyncIterator[Result]:
    """Plays the dialogues one after the other; with real models only those that are about them."""
    async with AsyncExitStack() as worlds:
        shared: dict[str, Stage] = {}
        for dialogue in dialogues:
            if not (lineup.scripted or dialogue.real):
                continue
            stage = shared.get(dialogue.tenant) if dialogue.plain else None
            if stage is None:
                folder = Path(worlds.enter_context(TemporaryDirectory()))
                stage = Stage(folder, dialogue, lineup, server, secrets)
                worlds.push_async_callback(stage.close)
                await stage.prepare()
                if dialogue.plain:
                    shared[dialogue.tenant] = stage
            yield await play(stage, dialogue, scripted=lineup.scripted)


async def play(stage: Stage, dialogue: Dialogue, *, scripted: bool) -> Result:
    """Plays a dialogue until its end, or until a turn that cannot be played."""
    stage.enter(dialogue)
    result = Result(dialogue)
    router = Router(stage.store, stage.clock, stage.ids, stage.parts.directory)
    before: list[str] = []
    for number, turn in enumerate(dialogue.turns, start=1):
        try:
            played = await stage.take(turn)
        except (LookupError, Retry) as error:
            result.faults.append(f"turn {number}: cannot be played: {error}")
            return result
        result.turns.append(played)
        result.faults += faults(dialogue, turn, played, scripted=scripted)
        if played.steps and played.said and router.does(stage.tenant, "judge"):
            result.judged[number] = await judged(router, stage.tenant, before, turn.text, played)
        before += [f"person: {turn.text}", f"concierge: {played.said}"]
    return result
