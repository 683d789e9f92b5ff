"""Mutations of what is stored: documents, files, and messages on their way."""

from __future__ import annotations

from tests.infra.mutating import Mutation
from tests.infra.mutations.naming import DEPLOYMENT, kept, named, plan


def _index(name: str, lines: str) -> Mutation:
    """Returns the mutation in which these lines of infra/firestore.yaml are missing."""
    test = named("test_queries", "test_each_query_has_an_index")
    return Mutation(name, "infra/firestore.yaml", lines, "", test, "no index serves the query")


_OUTBOX = """  - collection: messages
    scope: COLLECTION
    fields:
      - {path: direction, order: ASCENDING}
      - {path: open, order: ASCENDING}
      - {path: seq, order: ASCENDING}
"""
_SWEEP = """  - collection: messages
    scope: COLLECTION_GROUP
    fields:
      - {path: direction, order: ASCENDING}
      - {path: due_at, order: ASCENDING}
"""
_LEASES = """  - collection: conversations
    path: due_at
    indexes:
      - {scope: COLLECTION_GROUP, order: ASCENDING}
"""
_DUE_OCCURRENCES = """  - collection: schedule
    path: due_at
    indexes:
      - {scope: COLLECTION, order: ASCENDING}
      - {scope: COLLECTION_GROUP, order: ASCENDING}
"""
_PROTECTED = """  lifecycle {
    prevent_destroy = true
  }
"""

MUTATIONS = (
    # Documents
    _index("outbox-index-dropped", _OUTBOX),
    _index("sweep-index-dropped", _SWEEP),
    _index("lease-index-dropped", _LEASES),
    _index("due-occurrences-index-dropped", _DUE_OCCURRENCES),
    Mutation(
        "index-that-nothing-uses",
        "infra/firestore.yaml",
        "      - {path: open, order: ASCENDING}\n",
        "      - {path: opened, order: ASCENDING}\n",
        named("test_queries", "test_each_query_has_an_index"),
        "no query uses the index",
    ),
    Mutation(
        "time-to-live-dropped",
        "infra/firestore.yaml",
        "  - {collection: gaps, path: expires_at}\n",
        "",
        named("test_infra_files", "test_a_document_that_expires_has_its_time_to_live"),
        "Gap",
    ),
    Mutation(
        "database-may-be-destroyed",
        "terraform/firestore.tf",
        _PROTECTED,
        "",
        kept("test_terraform_refuses_to_delete_data"),
        "google_firestore_database.this",
    ),
    Mutation(
        "database-without-protection",
        "terraform/firestore.tf",
        "DELETE_PROTECTION_ENABLED",
        "DELETE_PROTECTION_DISABLED",
        kept("test_no_bucket_is_emptied"),
        "DELETE_PROTECTION",
    ),
    Mutation(
        "database-deleted-with-its-resource",
        "terraform/firestore.tf",
        '"ABANDON"',
        '"DELETE"',
        kept("test_no_bucket_is_emptied"),
        "ABANDON",
    ),
    Mutation(
        "no-reading-of-the-past",
        "terraform/firestore.tf",
        "POINT_IN_TIME_RECOVERY_ENABLED",
        "POINT_IN_TIME_RECOVERY_DISABLED",
        DEPLOYMENT,
        "The database can be read as it was",
    ),
    Mutation(
        "daily-backups-for-a-day",
        "terraform/firestore.tf",
        '"604800s" # 7 days',
        '"86400s" # 7 days',
        kept("test_backups_are_kept_for_weeks"),
        "test_backups_are_kept_for_weeks",
    ),
    Mutation(
        "browsers-read-documents",
        "infra/firestore.rules",
        "if false",
        "if true",
        DEPLOYMENT,
        "Browsers reach no document",
    ),
    # Files
    Mutation(
        "files-may-be-destroyed",
        "terraform/storage.tf",
        _PROTECTED,
        "",
        kept("test_terraform_refuses_to_delete_data"),
        "google_storage_bucket.kept",
    ),
    Mutation(
        "bucket-may-be-public",
        "terraform/storage.tf",
        'public_access_prevention    = "enforced"',
        'public_access_prevention    = "inherited"',
        DEPLOYMENT,
        "No bucket can be opened to the public",
    ),
    Mutation(
        "erased-files-survive",
        "terraform/storage.tf",
        "retention_duration_seconds = 0",
        "retention_duration_seconds = 604800",
        DEPLOYMENT,
        "What was erased is erased",
    ),
    Mutation(
        "one-image-kept",
        "terraform/build.tf",
        "keep_count = 10",
        "keep_count = 1",
        kept("test_a_rollback_finds_its_images"),
        "keep_count",
    ),
    Mutation(
        "bundles-without-versions",
        "terraform/storage.tf",
        "    enabled = true",
        "    enabled = false",
        kept("test_a_rollback_finds_its_images"),
        "versioning",
    ),
    Mutation(
        "exports-kept-for-a-year",
        "terraform/variables.tf",
        "condition     = var.export_days >= 2 && var.export_days <= 14",
        "condition     = var.export_days >= 2 && var.export_days <= 400",
        DEPLOYMENT,
        "export_days",
    ),
    Mutation(
        "exports-in-the-region",
        "terraform/exports.tf",
        "location                    = var.export_location",
        "location                    = var.region",
        DEPLOYMENT,
        "The bucket lies in a multi-region",
    ),
    # Messages
    Mutation(
        "topics-forget-in-ten-minutes",
        "terraform/pubsub.tf",
        'message_retention_duration = "604800s" # 7 days',
        'message_retention_duration = "600s" # 7 days',
        kept("test_messages_are_kept_for_days"),
        "test_messages_are_kept_for_days",
    ),
    Mutation(
        "subscriptions-end",
        "terraform/pubsub.tf",
        'ttl = "" # never',
        'ttl = "2678400s" # never',
        kept("test_messages_are_kept_for_days"),
        "expiration_policy",
    ),
    Mutation(
        "dead-letters-not-allowed",
        "terraform/pubsub.tf",
        'role         = "roles/pubsub.subscriber"',
        'role         = "roles/pubsub.viewer"',
        plan("test_what_fails_may_be_moved_to_its_dead_letter_topic"),
        "roles/pubsub.subscriber",
    ),
    Mutation(
        "tokens-for-another-audience",
        "terraform/pubsub.tf",
        "audience              = module.function[each.value.function].uri",
        'audience              = "https://example.org"',
        DEPLOYMENT,
        "A token's audience is the address of the function it is for",
    ),
    Mutation(
        "messages-leave-the-region",
        "terraform/pubsub.tf",
        "allowed_persistence_regions = [var.region]",
        'allowed_persistence_regions = ["us-central1"]',
        plan("test_everything_is_in_the_region"),
        "us-central1",
    ),
)
