"""`make gateway ARGS="TENANT CHANNEL [ACT]"`: shows or changes the state of a channel's gateway.

Of the local run, or of a deployment with PROJECT=… ENV=… (scripts/deployment.py).

make gateway ARGS="hotel waha"            status, and whether it posts to our webhook
make gateway ARGS="hotel waha pair"       a link to the page for pairing a phone
make gateway ARGS="hotel waha restart"    restart its session
make gateway ARGS="hotel waha register"   create its session and set our webhook
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from scripts import deployment
from scripts.cloud import address, variables
from scripts.local import seed
from shared.errors import ConfigurationError, Rejected, Retry
from shared.upkeep.administration import Administration
from shared.wiring.gateways import wire
from shared.wiring.process import parts


def main() -> None:
    arguments = _arguments()
    try:
        local, target = deployment.choose(), deployment.given()
        if target:
            os.environ.update(variables.settings(target))
        elif local:
            os.environ.update(seed.secrets(seed.load(deployment.local_origin()), os.environ))
        with deployment.access():
            print(asyncio.run(_do(arguments, parts(wire))))
    except (ConfigurationError, Rejected, Retry) as error:
        sys.exit(f"{arguments.tenant}/{arguments.channel}: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make gateway", description="Shows or changes the state of a channel's gateway."
    )
    parser.add_argument("tenant")
    parser.add_argument("channel")
    parser.add_argument("act", nargs="?", default="status", choices=["status", "pair", "restart", "register"])
    return parser.parse_args()


async def _do(arguments: argparse.Namespace, administration: Administration) -> str:
    place = arguments.tenant, arguments.channel
    match arguments.act:
        case "pair":
            invitation = await administration.invite(*place)
            said = f"{invitation.pairing.step} ({invitation.pairing.status})"
            return f"{said}; until {invitation.until:%H:%M} UTC, for one person:\n{invitation.link}"
        case "restart":
            await administration.restart(*place)
            return "restarted: it needs a minute or two"
        case "register":
            await _check_address()
            left = await administration.register(*place)
            by_hand = "".join(f"\n  {field}: {value}" for field, value in left.items())
            return "registered" + (
                f"; what is left to enter in the vendor's console:{by_hand}" if left else ""
            )
    status = await administration.status(*place)
    working = "works" if status.working else "does not work"
    return f"{status.status}: {working}, {'posts' if status.registered else 'does not post'} to us"


async def _check_address() -> None:
    """Raises ConfigurationError if the webhook does not answer at its deployment's address."""
    from shared.platform.http_httpx import HttpxHttp

    if deployment.given():
        await address.check(HttpxHttp(), f"{os.environ['CONCIERGE_ORIGIN']}/webhook")


if __name__ == "__main__":
    main()
