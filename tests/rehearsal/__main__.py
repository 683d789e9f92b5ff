"""`make rehearse`: rehearses the restore and the move on Google's emulators, and prints their steps."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from scripts.local.emulators import Emulators
from tests.rehearsal.move import move
from tests.rehearsal.restore import restore
from tests.rehearsal.stage import stage


async def _run(emulators: Emulators) -> bool:
    """Runs both; returns whether nothing was lost, doubled, or sent in a pause."""
    good = True
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        async with stage(emulators, Path(folder)) as everything:
            for name, rehearse in (("restore", restore), ("move", move)):
                result = await rehearse(everything)
                print(f"\n{name}\n{result}", flush=True)
                good &= (result.lost, result.doubled, result.paused) == (0, 0, 0)
    return good


def main() -> None:
    emulators = Emulators.find()
    if emulators is None:
        sys.exit("make rehearse needs the Cloud SDK's Firestore and Pub/Sub emulators, and Java")
    if not asyncio.run(_run(emulators)):
        sys.exit("something was lost, doubled, or sent in a pause")


if __name__ == "__main__":
    main()
