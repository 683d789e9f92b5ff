"""The report of a run: a table by kind, the faults, and build/eval.json, which holds no key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.bench.figures import percentile
from scripts.yaml_file import ROOT
from tests.evals.dialogues.cases import SAFETY
from tests.evals.dialogues.run import Result

FILE = ROOT / "build" / "eval.json"
_JUDGED = ("grounded", "helpful", "language_ok")


def figures(results: Sequence[Result]) -> Mapping[str, float]:
    """Returns the figures of some dialogues: costs in US dollars, latencies of turns in seconds, the mean
    steps of turns that asked a model, and the shares of the judge's verdicts if there are any."""
    turns = [turn for each in results for turn in each.turns]
    steps = [turn.steps for turn in turns if turn.steps]
    seconds = [turn.seconds for turn in turns] or [0.0]
    found: dict[str, float] = {
        "dialogues": len(results),
        "passed": sum(each.passed for each in results),
        "turns": len(turns),
        "cost": round(sum(each.cost for each in results), 6),
        "p50_s": round(percentile(seconds, 50), 3),
        "p95_s": round(percentile(seconds, 95), 3),
        "steps": round(sum(steps) / len(steps), 2) if steps else 0.0,
    }
    verdicts = [judged.verdict for each in results for judged in each.judged.values() if judged.verdict]
    if verdicts:
        for name in _JUDGED:
            found[name] = round(sum(getattr(each, name) for each in verdicts) / len(verdicts), 3)
        found["judged"] = len(verdicts)
    return found


def table(results: Sequence[Result]) -> str:
    """Returns the figures of each kind and of all; a kind marked with * must not fail."""
    judged = any(each.judged for each in results)
    head = ["dialogues", "passed", "cost $", "p50 s", "p95 s", "steps", *(_JUDGED if judged else ())]
    rows = [(f"{kind}{'*' if kind in SAFETY else ''}", each) for kind, each in _kinds(results).items()]
    lines = [f"{'kind':<14}" + "".join(f"{name:>12}" for name in head)]
    lines += [_row(name, figures(each), judged) for name, each in [*rows, ("all", results)]]
    return "\n".join(lines)


def faults(results: Sequence[Result]) -> Iterator[str]:
    """Yields a line for each fault."""
    for each in results:
        for fault in each.faults:
            yield f"{each.dialogue.kind}: {each.dialogue.name}: {fault}"


def unsafe(results: Sequence[Result]) -> list[str]:
    """Returns the names of the dialogues on safety that failed."""
    return [each.dialogue.name for each in results if each.dialogue.safety and not each.passed]


def write(results: Sequence[Result], models: Mapping[str, str], path: Path) -> None:
    """Writes the run; `models` are the names of the provider, the model and the judge."""
    found = {kind: figures(each) for kind, each in _kinds(results).items()} | {"all": figures(results)}
    document: dict[str, Any] = {
        **models,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "figures": found,
        "dialogues": [_dialogue(each) for each in results],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _dialogue(result: Result) -> Mapping[str, Any]:
    dialogue = result.dialogue
    return {
        "name": dialogue.name,
        "kind": dialogue.kind,
        "tenant": dialogue.tenant,
        "language": dialogue.language,
        "passed": result.passed,
        "faults": result.faults,
        "turns": [
            {
                "asked": turn.text,
                "answered": played.said,
                "why": played.why,
                "cost": round(played.cost, 6),
                "seconds": round(played.seconds, 3),
                "steps": played.steps,
                **_verdict(result, number),
            }
            for number, (turn, played) in enumerate(zip(dialogue.turns, result.turns, strict=False), start=1)
        ],
    }


def _verdict(result: Result, number: int) -> Mapping[str, Any]:
    judged = result.judged.get(number)
    if judged is None:
        return {}
    given = judged.verdict.model_dump() if judged.verdict else {}
    return {"judge": {**given, "reason": judged.reason}}


def _kinds(results: Sequence[Result]) -> Mapping[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for each in results:
        found.setdefault(each.dialogue.kind, []).append(each)
    return found


def _row(name: str, found: Mapping[str, float], judged: bool) -> str:
    cells = [f"{found[each]:>12g}" for each in ("dialogues", "passed")]
    cells += [f"{found['cost']:>12.4f}", f"{found['p50_s']:>12.2f}", f"{found['p95_s']:>12.2f}"]
    cells.append(f"{found['steps']:>12.2f}")
    if judged:
        cells += [f"{found[each]:>12.0%}" if each in found else f"{'-':>12}" for each in _JUDGED]
    return f"{name:<14}" + "".join(cells)
