"""The cost of language models for one person, by quarters of an hour: `spending` of a conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain

from pydantic import BaseModel

from shared.conversation.groups import ALWAYS

#: The longest day, that on which clocks are put back.
_DAY = timedelta(hours=25)


class Cost(BaseModel):
    """The cost (US dollars) of language models in the quarter of an hour that begins at `at`."""

    at: datetime
    usd: float


class Spending(BaseModel):
    """The cost of language models for this person in the last 25 hours, oldest first."""

    costs: list[Cost] = []
    #: No model is asked for this person until then: too many strangers wrote.
    spared_until: datetime | None = None

    def add(self, usd: float, now: datetime) -> None:
        """Adds a cost (US dollars) of now."""
        quarter = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
        self.costs = joined(self.costs, [Cost(at=quarter, usd=usd)])

    def since(self, moment: datetime) -> float:
        """Returns the cost (US dollars) from a moment on."""
        return sum(cost.usd for cost in self.costs if cost.at >= moment)


def joined(*costs: list[Cost]) -> list[Cost]:
    """Returns costs by their time, one for each quarter of an hour, of the day before the newest."""
    sums: dict[datetime, float] = {}
    for cost in chain(*costs):
        sums[cost.at] = sums.get(cost.at, 0.0) + cost.usd
    kept = max(sums, default=ALWAYS) - _DAY
    return [Cost(at=at, usd=usd) for at, usd in sorted(sums.items()) if at >= kept]
