"""`make run`: serves functions and simulation on one origin.

PORT is the port, EMULATORS=1 uses Google's emulators, LOCAL_FOLDER is the folder of the state, MINUTE the
seconds that a schedule's minute lasts, and MODELS the language models (`models.py`).
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from scripts import manifest, tenant_file
from scripts.local import console, embedded, emulated
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]


def main() -> None:
    try:
        port = _port(os.environ.get("PORT", "8080"))
        bound = _bound(port)
        origin = f"http://localhost:{port}"
        folder = ROOT / os.environ.get("LOCAL_FOLDER", ".local")
        run = emulated if os.environ.get("EMULATORS") else embedded
        app = run.create(manifest.load(), origin, folder, minute=_minute(os.environ.get("MINUTE", "60")))
    except ConfigurationError as error:
        sys.exit(f"cannot start: {error}")
    app.router.lifespan_context = tells_of_wrong_files(app.router.lifespan_context)
    # There is no proxy in front: h11 limits headers, and reads the body of a request that offers HTTP/2
    # (infra/decisions/0017-server-libraries.md).
    config = uvicorn.Config(app, http="h11", log_level="warning", timeout_graceful_shutdown=1)
    logging.getLogger("uvicorn.error").addFilter(_is_failure)
    tenants = sorted(path.stem for path in tenant_file.DEMO.glob("*.yaml"))
    console.banner(origin, tenants, run.HOW)
    uvicorn.Server(config).run(sockets=[bound])


def tells_of_wrong_files(begin: Lifespan) -> Lifespan:
    """Returns the lifespan that ends the process with one line, and no traceback, if it cannot begin."""

    @asynccontextmanager
    async def told(app: Starlette) -> AsyncIterator[None]:
        try:
            async with begin(app):
                yield
        except ConfigurationError as error:
            sys.stderr.write(f"cannot start: {error}\n")
            sys.stderr.flush()
            os._exit(1)  # uvicorn logs any exception with its traceback

    return told


def _is_failure(record: logging.LogRecord) -> bool:
    """Returns False for the reports of streams that the end of the run cut off: an open phone has one."""
    error = record.exc_info[1] if record.exc_info else None
    cut_off = "graceful shutdown exceeded" in f"{record.getMessage()} {error or ''}"
    return not cut_off


def _port(value: str) -> int:
    if value.isdecimal() and 0 < int(value) < 65536:
        return int(value)
    raise ConfigurationError(f"environment: PORT is {value!r} (expected a number from 1 to 65535)")


def _minute(value: str) -> float:
    if re.fullmatch("[1-9][0-9]{0,3}", value):
        return float(value)
    raise ConfigurationError(f"environment: MINUTE is {value[:80]!r} (expected seconds, from 1 to 9999)")


def _bound(port: int) -> socket.socket:
    """Returns a socket bound to the port. It comes before all else, so that a port in use is a one-line
    error."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Its connections inherit this; asyncio sets it only on sockets whose protocol is named.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError as error:
        raise ConfigurationError(
            f"environment: PORT {port}: {error.strerror} (PORT=… sets another)"
        ) from None
    return bound


if __name__ == "__main__":
    main()
