"""`make handoffs TENANT=… [PROJECT=… ENV=…]`: shows a tenant's requests for a human.

    make handoffs TENANT=hotel                       list the open ones, oldest first
    make handoffs TENANT=hotel ARGS="show 12"        one with its steps and notes, by number or id
    make handoffs TENANT=hotel ARGS="report 30"      counts, times and promises of the last days (7)

Of the local run or of a deployment (scripts/deployment.py). Times are UTC. What people wrote is not
shown, nor are phone numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from scripts import deployment, pause
from shared.errors import ConfigurationError, Retry
from shared.handoff.notices import name_of
from shared.models.handoff import PHONE, Handoff
from shared.models.tenant import Tenant
from shared.platform.logs import clean_text
from shared.upkeep.handoffs import LIMIT, Handoffs, Report, Times
from shared.wiring.handoffs import wire
from shared.wiring.process import parts

#: Days of a report, at most a year.
DAYS, DAYS_LIMIT = 7, 366
#: Digits that may be a phone number, as people write it.
_NUMBER = re.compile(r"\+?\d(?:[ ()./-]{0,2}\d){6,}")


def main() -> None:
    arguments = _arguments()
    try:
        if not arguments.tenant:
            raise ConfigurationError("TENANT is missing (expected make handoffs TENANT=…)")
        deployment.choose()
        with deployment.access():
            shown = asyncio.run(_run(arguments, parts(wire)))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))
    for line in shown:
        print(clean_text(line, 1_000))


async def _run(arguments: argparse.Namespace, handoffs: Handoffs) -> list[str]:
    await pause.warn()
    match arguments.command:
        case "show":
            return list(steps(*await handoffs.one(arguments.tenant, arguments.id)))
        case "report":
            return list(figures(arguments.tenant, await handoffs.report(arguments.tenant, arguments.days)))
        case _:
            return list(lines(*await handoffs.open(arguments.tenant)))


def lines(tenant: Tenant, requests: Sequence[Handoff]) -> Iterator[str]:
    """Yields one line for each request."""
    if not requests:
        yield f"{tenant.tenant}: no request for a human is open"
    for each in requests:
        who = f" by {_who(tenant, each.holder)}" if each.holder else ""
        promise = f", promised {_time(each.promised_at)}" if each.promised_at else ""
        broken = f", {each.broken} broken" if each.broken else ""
        yield (
            f"#{each.number:<5} {_time(each.created_at)}  {', '.join(each.reasons or [each.reason])}: "
            f"{each.state}{who}{promise}{broken}  {each.handoff}"
        )


def steps(tenant: Tenant, request: Handoff) -> Iterator[str]:
    """Yields a request's line, then its steps and notes."""
    yield from lines(tenant, [request])
    for step in request.steps:
        told = {
            "to": _who(tenant, step.to) if step.to else "",
            "by": _who(tenant, step.by) if step.by else "",
            "way": step.way,
            "result": step.result,
            "why": step.why,
        }
        words = "  ".join(f"{name}: {value}" for name, value in told.items() if value)
        yield f"  {_time(step.at)}:{step.at:%S}  {step.step:13} {words}".rstrip()
    for note in request.notes:
        yield f"  note  {_NUMBER.sub('…', note)}"
    if request.refused:
        yield f"  refused  {_NUMBER.sub('…', request.refused)}"


def figures(tenant: str, report: Report) -> Iterator[str]:
    """Yields the lines of a report."""
    yield f"{tenant}: {report.requests} requests for a human in {report.days} days"
    if report.requests >= LIMIT:
        yield f"… only the newest {LIMIT} are read"
    if not report.requests:
        return
    yield f"  reasons       {_counts(report.reasons)}"
    yield f"  states        {_counts(report.states)}"
    for name, times in (
        ("notified", report.notified),
        ("taken", report.taken),
        ("first words", report.first_words),
    ):
        yield f"  {name:12}  {_span(times, report.requests)}"
    share = f"{report.kept / report.promises:.0%} of {report.promises}" if report.promises else "none is over"
    yield f"  promises kept {share}"
    yield f"  rating        {f'{report.rating:.1f} of 5, {report.rated} rated' if report.rating else 'none'}"


def _counts(found: Mapping[str, int]) -> str:
    most = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count} {name}" for name, count in most)


def _span(times: Times | None, requests: int) -> str:
    if times is None:
        return "none"
    return f"{times.count} of {requests}, median {_seconds(times.median)}, p90 {_seconds(times.p90)}"


def _seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _who(tenant: Tenant, staff: str) -> str:
    return "the organisation's phone" if staff == PHONE else name_of(tenant, staff)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _days(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= DAYS_LIMIT:
        raise argparse.ArgumentTypeError(f"{value!r} (expected 1 to {DAYS_LIMIT} days)")
    return int(value)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make handoffs", description="Shows requests for a human.")
    parser.add_argument("--tenant", default=os.environ.get("TENANT", ""), help="the tenant's name (TENANT=…)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("list", help="list the open requests, oldest first (the default)")
    show = commands.add_parser("show", help="show one request with its steps and notes")
    show.add_argument("id", metavar="ID", help="its id, or its number")
    report = commands.add_parser("report", help="show counts, times and promises of the last days")
    report.add_argument("days", metavar="DAYS", nargs="?", type=_days, default=DAYS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
