"""A function as a process of its own, started with the functions framework's own command."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.local.leash import leashed
from scripts.local.process import free_port
from scripts.yaml_file import ROOT

_ANSWER_DEADLINE_S = 60.0
_LOOK_AGAIN_S = 0.002


@dataclass(frozen=True)
class Deployment:
    """What is served: the file that holds the function `target`, the folder of the packages it may import,
    its environment, the folder for its log and for what Python compiles (which a deployment has done)."""

    target: str
    source: Path
    packages: Path
    environment: Mapping[str, str]
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / f"{self.target}.log"


@dataclass(frozen=True)
class Ask:
    """A POST."""

    body: bytes
    headers: Mapping[str, str]
    path: str = "/"


class Served:
    """A running one. It may not answer yet."""

    def __init__(self, port: int, pid: int, began: float) -> None:
        self.port, self.pid, self.began = port, pid, began

    def answer(self, ask: Ask) -> float:
        """Asks as soon as something listens; the time of the answer (`time.perf_counter`).
        Raises RuntimeError where it is none that acknowledges."""
        self.listening()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_DEADLINE_S)
        try:
            connection.request("POST", ask.path, ask.body, dict(ask.headers))
            response = connection.getresponse()
            response.read()
            answered = time.perf_counter()
        finally:
            connection.close()
        if response.status not in (200, 204):
            raise RuntimeError(f"{ask.path}: status {response.status} (expected 200 or 204)")
        return answered

    def listening(self) -> None:
        """Returns once something listens on its port. Raises RuntimeError after the deadline."""
        deadline = time.monotonic() + _ANSWER_DEADLINE_S
        with socket.socket() as probe:
            while probe.connect_ex(("127.0.0.1", self.port)):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"nothing listens on port {self.port}")
                time.sleep(_LOOK_AGAIN_S)


@contextmanager
def serving(deployment: Deployment) -> Iterator[Served]:
    """Runs for as long as the block; then it is ended at once, with all its workers."""
    port = free_port()
    deployment.folder.mkdir(parents=True, exist_ok=True)
    framework = [sys.executable, "-S", "-m", "functions_framework"]
    function = [f"--target={deployment.target}", f"--source={deployment.source}", f"--port={port}"]
    with deployment.log.open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            leashed(*framework, *function),
            env=_environment(deployment),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Served(port, process.pid, began)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)


def _environment(deployment: Deployment) -> dict[str, str]:
    """Nothing of ours but PATH. `-S` keeps this interpreter's own packages out of the way."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": f"{deployment.packages}:{ROOT}",
        "PYTHONPYCACHEPREFIX": str(deployment.folder / "compiled"),
        "FUNCTION_USE_ASGI": "true",
        "FUNCTION_TARGET": deployment.target,
        **deployment.environment,
    }
