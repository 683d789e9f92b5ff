"""`make settle PROJECT=… ENV=… SINCE=…`: settles a restored database; nothing is sent or answered twice.

    make settle PROJECT=… ENV=… SINCE=2026-01-31T09:30:00Z    hold all that was open at that moment
    make settle PROJECT=… ENV=… SEND=hotel/waha.c1/re-m7      send a held message, or answer a held question
    make settle PROJECT=… ENV=… SEND=hotel/schedule/thanks.c1.2026-01-31    send a trigger's held message

The deployment must be paused (`make pause`). Each line of the list is a document that was open: `unsent`, a
message that the person may not have; `unanswered`, a person's message that may have had no answer;
`request`, a request for a human, of which staff are told anew after `make resume`; `occurrence`, a message of
a trigger that was due, at the time for which it was planned.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import Counter
from datetime import datetime

from scripts import deployment
from shared.errors import ConfigurationError, Retry
from shared.upkeep.settling import Settling
from shared.wiring.pausing import wire
from shared.wiring.process import parts, surroundings


def main() -> None:
    arguments = _arguments()
    try:
        deployment.choose()
        asyncio.run(_run(arguments, parts(wire).settling))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))


async def _run(arguments: argparse.Namespace, settling: Settling) -> None:
    if arguments.send:
        print(f"{arguments.send} {await settling.release(arguments.send)}")
        return
    if arguments.since is None:
        raise ConfigurationError(
            "SINCE is missing (expected the moment of the data, such as 2026-01-31T09:30:00Z)"
        )
    if arguments.since > surroundings()[0].clock.now():
        raise ConfigurationError("SINCE is in the future (expected the moment of the data)")
    counts: Counter[str] = Counter()
    async for each in settling.settle(arguments.since):
        counts[f"{each.kind} of {each.tenant}"] += 1
        print(f"{each.tenant:20} {each.at:%Y-%m-%d %H:%M:%S}  {each.kind:10}  {each.id}")
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "nothing was open")


def moment(text: str) -> datetime:
    """Returns a moment with its zone. Raises ArgumentTypeError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} (expected a moment in UTC, such as 2026-01-31T09:30:00Z)")
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make settle", description="Settles a restored database.")
    since = os.environ.get("SINCE") or None
    parser.add_argument("--since", type=moment, default=since, help="the moment of the data (SINCE=…)")
    parser.add_argument("--send", default=os.environ.get("SEND", ""), help="a held message's id (SEND=…)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
