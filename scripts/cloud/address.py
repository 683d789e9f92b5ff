"""Whether our webhook answers at a deployment's address, before gateways are told to post there."""

from __future__ import annotations

from shared.errors import ConfigurationError
from shared.platform.http import Http, Unanswered, Unreachable

#: Seconds; a webhook without an instance takes a few to start.
_DEADLINE_S = 30.0
#: Our answer for a path without a tenant (shared/platform/routes.py).
_OURS = b"no such address"


async def check(http: Http, webhook: str) -> None:
    """Raises ConfigurationError if another answer than our webhook's comes from there."""
    try:
        answer = await http.request("GET", f"{webhook}/", timeout=_DEADLINE_S)
    except (Unreachable, Unanswered) as error:
        found = type(error).__name__.lower()
    else:
        if answer.status == 404 and _OURS in answer.body:
            return
        found = f"status {answer.status}"
    raise ConfigurationError(
        f"{webhook}/: {found}, not our webhook's answer; no gateway was told this address "
        "(expected the REGION of the deployment, after make deploy)"
    )
