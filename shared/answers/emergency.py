"""Emergencies: words that a tenant names always call a human, at once."""

from __future__ import annotations

from shared.models.tenant import Tenant
from shared.models.words import folded


def is_emergency(tenant: Tenant, text: str) -> bool:
    """Whether one of the tenant's emergency words or phrases stands in the text, as whole words."""
    said = f" {folded(text)} "
    return any(f" {folded(word)} " in said for word in tenant.emergencies.words if folded(word))
