"""The terminal output of the local run: one short line for each log line of a function."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from shared.platform import logs

#: Maximum characters of a line; the log has the whole line.
_WIDTH = 1_500
_COLOURS = {"ERROR": "\033[31m", "WARNING": "\033[33m", "INFO": ""}
_QUIET = frozenset({"ledger", "span", "handoffs_open", "handoffs_waiting", "planned", "sources_tick"})
_SCHEDULED = frozenset({"maintenance", "handoff", "triggers", "knowledge"})
_IDS = frozenset(
    {"event", "time", "severity", "function", "trace", "span", "tenant", "conversation", "message"}
    | {"logging.googleapis.com/trace", "logging.googleapis.com/spanId", "topic", "status", "ms"}
)


def show(line: Mapping[str, Any]) -> None:
    """Prints a function's log line, except `ledger`, spans and idle calls by a schedule."""
    if _is_quiet(line):
        return
    colour = _COLOURS.get(str(line.get("severity", "")), "") if sys.stdout.isatty() else ""
    end = "\033[0m" if colour else ""
    print(f"{colour}{told(line)}{end}", flush=True)


def told(line: Mapping[str, Any]) -> str:
    """Returns a function's log line for people."""
    clock = str(line.get("time", ""))[11:23]
    ids = f"{line.get('tenant', '')} {line.get('message', '')}".strip()
    shown = f"{clock}  {line.get('function', ''):<12}{_event(line):<34}  {ids}"
    return logs.clean_text(shown, _WIDTH)


def _is_quiet(line: Mapping[str, Any]) -> bool:
    if line.get("severity") in ("WARNING", "ERROR"):
        return False
    idle = line.get("function") in _SCHEDULED and not (line.get("published") or line.get("topic"))
    return line.get("event") in _QUIET or idle


def _event(line: Mapping[str, Any]) -> str:
    if line.get("event") == "handled":
        reason = f" {line['reason']}" if line.get("reason") else ""
        return f"{line.get('status')} in {line.get('ms', 0):.0f} ms{reason}"
    rest = ", ".join(f"{name} {value}" for name, value in line.items() if name not in _IDS and value)
    return f"{line.get('event')} {rest}".strip()


def banner(origin: str, tenants: list[str], how: str) -> None:
    """Prints the addresses of the local run."""
    print(
        f"\n  Concierge, {how}\n\n"
        f"  the phone        {origin}/\n"
        f"  a webhook        {origin}/webhook/{tenants[0]}/waha\n"
        f"  what was sent    {origin}/_sim/outbox\n"
        f"  tenants          {', '.join(tenants)}\n\n"
        "  Ctrl-C stops it; nothing is lost.\n",
        flush=True,
    )


def settings(environment: Mapping[str, str]) -> None:
    """Prints the settings that another command needs to reach this run's emulators."""
    shown = " ".join(f"{name}={value}" for name, value in environment.items())
    print(f"  for make replay  {shown}\n", flush=True)
