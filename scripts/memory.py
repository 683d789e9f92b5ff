"""`make memory TENANT=… CONTACT=… [ERASE=1] [PROJECT=… ENV=…]`: shows or erases the memory of a person.

CONTACT is a contact's id, a phone number, or an id in the organisation's own system. Erased are the facts
that the person stated, the summary and the recent history of each of their conversations; messages stay.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence

from scripts import deployment
from shared.conversation.conversation import Conversation
from shared.conversation.memory import LENGTH, SUMMARY
from shared.errors import ConfigurationError, Retry
from shared.platform.logs import clean_text
from shared.wiring.memory import wire
from shared.wiring.process import parts


def main() -> None:
    arguments = _arguments()
    try:
        if not (arguments.tenant and arguments.contact):
            raise ConfigurationError("TENANT or CONTACT is missing (expected make memory TENANT=… CONTACT=…)")
        deployment.choose()
        with deployment.access():
            memories = parts(wire)
            work = memories.erase if arguments.erase else memories.shown
            found = asyncio.run(work(arguments.tenant, arguments.contact))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))
    if found is None:
        sys.exit(f"{arguments.tenant}: no contact is called {clean_text(arguments.contact, 100)!r}")
    for line in lines(found):
        print(line)


def lines(found: Sequence[Conversation]) -> Iterator[str]:
    """Yields the lines of the report, without control characters that a person may have written."""
    for conversation in found:
        memory = conversation.memory
        yield f"{conversation.conversation}: {len(conversation.history)} recent lines"
        if memory.summary:
            yield f"  summary: {clean_text(memory.summary, SUMMARY)}"
        for fact in memory.facts:
            yield f"  {fact.at:%Y-%m-%d %H:%M}  {clean_text(fact.text, LENGTH)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make memory", description="Shows or erases a person's memory.")
    known = os.environ
    parser.add_argument("--tenant", default=known.get("TENANT", ""), help="the tenant's name (TENANT=…)")
    parser.add_argument("--contact", default=known.get("CONTACT", ""), help="the person (CONTACT=…)")
    erase = known.get("ERASE", "") not in ("", "0")
    parser.add_argument("--erase", action="store_true", default=erase, help="erase it (ERASE=1)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
