"""`make mutants-infra`: deliberate mutations of terraform/ and infra/, each caught by a test.

Each mutation is made in a copy of the project, in which the named test must fail with the named words.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.infra.mutating import Copy, Mutation

#: Copies of the project in which tests run at the same time.
_COPIES = 2
_DEPLOYMENT = ("tests/infra/test_terraform.py", "-k", "test_the_deployment")


def _named(file: str, test: str) -> tuple[str, ...]:
    return (f"tests/infra/{file}.py", "-k", test)


def _plan(test: str) -> tuple[str, ...]:
    return _named("test_plan", test)


def _kept(test: str) -> tuple[str, ...]:
    return _named("test_kept", test)


def _index(name: str, lines: str) -> Mutation:
    """Returns the mutation in which these lines of infra/firestore.yaml are missing."""
    test = _named("test_queries", "test_each_query_has_an_index")
    return Mutation(name, "infra/firestore.yaml", lines, "", test, "no index serves the query")


def _function(name: str, right: str, wrong: str) -> Mutation:
    test = _plan("test_a_function_is_told_where_its_ports_are")
    return Mutation(name, "terraform/functions.tf", right, wrong, test, "where_its_ports_are")


def _alert(name: str, alert: str, right: str, wrong: str, said: str = "") -> Mutation:
    return Mutation(
        name, f"infra/alerts/{alert}.yaml", right, wrong, ("tests/infra/test_alerts.py",), said or alert
    )


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
_PROTECTED = """  lifecycle {
    prevent_destroy = true
  }
