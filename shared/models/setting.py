"""A setting of a plugin's kind, as a tenant's file gives it."""

from __future__ import annotations

from typing import NamedTuple


class Setting(NamedTuple):
    """A setting of a kind: its type (str or int), and whether it has to be there."""

    type: type
    required: bool = False
