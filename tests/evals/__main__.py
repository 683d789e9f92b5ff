"""Command line: `python -m tests.evals [--half tuned|frozen|all] [--show KIND] [--keep] [--processes N]`.

Ends with 1 if a figure is worse than in the kept baseline. Texts are shown of the tuned half only.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from typing import get_args

from tests.evals import baseline
from tests.evals.cases import Half, cases
from tests.evals.figures import figures, gone_wrong, summary, table
from tests.evals.play import Result, play
from tests.evals.verdicts import VERDICTS

HALVES: Sequence[Half] = get_args(Half)


def main() -> int:
    asked = _arguments()
    halves = HALVES if asked.half == "all" else (asked.half,)
    began = time.monotonic()
    results = measured(halves, asked.processes)
    for half, found in results.items():
        _say(f"{half}: {len(found)} cases\n\n{table(found)}\n\n{summary(figures(found))}\n")
        if asked.show and half == "tuned":
            _say("\n".join([*gone_wrong(found, asked.show), ""]))
    _say(f"{sum(map(len, results.values()))} cases in {time.monotonic() - began:.0f} s")
    if asked.keep:
        baseline.keep({half: figures(found) for half, found in results.items()})
        return 0
    kept = baseline.read()
    lines = [line for half, found in results.items() for line in baseline.worse(half, figures(found), kept)]
    _say(
        "\n".join(["", "worse than the baseline:", *lines]) if lines else "nothing is worse than the baseline"
    )
    return 1 if lines else 0


def measured(halves: Sequence[Half], processes: int) -> Mapping[Half, list[Result]]:
    """Plays the cases of these halves together. Returns the results of each half."""
    results = iter(play([case for half in halves for case in cases(half)], processes))
    return {half: [next(results) for _ in cases(half)] for half in halves}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evals")
    parser.add_argument("--half", choices=[*HALVES, "all"], default="all")
    parser.add_argument("--show", choices=list(VERDICTS), metavar="KIND", help="print cases that went wrong")
    parser.add_argument("--keep", action="store_true", help="keep the figures as the baseline")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    if asked.show and asked.half == "frozen":
        parser.error("cases of the frozen half are only counted")
    if asked.processes < 1:
        parser.error("expected at least one process")
    return asked


def _say(lines: str) -> None:
    sys.stdout.write(lines + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
