"""The local run as a newcomer starts it, in a process of its own, driven over HTTP only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scripts.local.process import free_port
from scripts.yaml_file import ROOT
from tests.e2e.concierge import Concierge
from tests.e2e.deployment import deployment
from tests.e2e.desk_function import desk
from tests.e2e.pages_function import pages
from tests.e2e.phone import chromium, phone

# Comparing by meaning costs seconds at each start; tests/e2e/test_understanding.py asks for it.
os.environ.setdefault("CONCIERGE_EMBEDDINGS", "off")

START_DEADLINE_S = 90.0

__all__ = ["chromium", "deployment", "desk", "pages", "phone"]


class LocalRun(Concierge):
    """`make run` on a free port, with its state in `folder`; `kill` is kill -9.

    A schedule's minute lasts `minute` seconds; `models` are those of the demo tenants.
    """

    def __init__(self, folder: Path, *, emulators: bool = False, minute: int = 60, models: str = "") -> None:
        self.port = free_port()
        super().__init__(f"http://localhost:{self.port}")
        self.folder, self._emulators, self._minute, self._models = folder, emulators, minute, models
        self._log = folder / "run.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        own = {"PORT": str(self.port), "LOCAL_FOLDER": str(self.folder), "MINUTE": str(self._minute)}
        own |= {"EMULATORS": "1"} if self._emulators else {}
        own |= {"MODELS": self._models} if self._models else {}
        clean = {name: value for name, value in os.environ.items() if name not in ("EMULATORS", "MODELS")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "scripts.local.run"],
                cwd=ROOT,
                env={**clean, **own},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_DEADLINE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the local run does not start:\n{self.log()[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def kill_function(self, name: str) -> None:
        """Kills one function's process group (kill -9), if each function is a process of its own."""
        running = subprocess.run(
            ["pgrep", "-f", f"functions-framework --target={name} "],
            capture_output=True,
            text=True,
            check=True,
        )
        for pid in map(int, running.stdout.split()):
            ours = f"CONCIERGE_ORIGIN={self.origin}\0"
            if ours in Path(f"/proc/{pid}/environ").read_text():
                os.killpg(os.getpgid(pid), signal.SIGKILL)
                return
        raise RuntimeError(f"no process of {name} runs")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, how)
            self._process.wait(timeout=30)
            self._process = None

    def _answers(self) -> bool:
        try:
            return self.http.get("/_sim/outbox").is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="session")
def concierge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    """Yields one embedded run for all tests that leave its state unchanged; each uses people of its own."""
    run = LocalRun(tmp_path_factory.mktemp("local"))
    run.start()
    yield run
    run.stop()
    assert "schedule_failed" not in run.log()


@pytest.fixture
def own_concierge(tmp_path: Path) -> Iterator[LocalRun]:
    """Yields an embedded run of the test's own, to be killed and started again."""
    run = LocalRun(tmp_path)
    run.start()
    yield run
    run.stop()
