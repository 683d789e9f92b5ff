"""Whether a deployment has the demo tenants: only with DEMO=1, and never in production."""

from __future__ import annotations

import os
from collections.abc import Mapping

from scripts.deployment import Deployment
from shared.errors import ConfigurationError

#: The environment of real users.
PRODUCTION = "prod"


def asked_for(deployment: Deployment, variables: Mapping[str, str] = os.environ) -> bool:
    """Returns whether DEMO=1 is set. Raises ConfigurationError for another value, or in production."""
    value = variables.get("DEMO", "")
    if value not in ("", "1"):
        raise ConfigurationError(f"DEMO={value[:80]!r}: expected DEMO=1, or nothing")
    if value and deployment.environment == PRODUCTION:
        raise ConfigurationError("DEMO=1: demo tenants are not deployed to prod (expected another ENV)")
    return bool(value)
