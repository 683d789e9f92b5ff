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
_POLL_S = 0.002


@dataclass(frozen=True)
class Deployment:
    """A function to serve. `source` is the file with the function `target`; `packages` the folder of its
    packages; `folder` holds its log and compiled Python files (a deployment has compiled them already)."""

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
    """A POST request."""

    body: bytes
    headers: Mapping[str, str]
    path: str = "/"


class Served:
    """A running function, which may not answer yet."""

    def __init__(self, port: int, pid: int, began: float) -> None:
        self.port, self.pid, self.began = port, pid, began

    def answer(self, ask: Ask) -> float:
        """Sends the request once the port listens; returns the time of the response (`time.perf_counter`).
        Raises RuntimeError if its status is not 200 or 204."""
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
        """Returns once a server listens on its port. Raises RuntimeError after the deadline."""
        deadline = time.monotonic() + _ANSWER_DEADLINE_S
        with socket.socket() as probe:
            while probe.connect_ex(("127.0.0.1", self.port)):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"no server listens on port {self.port}")
                time.sleep(_POLL_S)


@contextmanager
def serving(deployment: Deployment) -> Iterator[Served]:
    """Serves the function for as long as the block runs; then kills it with all its workers."""
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
    """Returns the function's environment, with PATH alone from ours. `-S` excludes this interpreter's own
    packages."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": f"{deployment.packages}:{ROOT}",
        "PYTHONPYCACHEPREFIX": str(deployment.folder / "compiled"),
        "FUNCTION_USE_ASGI": "true",
        "FUNCTION_TARGET": deployment.target,
        **deployment.environment,
    }
