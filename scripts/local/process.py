"""One function as a process, started with the functions framework's own command as the platform does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from scripts.local.leash import leashed
from scripts.yaml_file import ROOT
from shared.platform import logs

_START_DEADLINE_S = 60.0
_STOP_DEADLINE_S = 5.0
#: Maximum bytes of a line of output; our log lines are shorter (platform/logs).
LINE = 1024 * 1024


class FunctionProcess:
    """A function's process, restarted on the same port if it exits. `note` gets each of its log lines."""

    def __init__(self, name: str, port: int, note: Callable[[Mapping[str, object]], None]) -> None:
        self.name, self.port, self._note = name, port, note
        self.url = f"http://127.0.0.1:{port}"
        self.process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once it answers. Raises RuntimeError if it does not start."""
        self._keeper = asyncio.create_task(self._keep())
        await self._answering(self._keeper)

    async def stop(self) -> None:
        """Terminates it, and kills it after a few seconds; messages in progress are pushed again."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._end()

    def kill(self) -> None:
        """Kills it (SIGKILL) with all its workers."""
        if self.process is not None and self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    async def _keep(self) -> None:
        while True:
            self.process = await self._spawn()
            if self.process.stdout is None:
                raise RuntimeError("its output is not piped")
            try:
                await asyncio.gather(self.read(self.process.stdout), self.process.wait())
            finally:
                if self.process.stdin is not None and self.process.returncode is not None:
                    self.process.stdin.close()  # tells its watcher to end (leash.py)

    async def _spawn(self) -> asyncio.subprocess.Process:
        command = Path(sys.executable).with_name("functions-framework")
        return await asyncio.create_subprocess_exec(
            *leashed(
                str(command),
                f"--target={self.name}",
                f"--source={ROOT / 'functions' / self.name / 'main.py'}",
                f"--port={self.port}",
            ),
            env={**os.environ, "PYTHONPATH": str(ROOT), "FUNCTION_TARGET": self.name},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=LINE,
        )

    async def read(self, output: asyncio.StreamReader) -> None:
        """Notes the log lines of a process's output until its end. Prints other lines that may be errors."""
        while not output.at_eof():
            try:
                raw = await output.readline()
            except ValueError:  # longer than LINE: asyncio has discarded its beginning
                continue
            text = raw.decode(errors="replace").rstrip()
            if line := _log_line(text):
                self._note(logs.from_cloud(line))
            elif "ERROR" in text or "Traceback" in text:
                print(logs.clean_text(f"{self.name}: {text}"), file=sys.stderr, flush=True)

    async def _answering(self, keeper: asyncio.Task[None]) -> None:
        async with asyncio.timeout(_START_DEADLINE_S):
            while not _listens(self.port):
                if keeper.done():
                    raise RuntimeError(f"function {self.name} does not start")
                await asyncio.sleep(0.1)

    async def _end(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(_STOP_DEADLINE_S):
                await self.process.wait()
        except TimeoutError:
            self.kill()
            await self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


@asynccontextmanager
async def running(processes: Iterable[FunctionProcess]) -> AsyncIterator[None]:
    """Runs all processes for as long as the block runs; they start and stop in parallel."""
    every = list(processes)
    try:
        await asyncio.gather(*(process.start() for process in every))
        yield
    finally:
        await asyncio.gather(*(process.stop() for process in every))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _log_line(text: str) -> dict[str, object]:
    """Returns a structured line; empty for other output, or for the half line of a killed process."""
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
