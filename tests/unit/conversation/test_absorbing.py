"""A merge decides about every field of a conversation."""

from __future__ import annotations

from shared.conversation.absorbing import DECISIONS
from shared.conversation.conversation import Conversation


def test_a_merge_decides_about_every_field_by_name() -> None:
    """A new field fails here until absorbing.py says what becomes of it."""
    assert set(DECISIONS) == set(Conversation.model_fields)
