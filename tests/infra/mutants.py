"""`make mutants-infra`: deliberate mutations of terraform/ and infra/, each caught by a test.

Each mutation is made in a copy of the project, in which the named test must fail with the named words.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.infra.mutating import Copy, Mutation
from tests.infra.mutations import MUTATIONS

#: Copies of the project in which tests run at the same time.
_COPIES = 2


def results(names: list[str]) -> Iterator[tuple[Mutation, str]]:
    """Yields each mutation with "" if it is caught, else with what happened, in order."""
    chosen = [each for each in MUTATIONS if not names or each.name in names]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_COPIES) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(_COPIES):
            copies.put(Copy(Path(folder) / str(number)))

        def run(mutation: Mutation) -> str:
            copy = copies.get()
            try:
                return copy.caught(mutation)
            finally:
                copies.put(copy)

        yield from zip(chosen, pool.map(run, chosen), strict=True)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants-infra")
    parser.add_argument("names", nargs="*", help="mutations to make; all if none is named")
    missed = 0
    total = 0
    for mutation, how in results(parser.parse_args().names):
        total += 1
        missed += bool(how)
        line = f"{'MISSED' if how else 'caught'}   {mutation.name:<36} {mutation.test[-1]}"
        _say(f"{line}\n{how}" if how else line)
    _say(f"{total - missed} of {total} caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
