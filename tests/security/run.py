"""The local run in this process, served on a socket, with a distinct key as the value of each secret."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from scripts import manifest, tenant_file
from scripts.local import console, embedded, seed
from scripts.local.process import free_port
from shared.platform import logs, tracing
from shared.wiring import process
from tests.e2e.concierge import wait_for
from tests.security import raw
from tests.security.raw import Answer, Headers

START_DEADLINE_S = 120.0
#: Calls that send no message: ticks and "typing…".
_SILENT = ("typing", "seen")

#: Of an ordered subscription's messages with a key, only the oldest is pushed.
_DUE = """
SELECT count(*) FROM messages AS message WHERE due_at <= ? AND NOT EXISTS (
    SELECT 1 FROM messages AS older WHERE older.subscription = message.subscription
    AND older.key = message.key AND message.key != '' AND older.id < message.id AND older.due_at > ?)
"""

_WITH_ID = """
SELECT body FROM documents WHERE path GLOB ?
AND (json_extract(body, '$.gateway_id') = ? OR json_extract(body, '$.gateway_id') GLOB '*.' || ?)
"""

Json = dict[str, Any]


class Run:
    """`lines` are the log lines and spans of all functions, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.origin, timeout=raw.TIMEOUT_S, trust_env=False)
        self.lines: list[Json] = []
        self._asked: list[Json] = []

    def send(self, method: str, target: str, headers: Headers | None = None, body: bytes = b"") -> Answer:
        return raw.exchange(self.port, raw.request(method, target, headers or [], body))

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Posts a normal webhook on a connection that is kept open."""
        return self.http.post(f"/webhook/{path}", content=body, headers=headers)

    def handled(self, since: int, function: str = "webhook") -> list[Json]:
        """Returns the function's log lines of requests, from line number `since` on."""
        found = [line for line in self.lines[since:] if line.get("function") == function]
        return [line for line in found if line["event"] == "handled"]

    def told(self, words: str, since: int = 0) -> list[Json]:
        """Returns the log lines and spans that contain the words."""
        return [
            line for line in self.lines[since:] if words in json.dumps(line, ensure_ascii=False, default=str)
        ]

    def settle(self) -> None:
        """Waits until the bus has no message due: the rest waits for its backoff."""
        wait_for(lambda: self._rows("bus.db", _DUE, time.time(), time.time())[0][0] == 0)

    def documents(self, place: str) -> dict[str, Json]:
        """Returns the documents whose path matches (`*` stands for any text), by path."""
        found = self._rows("store.db", "SELECT path, body FROM documents WHERE path GLOB ?", place)
        return {path: json.loads(body) for path, body in found}

    def messages(self, gateway_id: str, tenant: str = "hotel") -> list[Json]:
        """Returns the inbound messages with this id, or ending with "." and it (Telegram counts by chat)."""
        place = f"tenants/{tenant}/conversations/*/messages/*"
        found = self._rows("store.db", _WITH_ID, place, gateway_id, gateway_id)
        return [json.loads(body) for (body,) in found]

    def forget(self, place: str) -> None:
        """Deletes documents, as the store's retention does."""
        with sqlite3.connect(self.folder / "store.db", timeout=5) as store:
            store.execute("DELETE FROM documents WHERE path GLOB ?", (place,))

    def calls(self, to: str | None = None) -> list[Json]:
        """Returns the messages that gateways were asked to send to this person, or to all."""
        asked = {"since": self._asked[-1]["seq"] if self._asked else 0}
        self._asked += self.http.get("/_sim/outbox", params=asked).json()["calls"]
        return [c for c in self._asked if c["kind"] not in _SILENT and to in (None, c["to"])]

    def _rows(self, file: str, statement: str, *values: object) -> list[Any]:
        with sqlite3.connect(f"file:{self.folder / file}?mode=ro", uri=True, timeout=5) as database:
            return database.execute(statement, values).fetchall()


@contextmanager
def running(folder: Path) -> Iterator[Run]:
    """Serves until the block ends, then restores this process."""
    run = Run(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", {**os.environ, **_keys(run.origin)})
        patch.setattr(console, "show", lambda line: run.lines.append(dict(line)))
        # It would end this whole process if the bus failed.
        patch.setattr(embedded, "until_it_fails", lambda work: work)
        _forget()
        server, thread = _serve(run)
        try:
            yield run
        finally:
            server.should_exit = True
            thread.join(START_DEADLINE_S)
            run.http.close()
            _forget()
            tracing.configure(None)
            logs.configure("info", lambda _: None)


def _forget() -> None:
    """Clears this process's cached parts, so that the next function connects anew."""
    process.surroundings.cache_clear()
    process.parts.cache_clear()


def key(tenant: str, channel: str, role: str) -> str:
    """Returns the value of a channel's secret: all are different."""
    return "key-of-" + f"{tenant}-{channel}-{role}".replace("_", "-")


def _keys(origin: str) -> dict[str, str]:
    secrets = [secret for file in seed.load(origin) for secret in tenant_file.secrets(file)]
    ours = {each.name for each in secrets if each.family != "llm" and each.role != seed.API_KEY}
    return {seed.variable(name): f"key-of-{name}" for name in ours}


def _serve(run: Run) -> tuple[uvicorn.Server, threading.Thread]:
    """Serves the run in one thread: SQLite's connections belong to the thread that opens them."""
    servers: list[uvicorn.Server] = []

    def work() -> None:
        app = embedded.create(manifest.load(), run.origin, run.folder)
        config = uvicorn.Config(app, port=run.port, log_config=None, timeout_graceful_shutdown=1)
        servers.append(uvicorn.Server(config))
        servers[0].run()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    wait_for(lambda: (servers and servers[0].started) or not thread.is_alive(), START_DEADLINE_S)
    assert servers, "the local run does not start"
    return servers[0], thread
