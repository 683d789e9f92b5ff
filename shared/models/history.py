"""The recent words of a conversation, as a language model is shown them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class Line(BaseModel):
    """One line of the recent history, as a provider is shown it."""

    author: Literal["person", "concierge", "staff"]
    text: str
    at: datetime
