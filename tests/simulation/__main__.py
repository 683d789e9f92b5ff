"""Command line: run | show WORLD | shrink WORLD NAME | digest WORLD; see README.md beside this file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.simulation.kept import keep, shrunk
from tests.simulation.play import Maker, play, simulate, world_of
from tests.simulation.report import Report
from tests.simulation.services import world as services
from tests.simulation.triggers import world as triggers
from tests.simulation.world import Plan

BUILD = Path(__file__).resolve().parents[2] / "build"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="play worlds until enough turns were taken")
    run.add_argument("--turns", type=_positive, default=20_000)
    run.add_argument("--occurrences", type=_positive, help="with triggers, until so many have ended")
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--processes", type=_positive, default=1)
    run.set_defaults(command=_run)
    show = commands.add_parser("show", help="play one world and print its trace")
    show.add_argument("world", type=int)
    show.set_defaults(command=_show)
    shrink = commands.add_parser("shrink", help="cut a failing world down and keep it as a test")
    shrink.add_argument("world", type=int)
    shrink.add_argument("name", help="the fault, in a few words with hyphens")
    shrink.set_defaults(command=_shrink)
    digest = commands.add_parser("digest", help="play a small world and print its trace's digest")
    digest.add_argument("world", type=int)
    digest.set_defaults(command=_digest)
    for command in (show, shrink, digest):
        command.add_argument("--triggers", action="store_true", help="a world with triggers")
    for command in (run, show, shrink, digest):
        command.add_argument("--services", action="store_true", help="worlds with services alone")
    asked = parser.parse_args()
    return int(asked.command(asked))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} (expected a number above 0)")
    return int(text)


def _run(asked: argparse.Namespace) -> int:
    report = Report(asked.seed)
    asked.triggers = asked.occurrences is not None
    for outcome in simulate(asked.occurrences or asked.turns, asked.seed, asked.processes, _maker(asked)):
        report.add(outcome)
        for violation in outcome.violations:
            _say(f"world {outcome.seed}: {violation.kind} {violation.about}: {violation.detail}")
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{report.turns} turns, {report.occurrences} occurrences")
    BUILD.mkdir(exist_ok=True)
    (BUILD / "simulation.json").write_text(json.dumps(report.as_json(), indent=2) + "\n")
    _say(report.page())
    return 1 if report.failures else 0


def _show(asked: argparse.Namespace) -> int:
    world = world_of(_plan(asked)).run()
    for entry in world.journal.entries:
        _say(entry.line())
    for violation in play(_plan(asked)).violations:
        _say(" ".join(violation))
    return 0


def _shrink(asked: argparse.Namespace) -> int:
    kept = shrunk(_plan(asked), asked.name.replace("-", " "))
    _say(keep(asked.name, kept))
    return 0


def _digest(asked: argparse.Namespace) -> int:
    size = {"people": 4, "days": 1} if asked.triggers else {"people": 4}
    _say(world_of(_plan(asked, **size)).run().journal.digest())
    return 0


def _plan(asked: argparse.Namespace, **size: int) -> Plan:
    return _maker(asked)(asked.world, **size)


def _maker(asked: argparse.Namespace) -> Maker:
    if asked.triggers:
        return triggers.plan_of
    return services.plan_of if asked.services else services.usual


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
