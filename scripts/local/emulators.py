"""Google's Firestore and Pub/Sub emulators as child processes, for the tests and for `make run EMULATORS=1`.

They are the jars of the Cloud SDK (components `cloud-firestore-emulator` and `pubsub-emulator`), started
directly with Java: gcloud's wrapper would add a Python process in between.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scripts.local.leash import leashed

_START_DEADLINE_S = 60.0
_LOG_TAIL_BYTES = 2_000
#: Options for a short-lived process: a fast start matters more than later speed.
_JVM = ("-Duser.language=en", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx512m")

#: The main class, which the jar's manifest does not name.
_FIRESTORE_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


class Emulator:
    """One emulator: not running, or running on `host` (`127.0.0.1:PORT`)."""

    def __init__(self, name: str, command: tuple[str, ...]) -> None:
        self.name = name
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def start(self) -> str:
        """Starts it on a free port and returns its host once it answers. Raises RuntimeError with the end of
        its log if it exits or does not answer in time."""
        if self._process is not None:
            raise RuntimeError(f"the {self.name} emulator is running already")
        port = _free_port()
        self._log = tempfile.TemporaryFile(prefix=f"{self.name}-emulator-")  # noqa: SIM115 - closed by stop()
        self._process = subprocess.Popen(
            leashed(*self._command, "--host=127.0.0.1", f"--port={port}"),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._wait_until_it_answers(port, self._process, self._log)
        except BaseException:
            self.stop()
            raise
        return f"127.0.0.1:{port}"

    def stop(self) -> None:
        """Kills its process group at once (it keeps no state); may be called twice."""
        if self._process is None or self._log is None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=10)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._log.close()
        self._process = self._log = None

    def _wait_until_it_answers(self, port: int, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        deadline = time.monotonic() + _START_DEADLINE_S
        while not _answers(port):
            if process.poll() is not None:
                raise RuntimeError(f"the {self.name} emulator ended at once:\n{_tail(log)}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the {self.name} emulator does not answer:\n{_tail(log)}")
            time.sleep(0.05)


@dataclass(frozen=True)
class Hosts:
    """The emulators' addresses, in the form of `FIRESTORE_EMULATOR_HOST` and `PUBSUB_EMULATOR_HOST`."""

    firestore: str
    pubsub: str


@dataclass(frozen=True)
class Emulators:
    """Both emulators of one Cloud SDK; each can also be started alone."""

    firestore: Emulator
    pubsub: Emulator

    @classmethod
    def find(cls) -> Emulators | None:
        """Returns the emulators of `CLOUDSDK_ROOT`, or of the SDK of the gcloud on the PATH. None if they or
        Java are missing."""
        java, root = shutil.which("java"), _sdk_root()
        if java is None or root is None:
            return None
        firestore = root / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
        pubsub = sorted((root / "platform/pubsub-emulator/lib").glob("cloud-pubsub-emulator-*.jar"))
        if not firestore.is_file() or not pubsub:
            return None
        return cls(
            firestore=Emulator("firestore", (java, *_JVM, "-cp", str(firestore), _FIRESTORE_MAIN)),
            pubsub=Emulator("pubsub", (java, *_JVM, "-jar", str(pubsub[-1]))),
        )

    def start(self) -> Hosts:
        """Starts both. Raises RuntimeError as `Emulator.start` does, and then stops the other one."""
        try:
            return Hosts(self.firestore.start(), self.pubsub.start())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self.firestore.stop()
        self.pubsub.stop()

    @contextmanager
    def running(self) -> Iterator[Hosts]:
        """Runs both for as long as the block runs."""
        hosts = self.start()
        try:
            yield hosts
        finally:
            self.stop()


def _sdk_root() -> Path | None:
    if named := os.environ.get("CLOUDSDK_ROOT"):
        return Path(named)
    gcloud = shutil.which("gcloud")
    return Path(gcloud).resolve().parent.parent if gcloud else None


def _tail(log: IO[bytes]) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LOG_TAIL_BYTES))
    return log.read().decode(errors="replace")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    """Whether an emulator answers: both return 200 for `GET /` once they serve gRPC on the same port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
