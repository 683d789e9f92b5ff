"""`make triggers TENANT=… [PROJECT=… ENV=…]`: shows a tenant's triggers, and switches them.

    make triggers TENANT=hotel                                   list them (list)
    make triggers TENANT=hotel ARGS="show day-before"            one with its definition and occurrences
    make triggers TENANT=hotel ARGS="preview day-before"         for whom, when, in which words, and why not
    make triggers TENANT=hotel ARGS="preview day-before KN-1"    exactly what one person would get, or why not
    make triggers TENANT=hotel ARGS="confirm summer 214"         let a broadcast go to so many people
    make triggers TENANT=hotel ARGS="calendar 14"                what is planned in the next days (7)
    make triggers TENANT=hotel ARGS="results day-before"         what became of its messages
    make triggers TENANT=hotel ARGS="pause day-before"           also resume and stop

Of the local run or of a deployment (scripts/deployment.py). People are shown by their contact ids. A preview
writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable

from scripts import deployment, pause
from scripts import trigger_lines as lines
from shared.errors import ConfigurationError, Retry
from shared.platform.logs import clean_text
from shared.wiring.process import parts, surroundings
from shared.wiring.trigger_review import TriggerReview, wire

#: Days of a calendar, at most a year.
DAYS, DAYS_LIMIT = 7, 366
_STATES = {"pause": "paused", "resume": "active", "stop": "stopped"}


def main() -> None:
    arguments = _arguments()
    try:
        if not arguments.tenant:
            raise ConfigurationError("TENANT is missing (expected make triggers TENANT=…)")
        deployment.choose()
        with deployment.access():
            shown = asyncio.run(_run(arguments, parts(wire)))
    except (ConfigurationError, Retry) as error:
        sys.exit(clean_text(str(error), 2_000))
    for line in shown:
        print(clean_text(line, 4_000))


async def _run(arguments: argparse.Namespace, review: TriggerReview) -> list[str]:
    await pause.warn()
    return list(await _told(arguments, review))


async def _told(arguments: argparse.Namespace, review: TriggerReview) -> Iterable[str]:
    tenant, triggers = arguments.tenant, review.triggers
    now = surroundings()[0].clock.now()
    match arguments.command:
        case "show":
            return lines.detail(await triggers.one(tenant, arguments.trigger))
        case "preview":
            found, rule = await triggers.rule(tenant, arguments.trigger)
            if arguments.contact:
                return lines.outlook(rule, await review.previews.for_one(found, rule, arguments.contact))
            return lines.preview(rule, await review.previews.of(found, rule))
        case "confirm":
            await triggers.confirm(tenant, arguments.trigger, arguments.count)
            return [f"{arguments.trigger}: confirmed for {arguments.count} people"]
        case "calendar":
            return lines.calendar(await triggers.calendar(tenant, arguments.days), arguments.days, now)
        case "results":
            return lines.results(arguments.trigger, await triggers.results(tenant, arguments.trigger))
        case "pause" | "resume" | "stop" as command:
            switched = await triggers.switch(tenant, arguments.trigger, _STATES[command])  # type: ignore[arg-type]
            return [f"{arguments.trigger}: {switched.state}"]
        case _:
            return lines.overviews(tenant, await triggers.all(tenant))


def _days(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= DAYS_LIMIT:
        raise argparse.ArgumentTypeError(f"{value!r} (expected 1 to {DAYS_LIMIT} days)")
    return int(value)


def _count(value: str) -> int:
    if not value.isdecimal():
        raise argparse.ArgumentTypeError(f"{value!r} (expected a number of people, as preview shows it)")
    return int(value)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make triggers", description="Shows and switches triggers.")
    parser.add_argument("--tenant", default=os.environ.get("TENANT", ""), help="the tenant's name (TENANT=…)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("list", help="list the triggers (the default)")
    named = {
        "show": "show one with its definition and occurrences",
        "preview": "show who would get it, when, in which words, and why others would not",
        "confirm": "confirm a broadcast",
        "results": "show what became of its messages",
        "pause": "send nothing until it is resumed",
        "resume": "go on",
        "stop": "stop it for good",
    }
    by_name = {name: commands.add_parser(name, help=told) for name, told in named.items()}
    for command in by_name.values():
        command.add_argument("trigger", metavar="T", help="the trigger's name")
    told = "one person: a contact's id, its id in your own system, or its phone number"
    by_name["preview"].add_argument("contact", metavar="CONTACT", nargs="?", default="", help=told)
    told = "the number of people that it is meant for"
    by_name["confirm"].add_argument("count", metavar="COUNT", type=_count, help=told)
    calendar = commands.add_parser("calendar", help="show what is planned in the next days")
    calendar.add_argument("days", metavar="DAYS", nargs="?", type=_days, default=DAYS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
