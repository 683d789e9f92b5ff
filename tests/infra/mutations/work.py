"""Mutations of what works: functions, schedules, alerts, and the rest."""

from __future__ import annotations

from tests.infra.mutating import Mutation
from tests.infra.mutations.naming import DEPLOYMENT, named, plan


def _function(name: str, right: str, wrong: str) -> Mutation:
    test = plan("test_a_function_is_told_where_its_ports_are")
    return Mutation(name, "terraform/functions.tf", right, wrong, test, "where_its_ports_are")


def _alert(name: str, alert: str, right: str, wrong: str, said: str = "") -> Mutation:
    return Mutation(
        name, f"infra/alerts/{alert}.yaml", right, wrong, ("tests/infra/test_alerts.py",), said or alert
    )


MUTATIONS = (
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
        DEPLOYMENT,
        "Our address is the platform's",
    ),
    Mutation(
        "two-workers",
        "terraform/function/main.tf",
        'WORKERS = "1"',
        'WORKERS = "2"',
        plan("test_a_function_is_told_where_its_ports_are"),
        "WORKERS",
    ),
    Mutation(
        "topics-reached-from-outside",
        "terraform/function/main.tf",
        'var.function.internal ? "ALLOW_INTERNAL_ONLY" : ',
        "",
        plan("test_a_function_has_its_sizes_and_its_door"),
        "ALLOW_INTERNAL_ONLY",
    ),
    Mutation(
        "build-without-a-wait",
        "terraform/build.tf",
        "sleep 120",
        "sleep 1",
        plan("test_the_first_build_waits"),
        "120",
    ),
    Mutation(
        "operators-function-public",
        "infra/functions.yaml",
        "    trigger: {http: private}",
        "    trigger: {http: public}",
        named("test_permissions", "test_only_what_checks_its_callers_itself_is_public"),
        "gateways",
    ),
    Mutation(
        "readers-own-the-database",
        "infra/functions.yaml",
        "roles: [custom/documentReader]",
        "roles: [roles/datastore.owner]",
        named("test_permissions", "test_a_function_has_its_roles_on_the_project_and_no_others"),
        "roles/datastore.owner",
    ),
    Mutation(
        "webhook-reads-the-keys-that-send",
        "infra/functions.yaml",
        "secrets: {channels: [hmac_key, signing_key,",
        "secrets: {channels: [api_key, hmac_key, signing_key,",
        named("test_permissions", "test_the_table_is_this_plan_s"),
        "run make permissions",
    ),
    # Schedules
    Mutation(
        "schedule-pointed-elsewhere",
        "terraform/scheduler.tf",
        "${module.function[each.key].uri}${each.value.path}",
        "${module.function[each.key].uri}/health",
        plan("test_each_schedule_calls_its_own_function"),
        "each.value.path",
    ),
    Mutation(
        "schedule-in-the-functions-region",
        "terraform/scheduler.tf",
        "region           = var.schedule_region",
        "region           = var.region",
        plan("test_everything_is_in_the_region"),
        "google_cloud_scheduler_job",
    ),
    Mutation(
        "schedule-by-another-account",
        "terraform/scheduler.tf",
        'google_service_account.caller["scheduler"].email',
        'google_service_account.caller["push"].email',
        plan("test_tokens_are_of_the_account_that_may_call"),
        "scheduler",
    ),
    # Alerts
    _alert("sweep-s-alert-deleted", "sweep-silent", "", ""),
    _alert("alert-at-a-million", "overdue", " > 0", " > 1000000"),
    _alert("one-pairing-hides-the-next", "pairing-lost", "by (tenant, channel)", "by (channel)"),
    _alert("slow-answers-at-an-hour", "slow-answers", " > 4\n", " > 3600\n"),
    _alert("late-messages-after-an-hour", "occurrences-late", "for_seconds: 300", "for_seconds: 3600"),
    _alert("silent-triggers-alert-deleted", "triggers-silent", "", ""),
    _alert("one-failed-message-alerts", "triggers-failing", " > 0.1", " > 0"),
    Mutation(
        "alerts-reach-nobody",
        "terraform/monitoring.tf",
        "notification_channels = local.channels[each.value.severity]",
        "notification_channels = []",
        DEPLOYMENT,
        "Every alert reaches the operators",
    ),
    Mutation(
        "prod-without-operators",
        "terraform/variables.tf",
        'condition     = var.environment != "prod" || length(var.operators) > 0',
        'condition     = var.environment != "prod" || length(var.operators) >= 0',
        DEPLOYMENT,
        "prod_without_operators_is_refused",
    ),
    Mutation(
        "metric-of-no-line",
        "infra/metrics.yaml",
        '"ledger"',
        '"leger"',
        named("test_infra_files", "test_a_metric_is_made_of_lines_that_we_write"),
        "leger",
    ),
    Mutation(
        "schedule-of-triggers-beside-its-path",
        "terraform/manifest/functions.tf",
        '"/due" : "/"',
        '"/tick" : "/"',
        DEPLOYMENT,
        "A schedule calls its function beside the paths of topics",
    ),
    # The rest
    Mutation(
        "gateways-may-flood",
        "terraform/hostname.tf",
        "requests = 6000",
        "requests = 6000000",
        DEPLOYMENT,
        "One address may not flood us",
    ),
    Mutation(
        "instances-kept-warm",
        "infra/functions.yaml",
        "  min_instances: 0",
        "  min_instances: 1",
        named("test_costs", "test_no_instance_is_kept_warm"),
        "test_no_instance_is_kept_warm",
    ),
    Mutation(
        "another-provider",
        "terraform/versions.tf",
        '"~> 6.50"',
        '">= 5"',
        named("test_lock", "test_the_lock_is_of_the_constraint"),
        "6.50",
    ),
)
