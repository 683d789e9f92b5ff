"""`make replay [PROJECT=… ENV=…]`: lists, replays or drops dead letters, of the local run or of a deployment.

make replay                                  list pending dead letters
make replay ARGS="show hotel/reply-inbound.…"
make replay ARGS="one hotel/reply-inbound.…"
make replay ARGS="kind message" TENANT=hotel
make replay ARGS="all --dry-run"
make replay ARGS="drop hotel/reply-inbound.…"
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator

from scripts import deployment, pause
from shared.errors import ConfigurationError, Retry
from shared.models.dead_letter import DeadLetter
from shared.models.document import is_name
from shared.upkeep.replay import Replay, Replayed
from shared.wiring.process import parts
from shared.wiring.replay import wire

LIST_LIMIT = 200


def main() -> None:
    arguments = _arguments()
    try:
        deployment.choose()
        with deployment.access():
            asyncio.run(_run(arguments, parts(wire)))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make replay", description="Lists, replays or drops dead letters.")
    parser.add_argument(
        "--tenant", default=os.environ.get("TENANT", ""), help="only this tenant's (TENANT=…)"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the actions without taking them")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("list", help="list pending dead letters, oldest first (the default)")
    for name, description in (
        ("show", "show one dead letter with its payload"),
        ("one", "replay one dead letter"),
        ("drop", "mark one dead letter as dropped"),
    ):
        commands.add_parser(name, help=description).add_argument("id", metavar="TENANT/ID")
    commands.add_parser("kind", help="replay all dead letters of a kind").add_argument("kind", metavar="KIND")
    commands.add_parser("all", help="replay all pending dead letters")
    for command in commands.choices.values():  # --dry-run is also allowed after the command
        command.add_argument("--dry-run", action="store_true", default=argparse.SUPPRESS)
    return parser.parse_args()


async def _run(arguments: argparse.Namespace, replay: Replay) -> None:
    if arguments.tenant and not is_name(arguments.tenant):
        raise ConfigurationError(f"TENANT is {arguments.tenant!r} (expected a tenant's name)")
    await pause.warn()
    waiting = replay.waiting(arguments.tenant)
    match arguments.command:
        case "show":
            print((await _find(replay, arguments.id)).model_dump_json(indent=2))
        case "one":
            await _replay(replay, _each(await _find(replay, arguments.id)), arguments.dry_run)
        case "kind":
            chosen = (letter async for letter in waiting if letter.kind == arguments.kind)
            await _replay(replay, chosen, arguments.dry_run)
        case "all":
            await _replay(replay, waiting, arguments.dry_run)
        case "drop":
            await _drop(replay, await _find(replay, arguments.id), arguments.dry_run)
        case _:
            await _list(waiting)


async def _list(waiting: AsyncIterator[DeadLetter]) -> None:
    count = 0
    async for letter in waiting:
        count += 1
        if count > LIST_LIMIT:
            print(f"… only the first {LIST_LIMIT} are listed")
            return
        print(_line(letter))
    if not count:
        print("no dead letters wait")


async def _replay(replay: Replay, letters: AsyncIterator[DeadLetter], dry_run: bool) -> None:
    results: Counter[str] = Counter()
    async for letter in letters:
        result = "would be replayed" if dry_run else await replay.replay(letter)
        results[str(result)] += 1
        print(f"{_line(letter)}  → {result}")
    print(", ".join(f"{count} {result}" for result, count in results.items()) or "nothing to replay")
    if results[Replayed.TOO_MANY_PENDING]:
        sys.exit("run it again once they are answered")


async def _drop(replay: Replay, letter: DeadLetter, dry_run: bool) -> None:
    result = (
        "would be dropped" if dry_run else "dropped" if await replay.drop(letter) else Replayed.NOT_WAITING
    )
    print(f"{_line(letter)}  → {result}")


async def _find(replay: Replay, place: str) -> DeadLetter:
    tenant, _, dead_letter = place.partition("/")
    if not tenant or not dead_letter or "/" in dead_letter:
        raise ConfigurationError(f"{place!r} is no dead letter (expected TENANT/ID, as the list shows it)")
    found = await replay.find(tenant, dead_letter)
    if found is None:
        raise ConfigurationError(f"there is no dead letter {place}")
    return found


async def _each(letter: DeadLetter) -> AsyncIterator[DeadLetter]:
    yield letter


def _line(letter: DeadLetter) -> str:
    """Returns a dead letter as one line, without its payload: only `show` prints messages."""
    failures = f", failed {letter.deaths} times" if letter.deaths > 1 else ""
    return (
        f"{letter.at:%Y-%m-%d %H:%M:%S}  {letter.tenant}/{letter.dead_letter}  {letter.kind or '?'}  "
        f"{letter.attempts} attempts{failures}: {letter.error or f'see the log, trace {letter.trace}'}"
    )


if __name__ == "__main__":
    main()
