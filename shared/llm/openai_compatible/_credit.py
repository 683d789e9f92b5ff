"""The credit that is left at OpenRouter: of the key's own limit, and of the account if the key may read it.

https://openrouter.ai/docs/api-reference/limits, https://openrouter.ai/docs/api-reference/get-credits
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.formats import wire
from shared.llm._calls import Calls


async def left(calls: Calls, headers: Mapping[str, str]) -> float | None:
    """Returns the US dollars that are left, None without a limit. Raises ModelFailed.

    The account's credit needs a management key: any other gets 403, and has its own limit alone.
    """
    found = calls.ok(await calls.get("/key", headers))
    dollars = [wire.inside(found, "data", "limit_remaining")]
    account = await calls.get("/credits", headers)
    if account.status == 200:
        bought, used = (wire.inside(account.found, "data", each) for each in ("total_credits", "total_usage"))
        if isinstance(bought, int | float) and isinstance(used, int | float):
            dollars.append(bought - used)
    return min((float(each) for each in dollars if isinstance(each, int | float)), default=None)
