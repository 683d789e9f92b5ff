"""`make gateway ARGS="TENANT CHANNEL [ACT]"`: shows or changes the state of a channel's gateway.

Of the local run, or of the deployment that the environment's settings name.

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

from scripts.local import seed
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError, Rejected, Retry
from shared.upkeep.administration import Administration
from shared.wiring.gateways import wire
from shared.wiring.process import parts


def main() -> None:
    arguments = _arguments()
    try:
        if "CONCIERGE_STORE" not in os.environ:
            _use_local_run()
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


def _use_local_run() -> None:
    """Sets variables that the environment does not set: the state, secrets and address of `make run`."""
    folder = ROOT / os.environ.get("LOCAL_FOLDER", ".local")
    if not (folder / "store.db").exists():
        raise ConfigurationError(
            "there is no local run yet (expected make run, or CONCIERGE_STORE and others)"
        )
    origin = f"http://localhost:{os.environ.get('PORT', '8080')}"
    settings = {
        "CONCIERGE_STORE": f"sqlite:{folder / 'store.db'}",
        "CONCIERGE_BUS": f"sqlite:{folder / 'bus.db'}",
        "CONCIERGE_SECRETS": f"environment:{ROOT / '.env'}",
        "CONCIERGE_LOG_LEVEL": "error",
        "CONCIERGE_ORIGIN": origin,
    }
    os.environ.update(settings | seed.secrets(seed.load(origin), os.environ))


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
            left = await administration.register(*place)
            by_hand = "".join(f"\n  {field}: {value}" for field, value in left.items())
            return "registered" + (
                f"; what is left to enter in the vendor's console:{by_hand}" if left else ""
            )
    status = await administration.status(*place)
    working = "works" if status.working else "does not work"
    return f"{status.status}: {working}, {'posts' if status.registered else 'does not post'} to us"


if __name__ == "__main__":
    main()
