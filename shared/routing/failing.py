"""Errors of the router: no model answered, or none may be asked."""

from __future__ import annotations

from shared.errors import Retry


class NoModel(Retry):
    """No model of the tenant answered; `reason` is that of the last one."""


class OverBudget(NoModel):
    """The tenant's budget for today is used up: no model was asked."""

    def __init__(self) -> None:
        super().__init__("over_budget")