"""

MUTATIONS = (
    # Documents
    _index("outbox-index-dropped", _OUTBOX),
    _index("sweep-index-dropped", _SWEEP),
    _index("lease-index-dropped", _LEASES),
    Mutation(
        "index-that-nothing-uses",
        "infra/firestore.yaml",
        "      - {path: open, order: ASCENDING}\n",
        "      - {path: opened, order: ASCENDING}\n",
        _named("test_queries", "test_each_query_has_an_index"),
        "no query uses the index",
    ),
    Mutation(
        "time-to-live-dropped",
        "infra/firestore.yaml",
        "  - {collection: gaps, path: expires_at}\n",
        "",
        _named("test_infra_files", "test_a_document_that_expires_has_its_time_to_live"),
        "Gap",
    ),
    Mutation(
        "database-may-be-destroyed",
        "terraform/firestore.tf",
        _PROTECTED,
        "",
        _kept("test_terraform_refuses_to_delete_data"),
        "google_firestore_database.this",
    ),
    Mutation(
        "database-without-protection",
        "terraform/firestore.tf",
        "DELETE_PROTECTION_ENABLED",
        "DELETE_PROTECTION_DISABLED",
        _kept("test_no_bucket_is_emptied"),
        "DELETE_PROTECTION",
    ),
    Mutation(
        "database-deleted-with-its-resource",
        "terraform/firestore.tf",
        '"ABANDON"',
        '"DELETE"',
        _kept("test_no_bucket_is_emptied"),
        "ABANDON",
    ),
    Mutation(
        "no-reading-of-the-past",
        "terraform/firestore.tf",
        "POINT_IN_TIME_RECOVERY_ENABLED",
        "POINT_IN_TIME_RECOVERY_DISABLED",
        _DEPLOYMENT,
        "The database can be read as it was",
    ),
    Mutation(
        "daily-backups-for-a-day",
        "terraform/firestore.tf",
        '"604800s" # 7 days',
        '"86400s" # 7 days',
        _kept("test_backups_are_kept_for_weeks"),
        "test_backups_are_kept_for_weeks",
    ),
    Mutation(
        "browsers-read-documents",
        "infra/firestore.rules",
        "if false",
        "if true",
        _DEPLOYMENT,
        "Browsers reach no document",
    ),
    # Files
    Mutation(
        "files-may-be-destroyed",
        "terraform/storage.tf",
        _PROTECTED,
        "",
        _kept("test_terraform_refuses_to_delete_data"),
        "google_storage_bucket.kept",
    ),
    Mutation(
        "bucket-may-be-public",
        "terraform/storage.tf",
        'public_access_prevention    = "enforced"',
        'public_access_prevention    = "inherited"',
        _DEPLOYMENT,
        "No bucket can be opened to the public",
    ),
    Mutation(
        "erased-files-survive",
        "terraform/storage.tf",
        "retention_duration_seconds = 0",
        "retention_duration_seconds = 604800",
        _DEPLOYMENT,
        "What was erased is erased",
    ),
    Mutation(
        "one-image-kept",
        "terraform/build.tf",
        "keep_count = 10",
        "keep_count = 1",
        _kept("test_a_rollback_finds_its_images"),
        "keep_count",
    ),
    Mutation(
        "bundles-without-versions",
        "terraform/storage.tf",
        "    enabled = true",
        "    enabled = false",
        _kept("test_a_rollback_finds_its_images"),
        "versioning",
    ),
    Mutation(
        "exports-kept-for-a-year",
        "terraform/variables.tf",
        "condition     = var.export_days >= 2 && var.export_days <= 14",
        "condition     = var.export_days >= 2 && var.export_days <= 400",
        _DEPLOYMENT,
        "export_days",
    ),
    Mutation(
        "exports-in-the-region",
        "terraform/exports.tf",
        "location                    = var.export_location",
        "location                    = var.region",
        _DEPLOYMENT,
        "The bucket lies in a multi-region",
    ),
    # Functions
    _function("store-of-another-project", '"firestore:${var.project}"', '"firestore:concierge"'),
    _function("store-of-a-laptop", '"firestore:${var.project}"', '"sqlite:store.db"'),
    _function("secrets-of-a-laptop", '"secret_manager:${var.project}"', '"environment"'),
    _function("bus-of-another-project", '"pubsub:${var.project}"', '"pubsub:${var.environment}"'),
    Mutation(
        "origin-reversed",
        "terraform/functions.tf",
        "${var.region}-${var.project}.cloudfunctions.net",
        "${var.project}-${var.region}.cloudfunctions.net",
        _DEPLOYMENT,
        "Our address is the platform's",
    ),
    Mutation(
        "two-workers",
        "terraform/function/main.tf",
        'WORKERS = "1"',
        'WORKERS = "2"',
        _plan("test_a_function_is_told_where_its_ports_are"),
        "WORKERS",
    ),
    Mutation(
        "topics-reached-from-outside",
        "terraform/function/main.tf",
        'var.function.internal ? "ALLOW_INTERNAL_ONLY" : ',
        "",
        _plan("test_a_function_has_its_sizes_and_its_door"),
        "ALLOW_INTERNAL_ONLY",
    ),
    Mutation(
        "build-without-a-wait",
        "terraform/build.tf",
        "sleep 120",
        "sleep 1",
        _plan("test_the_first_build_waits"),
        "120",
    ),
    Mutation(
        "operators-function-public",
        "infra/functions.yaml",
        "    trigger: {http: private}",
        "    trigger: {http: public}",
        _named("test_permissions", "test_only_what_checks_its_callers_itself_is_public"),
        "gateways",
    ),
    Mutation(
        "readers-own-the-database",
        "infra/functions.yaml",
        "roles: [custom/documentReader]",
        "roles: [roles/datastore.owner]",
        _named("test_permissions", "test_a_function_has_its_roles_on_the_project_and_no_others"),
        "roles/datastore.owner",
    ),
    Mutation(
        "webhook-reads-the-keys-that-send",
        "infra/functions.yaml",
        "secrets: {channels: [hmac_key, signing_key,",
        "secrets: {channels: [api_key, hmac_key, signing_key,",
        _named("test_permissions", "test_the_table_is_this_plan_s"),
        "run make permissions",
    ),
    # Messages
    Mutation(
        "topics-forget-in-ten-minutes",
        "terraform/pubsub.tf",
        'message_retention_duration = "604800s" # 7 days',
        'message_retention_duration = "600s" # 7 days',
        _kept("test_messages_are_kept_for_days"),
        "test_messages_are_kept_for_days",
    ),
    Mutation(
        "subscriptions-end",
        "terraform/pubsub.tf",
        'ttl = "" # never',
        'ttl = "2678400s" # never',
        _kept("test_messages_are_kept_for_days"),
        "expiration_policy",
    ),
    Mutation(
        "dead-letters-not-allowed",
        "terraform/pubsub.tf",
        'role         = "roles/pubsub.subscriber"',
        'role         = "roles/pubsub.viewer"',
        _DEPLOYMENT,
        "Pub/Sub may move a message from every subscription to its dead-letter topic",
    ),
    Mutation(
        "tokens-for-another-audience",
        "terraform/pubsub.tf",
        "audience              = module.function[each.value.function].uri",
        'audience              = "https://example.org"',
        _DEPLOYMENT,
        "A token's audience is the address of the function it is for",
    ),
    Mutation(
        "messages-leave-the-region",
        "terraform/pubsub.tf",
        "allowed_persistence_regions = [var.region]",
        'allowed_persistence_regions = ["us-central1"]',
        _plan("test_everything_is_in_the_region"),
        "us-central1",
    ),
    # Schedules
    Mutation(
        "schedule-pointed-elsewhere",
        "terraform/scheduler.tf",
        "${module.function[each.key].uri}${each.value.path}",
        "${module.function[each.key].uri}/health",
        _plan("test_each_schedule_calls_its_own_function"),
        "each.value.path",
    ),
    Mutation(
        "schedule-in-the-functions-region",
        "terraform/scheduler.tf",
        "region           = var.schedule_region",
        "region           = var.region",
        _plan("test_everything_is_in_the_region"),
        "google_cloud_scheduler_job",
    ),
    Mutation(
        "schedule-by-another-account",
        "terraform/scheduler.tf",
        'google_service_account.caller["scheduler"].email',
        'google_service_account.caller["push"].email',
        _plan("test_tokens_are_of_the_account_that_may_call"),
        "scheduler",
    ),
    # Rights
    Mutation(
        "reads-not-audited",
        "terraform/iam.tf",
        'toset(["DATA_READ", "DATA_WRITE"])',
        'toset(["DATA_WRITE"])',
        _named("test_rights", "test_reads_and_writes_of_data_are_audited"),
        "DATA_READ",
    ),
    Mutation(
        "secrets-not-audited",
        "terraform/iam.tf",
        ', "secretmanager.googleapis.com"',
        "",
        _named("test_rights", "test_reads_and_writes_of_data_are_audited"),
        "secretmanager.googleapis.com",
    ),
    Mutation(
        "any-branch-deploys",
        "terraform/delivery.tf",
        " && assertion.ref == 'refs/heads/main'",
        "",
        ("tests/infra/test_rights.py",),
        "test_the_environment_deploys_the_main_branch_alone",
    ),
    Mutation(
        "any-repository-of-the-name-deploys",
        "terraform/delivery.tf",
        "\"assertion.repository_id == '${var.repository_id}' &&\",",
        '"true &&",',
        ("tests/infra/test_rights.py",),
        "test_any_other_job_becomes_none",
    ),
    Mutation(
        "deployer-grants-anything",
        "terraform/delivery.tf",
        '.hasOnly([${join(", ", roles)}])',
        " != []",
        ("tests/infra/test_rights.py",),
        "test_the_deployer_grants_nothing_else",
    ),
    Mutation(
        "deployer-acts-as-every-account",
        "terraform/delivery.tf",
        '      "roles/iam.roleViewer",\n',
        '      "roles/iam.roleViewer",\n      "roles/iam.serviceAccountUser",\n',
        ("tests/infra/test_rights.py",),
        "test_no_identity_may_act_as_every_account",
    ),
    # Alerts
    _alert("sweep-s-alert-deleted", "sweep-silent", "", ""),
    _alert("alert-at-a-million", "overdue", " > 0", " > 1000000"),
    _alert("one-pairing-hides-the-next", "pairing-lost", "by (tenant, channel)", "by (channel)"),
    _alert("slow-answers-at-an-hour", "slow-answers", " > 4\n", " > 3600\n"),
    Mutation(
        "alerts-reach-nobody",
        "terraform/monitoring.tf",
        "notification_channels = local.channels[each.value.severity]",
        "notification_channels = []",
        _DEPLOYMENT,
        "Every alert reaches the operators",
    ),
    Mutation(
        "prod-without-operators",
        "terraform/variables.tf",
        'condition     = var.environment != "prod" || length(var.operators) > 0',
        "condition     = true",
        _DEPLOYMENT,
        "prod_without_operators_is_refused",
    ),
    Mutation(
        "metric-of-no-line",
        "infra/metrics.yaml",
        '"ledger"',
        '"leger"',
        _named("test_infra_files", "test_a_metric_is_made_of_lines_that_we_write"),
        "leger",
    ),
    # The rest
    Mutation(
        "gateways-may-flood",
        "terraform/hostname.tf",
        "requests = 6000",
        "requests = 6000000",
        _DEPLOYMENT,
        "One address may not flood us",
    ),
    Mutation(
        "instances-kept-warm",
        "infra/functions.yaml",
        "  min_instances: 0",
        "  min_instances: 1",
        _named("test_costs", "test_no_instance_is_kept_warm"),
        "test_no_instance_is_kept_warm",
    ),
    Mutation(
        "another-provider",
        "terraform/versions.tf",
        '"~> 6.50"',
        '">= 5"',
        _named("test_lock", "test_the_lock_is_of_the_constraint"),
        "6.50",
    ),
)


def results(names: list[str]) -> Iterator[tuple[Mutation, str]]:
    """Yields each mutation with "" if it is caught, else with what happened, in order."""
    chosen = [each for each in MUTATIONS if not names or each.name in names]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_COPIES) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(_COPIES):
            copies.put(Copy(Path(folder) / str(number)))

        def run(mutation: Mutation) -> str:
            copy = copies.get()
            try:
                return copy.caught(mutation)
            finally:
                copies.put(copy)

        yield from zip(chosen, pool.map(run, chosen), strict=True)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants-infra")
    parser.add_argument("names", nargs="*", help="mutations to make; all if none is named")
    missed = 0
    total = 0
    for mutation, how in results(parser.parse_args().names):
        total += 1
        missed += bool(how)
        line = f"{'MISSED' if how else 'caught'}   {mutation.name:<36} {mutation.test[-1]}"
        _say(f"{line}\n{how}" if how else line)
    _say(f"{total - missed} of {total} caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
