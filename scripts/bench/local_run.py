"""`make run` as a process of its own, on a free port, with its state in the benchmark's folder."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from scripts.bench.served import Ask
from scripts.local.leash import leashed
from scripts.local.process import free_port
from scripts.yaml_file import ROOT

_START_DEADLINE_S = 90.0
_REQUEST_DEADLINE_S = 30.0
_STOP_DEADLINE_S = 20.0


class LocalRun:
    """A running local run; `pid` leads its process group, `log` is its output."""

    def __init__(self, port: int, pid: int, log: Path) -> None:
        self.port, self.pid, self.log = port, pid, log

    def post(self, ask: Ask) -> None:
        self._request("POST", ask)

    def get(self, path: str, **query: str) -> Any:
        """Returns the JSON response of a GET."""
        return json.loads(self._request("GET", Ask(b"", {}, f"{path}?{urlencode(query)}")))

    def texts(self) -> dict[str, list[str]]:
        """Returns the times at which each chat was sent a text, in order, as the simulated gateway saw
        them."""
        found: dict[str, list[str]] = {}
        for call in self.get("/_sim/outbox", since="0")["calls"]:
            if call["kind"] == "text":
                found.setdefault(call["to"], []).append(call["at"])
        return found

    def answered(self, tenant: str) -> int:
        """Returns how many texts the tenant's simulated gateways were asked to send."""
        calls = self.get("/_sim/outbox", since="0")["calls"]
        return sum(call["kind"] == "text" and call["tenant"] == tenant for call in calls)

    def tail(self) -> str:
        """Returns the end of its log."""
        return self.log.read_text(errors="replace")[-2000:]

    def _request(self, method: str, ask: Ask) -> bytes:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=_REQUEST_DEADLINE_S)
        try:
            connection.request(method, ask.path, ask.body, dict(ask.headers))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status not in (200, 204):
            raise RuntimeError(f"{method} {ask.path}: status {response.status} (expected 200 or 204)")
        return body


@contextmanager
def running(folder: Path, *, emulators: bool, traces: str = "log") -> Iterator[LocalRun]:
    """Runs it for as long as the block runs; `traces` as in shared/platform/settings.py. Raises RuntimeError
    if it does not start."""
    folder.mkdir(parents=True)
    port = free_port()
    own = {"PORT": str(port), "LOCAL_FOLDER": str(folder), "EMULATORS": "1" if emulators else ""}
    own |= {"CONCIERGE_TRACES": traces}
    path = folder / "run.log"
    with path.open("wb") as log:
        process = subprocess.Popen(
            leashed(sys.executable, "-m", "scripts.local.run"),
            cwd=ROOT,
            env=os.environ | own,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        run = LocalRun(port, process.pid, path)
        _wait_until_it_answers(run, process)
        yield run
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=_STOP_DEADLINE_S)


def _wait_until_it_answers(run: LocalRun, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_DEADLINE_S
    while True:
        try:
            run.texts()
            return
        except (OSError, http.client.HTTPException, RuntimeError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the local run does not start:\n{run.tail()}") from None
            time.sleep(0.1)
