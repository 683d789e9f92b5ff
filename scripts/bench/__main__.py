"""Runs all measurements, in some minutes. Exits with an error only if one could not run, not for a missed
target."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.bench import (
    chain,
    cold_chain,
    cold_start,
    failover,
    gated,
    handoff,
    meaning,
    neighbour,
    pages,
    throughput,
    triggers,
)
from scripts.bench.cloud import gateway, on_emulators, on_sqlite, traces
from scripts.bench.figures import Figure, Report, at_most
from scripts.bench.local_run import running
from scripts.local import emulated
from scripts.local.emulators import Emulators
from scripts.yaml_file import ROOT

PATH = ROOT / "build" / "bench.json"
CHAIN_TARGET = at_most(250)
#: An answer takes some 20 ms without a flood; with one that keeps the single process busy, a second at most.
NEIGHBOUR_TARGET = at_most(50)


def main() -> None:
    report = Report()
    emulators = Emulators.find()
    print(f"\n  {'':<2}{'figure':<34}{'of':<13}{'value':>9}  target  how\n")
    with tempfile.TemporaryDirectory(prefix="concierge-bench-") as scratch:
        folder = Path(scratch)
        for figure in _embedded(folder):
            report.add(figure)
        if emulators is not None:
            for figure in _emulated(folder, emulators):
                report.add(figure)
    report.write(PATH)
    load = os.getloadavg()[1]
    missed = ", ".join(f"{each.name} {each.of}".strip() for each in report.missed())
    print(f"\n  missed: {missed or 'none'}; machine load {load:.1f} on {os.cpu_count()} processors")
    print(f"  {PATH.relative_to(ROOT)}\n")
    if emulators is None:
        sys.exit(
            "some measurements did not run: the Cloud SDK's Firestore and Pub/Sub emulators were not found"
        )


def _embedded(folder: Path) -> Iterator[Figure]:
    with running(folder / "embedded", emulators=False) as run:
        yield from chain.measure(run, "", CHAIN_TARGET)
        yield from handoff.measure(run)
        yield from neighbour.measure(run, "", NEIGHBOUR_TARGET)  # last: its flood is worked on for a while
    with (
        gateway() as collector,
        running(folder / "untraced", emulators=False, traces="off") as off,
        running(folder / "traced", emulators=False, traces=traces(collector)) as on,
    ):
        yield from chain.trace_cost(off, on)
    with on_sqlite(folder / "sqlite") as cloud:
        yield from throughput.measure(cloud, "sqlite")
        yield from meaning.measure(cloud)
        yield from pages.measure(cloud)
        yield from gated.measure(cloud)
    yield from triggers.measure(folder)
    yield from failover.measure(folder)


def _emulated(folder: Path, emulators: Emulators) -> Iterator[Figure]:
    with running(folder / "emulated", emulators=True) as run:
        yield from chain.measure(run, "emulators", None)
        yield from chain.costs(run)
        yield from chain.sizes(run)
        yield from neighbour.measure(run, "emulators", None)
    answers = [*cold_start.answers(), *cold_chain.answers()]
    with on_emulators(emulators, folder / "cloud", answers) as cloud:
        yield triggers.reads(emulated.PROJECT)
        yield from cold_start.measure(cloud)
        yield from cold_chain.measure(cloud)
        yield from throughput.measure(cloud, "")
        yield from throughput.by_channel(cloud)


if __name__ == "__main__":
    main()
