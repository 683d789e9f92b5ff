"""The router of language models: failover, keys in turn, breakers, prices, usage and budgets.

Router.complete → Budget (may a model be asked?) → Attempts (which, with which key, for how long?)
                → Breakers (which keys rest?) → Calls (tokens, cost, latency) → Usage (sums of the day)
"""

from __future__ import annotations

from shared.routing.failing import NoModel, OverBudget
from shared.routing.router import Routed, Router

__all__ = ["NoModel", "OverBudget", "Routed", "Router"]
