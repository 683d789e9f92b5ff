"""`make chaos`: MESSAGES, KILLS, SECONDS and SEED change the run; results go to `build/chaos.json`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import asdict

from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError
from tests.chaos.run import run

REPORT = ROOT / "build" / "chaos.json"
_PROMISES = ("lost", "duplicated", "bot_after_human", "out_of_order", "stuck")


def main() -> None:
    logging.getLogger("scripts.local.sim").setLevel(logging.ERROR)  # it warns of each unanswered webhook
    try:
        result = asyncio.run(
            run(
                messages=_number("MESSAGES", 600),
                kills=_number("KILLS", 48),
                seconds=_number("SECONDS", 120),
                seed=_number("SEED", secrets.randbelow(1_000_000)),
            )
        )
    except ConfigurationError as error:
        sys.exit(str(error))
    counts = asdict(result) | {promise: len(getattr(result, promise)) for promise in _PROMISES}
    broken = {promise: getattr(result, promise)[:50] for promise in _PROMISES if getattr(result, promise)}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(counts | {"violations": broken}, indent=2) + "\n")
    sys.stdout.writelines(f"{line}\n" for line in _table(counts, broken))
    sys.exit(1 if broken else 0)


def _number(name: str, otherwise: int) -> int:
    value = os.environ.get(name) or str(otherwise)
    if not value.isdecimal():
        raise ConfigurationError(f"environment: {name} is {value!r} (expected a number)")
    return int(value)


def _table(counts: dict[str, object], broken: dict[str, list[str]]) -> Iterator[str]:
    for name, value in counts.items():
        parts = (
            [f"{key} {count}" for key, count in value.items()] if isinstance(value, dict) else [str(value)]
        )
        yield f"{name:<16} {', '.join(parts)}"
    for promise, found in broken.items():
        yield from (f"  {promise}: {each}" for each in found)


if __name__ == "__main__":
    main()
