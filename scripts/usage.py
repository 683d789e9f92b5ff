"""`make costs TENANT=… [DAY=|MONTH=] [PROJECT=… ENV=…]`: shows what a tenant's language models cost.

Of the local run or of a deployment (scripts/deployment.py): by task and model, this month if no day or month
is named. What a deployment itself costs is in terraform/COSTS.md (`make prices`).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import date

from scripts import deployment
from shared.errors import ConfigurationError, Retry
from shared.platform.logs import clean_text
from shared.upkeep.usage import LIMIT, Costs, Report
from shared.wiring.process import parts
from shared.wiring.usage import wire

_HEAD = (
    f"{'task':<11} {'model':<44} {'calls':>8} {'failed':>7} "
    f"{'tokens in':>12} {'out':>10} {'seconds':>8} {'US $':>10}"
)


def main() -> None:
    arguments = _arguments()
    try:
        if not arguments.tenant:
            raise ConfigurationError(
                "TENANT is missing (expected make costs TENANT=…; "
                "what a deployment itself costs is in terraform/COSTS.md)"
            )
        day, month = _moment("DAY", arguments.day), _moment("MONTH", arguments.month)
        if day and month:
            raise ConfigurationError("DAY and MONTH are both set (expected one of them)")
        deployment.choose()
        with deployment.access():
            of, report = asyncio.run(_ask(parts(wire), arguments.tenant, day, month))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))
    for line in lines(arguments.tenant, of, report):
        print(line)


async def _ask(costs: Costs, tenant: str, day: date | None, month: date | None) -> tuple[str, Report]:
    return await (costs.of_day(tenant, day) if day else costs.of_month(tenant, month))


def lines(tenant: str, of: str, report: Report) -> Iterator[str]:
    """Yields the lines of the report, the dearest task and model first."""
    if not report.rows:
        yield f"{tenant}, {of}: no model was asked"
        return
    yield _HEAD
    for row in report.rows:
        name = clean_text(row.model if row.model == row.entry else f"{row.entry} ({row.model})", 44)
        answered = row.calls - row.failures
        seconds = f"{row.ms / answered / 1_000:8.2f}" if answered else " " * 8
        yield (
            f"{clean_text(row.task, 11):<11} {name:<44} {row.calls:8} {row.failures:7} "
            f"{row.tokens_in:12} {row.tokens_out:10} {seconds} {row.cost:10.4f}"
        )
    budget = f" of {report.cap:.2f}" if report.cap else ""
    yield f"{tenant}, {of}: {report.cost:.4f} US dollars{budget}"
    if not report.whole:
        yield f"… only {LIMIT} documents of a day are read"


def _moment(name: str, text: str) -> date | None:
    """Returns a day, or the first day of a month; None for "". Raises ConfigurationError if misspelt."""
    if not text:
        return None
    form, example = ("{}-01", "2026-11") if name == "MONTH" else ("{}", "2026-11-20")
    try:
        return date.fromisoformat(form.format(text))
    except ValueError:
        raise ConfigurationError(f"{name}={text[:80]!r}: expected the form {example}") from None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make costs", description="Shows what a tenant's language models cost."
    )
    for name in ("tenant", "day", "month"):
        parser.add_argument(f"--{name}", default=os.environ.get(name.upper(), ""), help=f"{name.upper()}=…")
    return parser.parse_args()


if __name__ == "__main__":
    main()
