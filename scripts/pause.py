"""`make pause PROJECT=… ENV=… [WHY=…]`, `make resume PROJECT=… ENV=…`: stop a deployment from sending.

A paused deployment takes messages in and keeps them; it sends nothing and tells nobody, also of an emergency
(infra/decisions/0022-pausing-and-moving.md). `pause` returns once that is in force in every instance.
`resume` asks before, unless YES=1.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import datetime, timedelta

from scripts import deployment, manifest
from shared.errors import ConfigurationError, Retry
from shared.platform.pause import KEEP
from shared.upkeep.pausing import Backlog, Pausing
from shared.wiring.pausing import wire
from shared.wiring.process import parts, surroundings


def main() -> None:
    arguments = _arguments()
    try:
        deployment.choose()
        asyncio.run(_run(arguments, parts(wire).pausing))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))


async def _run(arguments: argparse.Namespace, pausing: Pausing) -> None:
    if arguments.command == "pause":
        await _pause(pausing, arguments.why)
    else:
        await _resume(pausing, ask=not deployment.yes())


async def _pause(pausing: Pausing, why: str) -> None:
    """Pauses, waits until the pause is in force, and prints the documents that a worker still holds then."""
    state = await pausing.pause(why)
    print(
        f"paused since {_time(state.paused_at)}; in force everywhere in {in_force().seconds} s …",
        flush=True,
    )
    print("from now on nobody is answered, and no staff are told, also not of an emergency", flush=True)
    await asyncio.sleep(in_force().total_seconds())
    for place in await pausing.in_flight():
        print(f"still held by a worker that has ended: {place}")
    print(f"paused. {backlog_line(await pausing.backlog(), surroundings()[0].clock.now())}")


async def _resume(pausing: Pausing, *, ask: bool) -> None:
    state = await pausing.deployment()
    if state.paused_at is None:
        raise ConfigurationError("it is not paused")
    print(f"paused since {_time(state.paused_at)}: {state.why or 'no reason given'}")
    print(backlog_line(await pausing.backlog(), surroundings()[0].clock.now()))
    if ask and not await asyncio.to_thread(_yes, "resume it? [y/N] "):
        raise ConfigurationError("still paused")
    await pausing.resume()
    print(f"resumed: every instance knows within {KEEP.seconds} s, and the sweep finds what waits")


def _yes(question: str) -> bool:
    return input(question).strip().lower() in ("y", "yes")


def in_force() -> timedelta:
    """Returns the time from a pause's beginning until it is in force in every instance: an instance reads the
    pause again after KEEP, and may then still be at work for the longest timeout of a function."""
    timeouts = [function.timeout_seconds for function in manifest.load().functions.values()]
    return KEEP + timedelta(seconds=max(timeouts))


def backlog_line(backlog: Backlog, now: datetime) -> str:
    """Returns the open work as one line."""
    line = (
        f"waiting: {backlog.messages} messages to send, {backlog.conversations} conversations to answer, "
        f"{backlog.requests} requests for a human ({backlog.emergencies} emergencies), "
        f"{backlog.occurrences} messages of triggers"
    )
    if backlog.oldest is None:
        return line
    return f"{line}; the oldest for {round((now - backlog.oldest).total_seconds() / 60)} min"


async def warn() -> None:
    """Says on the error output that the deployment is paused, if it is: for other commands."""
    state = await parts(wire).pausing.deployment()
    if state.paused_at is not None:
        since = _time(state.paused_at)
        print(f"PAUSED since {since}: nothing is sent, nobody is told (make resume)", file=sys.stderr)


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "?"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make pause", description="Pauses or resumes a deployment.")
    parser.add_argument("command", choices=["pause", "resume"])
    parser.add_argument("--why", default=os.environ.get("WHY", ""), help="the reason, for operators (WHY=…)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
