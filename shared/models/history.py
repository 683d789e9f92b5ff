"""The recent history of a conversation, for language models."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

#: Stands for a secret in all that staff and models see.
CONCEALED = "•••"


class Line(BaseModel):
    """One message of the recent history, as text."""

    author: Literal["person", "concierge", "staff"]
    text: str
    at: datetime
