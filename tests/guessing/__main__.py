"""`python -m tests.guessing [SEED…]`: 1,000 contacts try 10,000 codes of 42 families over two days."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from shared.platform import logs
from tests.guessing.play import DAYS, FAMILIES, Play, most_judged


async def main(seeds: list[int]) -> int:
    logs.configure("critical")
    bad, found, expected = 0, 0, 0.0
    for seed in seeds:
        outcome = await Play(seed, contacts=1_000, tries=10_000).run()
        longest = max(outcome.waits)
        found, expected = found + outcome.found, expected + outcome.expected
        bad += outcome.found > outcome.allowed or longest > timedelta(hours=1)
        sys.stdout.write(
            f"seed {seed}: {outcome.tried} tried, {sum(outcome.judged.values())} judged "
            f"(most of one family {max(outcome.judged.values())} of {most_judged(DAYS)} that the locks let "
            f"through), found {outcome.found} (by chance {outcome.expected:.2f}, allowed {outcome.allowed}); "
            f"{len(outcome.waits)} visits of {FAMILIES} parents, longest wait {longest}\n"
        )
    sys.stdout.write(f"in all: found {found}, by chance {expected:.2f}\n")
    return bad


if __name__ == "__main__":
    sys.exit(asyncio.run(main([int(seed) for seed in sys.argv[1:]] or [1])))
