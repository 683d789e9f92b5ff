"""The resources with data that a plan would delete and Terraform cannot make again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Documents, files, events and the values of secrets: they outlive `make destroy`.
KEPT = frozenset(
    {
        "google_bigquery_dataset",
        "google_firestore_database",
        "google_secret_manager_secret",
        "google_storage_bucket",
    }
)
#: Messages in flight, and backups.
TRANSIENT = frozenset(
    {
        "google_firestore_backup_schedule",
        "google_pubsub_subscription",
        "google_pubsub_topic",
    }
)


def lost(plan: Mapping[str, Any]) -> list[str]:
    """Returns the addresses of resources with data that the plan (Terraform's JSON) deletes or replaces."""
    return sorted(
        change["address"]
        for change in plan.get("resource_changes", ())
        if change["type"] in KEPT | TRANSIENT and "delete" in change["change"]["actions"]
    )


def kept(state: list[str]) -> list[str]:
    """Returns the addresses, of those in the state, whose data outlive the deployment."""
    return [address for address in state if address.split("[")[0].split(".")[-2] in KEPT]
