"""What a plan would delete that cannot be made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Documents, files, events and the values of secrets: they stay also when a deployment goes.
KEPT = frozenset(
    {
        "google_bigquery_dataset",
        "google_firestore_database",
        "google_secret_manager_secret",
        "google_storage_bucket",
    }
)
#: Messages on their way, and the copies that a mistake is mended with.
PASSING = frozenset(
    {
        "google_firestore_backup_schedule",
        "google_pubsub_subscription",
        "google_pubsub_topic",
    }
)


def lost(plan: Mapping[str, Any]) -> list[str]:
    """Addresses of what the plan (Terraform's JSON) deletes or replaces, and with it data."""
    return sorted(
        change["address"]
        for change in plan.get("resource_changes", ())
        if change["type"] in KEPT | PASSING and "delete" in change["change"]["actions"]
    )


def kept(state: list[str]) -> list[str]:
    """Among a state's addresses, those whose data outlive the deployment."""
    return [address for address in state if address.split("[")[0].split(".")[-2] in KEPT]
