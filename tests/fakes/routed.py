"""A router of models that says what a test scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared import llm, routing
from shared.answers.asking import Routed, Router
from shared.errors import Retry
from shared.models.answers import Task
from shared.models.tenant import Tenant
from shared.routing import Router as Real
from tests.fakes.sounds import opus

#: The words of an answer, a failure, or seconds after which nothing has come.
Script = str | Exception | float


@dataclass
class FakeRouter:
    """Answers each task with its scripts in turn, the last one again; other tasks have no model.

    `asked` holds the requests in order: the task, and the request, the sound or the text to speak. Answers
    are those of the `real` router if there is one.
    """

    scripts: Mapping[Task, list[Script]] = field(default_factory=dict)
    asked: list[tuple[Task, llm.Request | llm.File | str]] = field(default_factory=list)
    real: Router | None = None

    def does(self, tenant: Tenant, task: Task) -> bool:
        real = task == "answer" and self.real is not None and self.real.does(tenant, task)
        return real or task in self.scripts

    async def complete(
        self, tenant: Tenant, task: Task, request: llm.Request, *, within: float | None = None
    ) -> Routed:
        if task == "answer" and self.real is not None:
            return await self.real.complete(tenant, task, request, within=within)
        self.asked.append((task, request))
        return await self._say(task, within)

    async def transcribe(self, tenant: Tenant, sound: llm.File, language: str, *, within: float) -> Routed:
        self.asked.append(("transcribe", sound))
        return await self._say("transcribe", within)

    async def speak(self, tenant: Tenant, text: str, language: str, *, within: float) -> Routed:
        self.asked.append(("speak", text))
        said = await self._say("speak", within)
        sound = llm.File(opus(len(text) / 15, said.completion.text.encode()), "audio/ogg")
        return routing.Routed(llm.Completion([sound], "done"), "model", 0.0)

    async def _say(self, task: Task, within: float | None) -> Routed:
        scripts = self.scripts[task]
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        if isinstance(script, Exception):
            raise script
        if not isinstance(script, str):
            try:
                async with asyncio.timeout(within):
                    await asyncio.sleep(script)
            except TimeoutError:
                raise Retry("no_model_in_time") from None
            script = ""
        return routing.Routed(llm.Completion([llm.Text(script)], "done"), "model", 0.0)

    async def write_usage(self, tenant: str) -> None:
        pass

    def tasks(self) -> Sequence[Task]:
        """Returns the tasks that were asked, in order."""
        return [task for task, _ in self.asked]


def routed_by(router: FakeRouter) -> Callable[..., FakeRouter]:
    """Returns a replacement for the router in the wiring, which asks the real one for answers."""

    def build(*parts: Any) -> FakeRouter:
        router.real = Real(*parts)
        return router

    return build
