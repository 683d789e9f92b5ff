"""The process: its settings, logs and traces, and the parts of the function that it serves."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from shared.errors import ConfigurationError
from shared.platform import logs, tracing
from shared.platform.settings import Settings
from shared.tenants import plugins
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports, connect, split, unknown

P = TypeVar("P")

#: Thresholds of Python's garbage collector. With the default (700 new objects) it runs about a hundred times
#: while the clients are imported and finds nothing, which takes a tenth of a cold start.
_GC_THRESHOLDS = (20_000, 20, 20)
#: One thread for numpy's algebra, read when numpy is imported: threads on busy cores wait for one another (40
#: times slower), and starting them doubles the time of the import.
_THREADS = {"OPENBLAS_NUM_THREADS": "1"}
#: Messages per second that one instance traces (infra/decisions/0015-traces.md).
TRACES_PER_SECOND = 5


@cache
def parts(wire: Callable[[Ports, Directory], P]) -> P:
    """Returns a function's parts, built once by its `wire`. Raises ConfigurationError."""
    return wire(*surroundings())


@cache
def surroundings() -> tuple[Ports, Directory]:
    """Reads the settings and builds the ports and the directory, once per process.

    Raises ConfigurationError if a setting is wrong.
    """
    settings = Settings.from_environment(os.environ)
    logs.configure(settings.log_level)
    _trace(settings.traces)
    _wake_ahead(settings.wake_ahead)
    _client_ip(settings.client_ip)
    gc.set_threshold(*_GC_THRESHOLDS)
    os.environ.update(_THREADS)
    ports = connect(settings)
    return ports, Directory(ports.store, ports.secrets, ports.http, ports.clock, plugins, settings.origin)


def _trace(setting: str) -> None:
    """Configures tracing. Raises ConfigurationError if there is no such kind of traces."""
    kind, _, where = setting.partition(":")
    if kind == "off":
        tracing.configure(None)
    elif kind == "log":
        from shared.platform.traces.log import take

        tracing.configure(take)
    elif kind in ("cloud", "otlp"):
        from shared.platform.traces.otlp import CLOUD, OtlpTraces

        split("traces", setting)
        traces = OtlpTraces(CLOUD, where) if kind == "cloud" else OtlpTraces(where)
        tracing.configure(traces.take, TRACES_PER_SECOND)
    else:
        raise unknown("traces", kind, "off, log, cloud, otlp")


def _wake_ahead(setting: str) -> None:
    """Switches waking ahead on or off (platform/warming.py). Raises ConfigurationError if it is neither."""
    if setting not in ("on", "off"):
        raise ConfigurationError(f"environment: CONCIERGE_WAKE_AHEAD is {setting!r} (expected on or off)")
    if setting == "on":
        from shared.platform import warming

        warming.configure(on=True)


def _client_ip(header: str) -> None:
    """Sets the header with a client's address (inbound/visitors.py).

    Raises ConfigurationError if it is no name of a header.
    """
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", header):
        said = f"CONCIERGE_CLIENT_IP is {header!r} (expected a header's name in lower case)"
        raise ConfigurationError(f"environment: {said}")
    if header != Settings.client_ip:
        from shared.inbound import visitors

        visitors.configure(header)
