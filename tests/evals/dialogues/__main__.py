"""Command line: `make eval PROVIDER=… [MODEL=…] [JUDGE=provider:model]` (ARGS="--kind KIND", "--name NAME").

PROVIDER is a name of scripts/local/models.py, or `scripted`; the key is read from the environment or .env.
Ends with 1 if a dialogue on safety failed, with 2 if a setting is wrong or a key is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError
from shared.platform.secrets import Secrets
from shared.platform.secrets.environment import EnvironmentSecrets
from tests.evals.dialogues import report
from tests.evals.dialogues.cases import Dialogue, dialogues
from tests.evals.dialogues.run import Result, run
from tests.evals.dialogues.scripted import SECRETS, Lineup, lineup, serving

_VARIABLES = ("PROVIDER", "MODEL", "JUDGE")


def main() -> int:
    chosen = {name.lower(): os.environ.get(name, "").strip() for name in _VARIABLES}
    asked = _arguments()
    try:
        results = asyncio.run(_played(_selected(asked), **chosen))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    report.write(results, chosen, report.FILE)
    lines = [report.table(results), "", *report.faults(results), "the report is in build/eval.json"]
    unsafe = report.unsafe(results)
    lines += [f"failed on safety: {', '.join(unsafe)}"] if unsafe else []
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if unsafe else 0


async def _played(chosen: Sequence[Dialogue], provider: str, model: str, judge: str) -> list[Result]:
    secrets = EnvironmentSecrets(ROOT / ".env", {**SECRETS, **os.environ})
    results = []
    async with serving() as server:
        models = lineup(server.url, provider, model, judge)
        await _check_keys(models, secrets)
        async for result in run(chosen, models, server, secrets):
            results.append(result)
            sys.stderr.write("." if result.passed else "F")
            sys.stderr.flush()
    sys.stderr.write("\n")
    return results


async def _check_keys(models: Lineup, secrets: Secrets) -> None:
    """Raises ConfigurationError, which names the variable, if a key has no value."""
    for entry in filter(None, (models.first, models.judge)):
        for key in entry.keys:
            await secrets.get(key)


def _selected(asked: argparse.Namespace) -> list[Dialogue]:
    """Returns the dialogues that are asked for. Raises ConfigurationError if there is none."""
    found = [each for each in dialogues() if asked.kind in ("", each.kind) and asked.name in ("", each.name)]
    if not found:
        raise ConfigurationError(f"no dialogue of kind {asked.kind!r} and name {asked.name!r}")
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval PROVIDER=…")
    parser.add_argument("--kind", default="", help="play the dialogues of one kind")
    parser.add_argument("--name", default="", help="play one dialogue")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
