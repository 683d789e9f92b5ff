"""`make index-contacts TENANT=… [PROJECT=… ENV=…]`: lets staff find older contacts.

Once for each tenant, after the deploy that brings the search. It may be cut off and run again.
"""

from __future__ import annotations

import asyncio
import os
import sys

from scripts import deployment
from shared.errors import ConfigurationError, Retry
from shared.wiring.indexing import wire
from shared.wiring.process import parts


def main() -> None:
    tenant = os.environ.get("TENANT", "")
    try:
        if not tenant:
            raise ConfigurationError("TENANT is missing (expected make index-contacts TENANT=…)")
        deployment.choose()
        with deployment.access():
            written = asyncio.run(parts(wire).run(tenant))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))
    print(f"{tenant}: {written} contacts indexed")


if __name__ == "__main__":
    main()
