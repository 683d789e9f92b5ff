"""Failures that were found, shrunk and kept as worlds that must never fail again."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from tests.simulation.play import play, world_of
from tests.simulation.shrink import Shrinking
from tests.simulation.world import Plan

FOLDER = Path(__file__).parent / "kept"


class Kept(BaseModel):
    """A kept world: `found` describes the core's fault, `trace` shows its course."""

    found: str
    violation: str
    plan: Plan
    trace: list[str]


def load() -> dict[str, Kept]:
    return {path.stem: Kept.model_validate_json(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def shrunk(plan: Plan, found: str = "") -> Kept:
    """Returns the failing plan, cut down, with its trace."""
    kind = play(plan).violations[0].kind
    plan = Shrinking(kind).shrink(plan)
    violations = [violation for violation in play(plan).violations if violation.kind == kind]
    lines = [entry.line() for entry in world_of(plan).run().journal.entries if _telling(entry.what)]
    return Kept(found=found, violation=" ".join(violations[0]), plan=plan, trace=lines[:200])


def keep(name: str, kept: Kept) -> str:
    """Writes the file and returns a summary for the terminal."""
    (FOLDER / f"{name}.json").write_text(kept.model_dump_json(indent=1) + "\n")
    faults = ", ".join(kept.plan.faults) or "none"
    return f"{name}: {kept.violation}\n{len(kept.plan.acts)} acts, faults: {faults}"


def _telling(what: str) -> bool:
    return what not in ("posted", "published", "calm")
