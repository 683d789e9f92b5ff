"""`make gaps TENANT=… [PROJECT=… ENV=…]`: shows the questions without an answer, most asked first.

Of the local run or of a deployment (scripts/deployment.py). Questions of one meaning are one group, with the
count of all, the last time (UTC), and up to three other wordings.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence

from scripts import deployment
from shared.conversation.gaps import KEPT, LENGTH
from shared.errors import ConfigurationError, Retry
from shared.platform.logs import clean_text
from shared.upkeep.gaps import LIMIT, Group
from shared.wiring.gaps import wire
from shared.wiring.process import parts

#: Most other wordings of a group that are shown.
WORDINGS = 3


def main() -> None:
    arguments = _arguments()
    try:
        if not arguments.tenant:
            raise ConfigurationError("TENANT is missing (expected make gaps TENANT=…)")
        deployment.choose()
        with deployment.access():
            groups = asyncio.run(parts(wire).groups(arguments.tenant))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))
    for line in lines(arguments.tenant, groups):
        print(line)


def lines(tenant: str, groups: Sequence[Group]) -> Iterator[str]:
    """Yields the lines of the report, without control characters that a question may hold."""
    if not groups:
        yield f"{tenant}: no question of the last {KEPT.days} days is without an answer"
        return
    if sum(len(group.gaps) for group in groups) >= LIMIT:
        yield f"… only the newest {LIMIT} questions are read"
    for group in groups:
        first, *others = group.gaps
        shown = f"{group.count:5} ×  {first.language:3}  {group.last_at:%Y-%m-%d %H:%M}  "
        yield shown + clean_text(first.question, LENGTH)
        for other in others[:WORDINGS]:
            yield " " * len(shown) + f"also: {clean_text(other.question, LENGTH)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make gaps", description="Shows the questions without an answer.")
    parser.add_argument("--tenant", default=os.environ.get("TENANT", ""), help="the tenant's name (TENANT=…)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
