"""The use of models by one turn, for its log line: calls, tokens, cost and the models that answered."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Spent:
    """Calls to models so far; `cost` is in US dollars."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    models: list[str] = field(default_factory=list)

    def add(self, tokens: int, cost: float, model: str) -> None:
        self.calls += 1
        self.tokens += tokens
        self.cost += cost
        if model not in self.models:
            self.models.append(model)


_current: ContextVar[Spent | None] = ContextVar("spent", default=None)


def begin() -> Spent:
    """Begins a fresh record for this context and the tasks that it starts."""
    spent = Spent()
    _current.set(spent)
    return spent


def current() -> Spent:
    """Returns this context's record, an empty one if none was begun."""
    return _current.get() or Spent()


def add(tokens: int, cost: float, model: str) -> None:
    """Adds a call to this context's record, if one was begun."""
    if spent := _current.get():
        spent.add(tokens, cost, model)
