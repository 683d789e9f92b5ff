"""A merge decides about every field of a conversation."""

from __future__ import annotations

from shared.conversation.absorbing import DECISIONS
from shared.conversation.conversation import GROUPS, Conversation


def test_a_merge_decides_about_every_field_by_name() -> None:
    """A new field fails here until absorbing.py says what becomes of it."""
    grouped = [field for group in GROUPS.values() for field in group.model_fields]
    plain = [field for field in Conversation.model_fields if field not in GROUPS]
    assert sorted(DECISIONS) == sorted([*grouped, *plain])
