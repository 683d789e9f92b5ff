"""What a plan keeps, and for how long: messages, backups, images, files; and what it cannot delete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scripts import manifest
from scripts.cloud import data_loss
from scripts.terraform import EXAMPLE
from tests.infra.planned import TERRAFORM, default, of, seconds

MANIFEST = manifest.load()
PROJECT = EXAMPLE["project"]
DAY = 24 * 3600


def test_messages_are_kept_for_days(plan: dict[str, Any]) -> None:
    """A week for a replay after a bug; a month, the most there is, for the last copies."""
    topics = {each["name"]: each for each in of(plan, "google_pubsub_topic").values()}
    for name in MANIFEST.topics:
        assert seconds(topics[name]["message_retention_duration"]) >= 7 * DAY
    for each in of(plan, "google_pubsub_subscription").values():
        least = 31 if each["name"].endswith("-dead") and not each["push_config"] else 7
        assert seconds(each["message_retention_duration"]) >= least * DAY, each["name"]
        assert each["expiration_policy"] == [{"ttl": ""}]


def test_backups_are_kept_for_weeks(plan: dict[str, Any]) -> None:
    schedules = list(of(plan, "google_firestore_backup_schedule").values())
    daily = [seconds(each["retention"]) for each in schedules if each["daily_recurrence"]]
    weekly = [seconds(each["retention"]) for each in schedules if each["weekly_recurrence"]]
    assert min(daily) >= 7 * DAY
    assert min(weekly) >= 28 * DAY


def test_a_rollback_finds_its_images_and_bundles(plan: dict[str, Any]) -> None:
    (images,) = of(plan, "google_artifact_registry_repository").values()
    policies = images["cleanup_policies"]
    (kept,) = (each["most_recent_versions"][0] for each in policies if each["action"] == "KEEP")
    assert kept["keep_count"] >= 5
    assert kept["package_name_prefixes"] is None  # of every function
    (deleted,) = (each["condition"][0] for each in policies if each["action"] == "DELETE")
    assert seconds(deleted["older_than"]) >= 30 * DAY
    (bundles,) = (
        each for each in of(plan, "google_storage_bucket").values() if each["name"].endswith("-bundles")
    )
    assert bundles["versioning"] == [{"enabled": True}]
    (rule,) = bundles["lifecycle_rule"]
    assert rule["condition"][0]["days_since_noncurrent_time"] >= 30
    assert not rule["condition"][0]["age"]  # a bundle in service is never deleted


def test_people_s_files_end_and_events_last(plan: dict[str, Any]) -> None:
    buckets = {each["name"]: each for each in of(plan, "google_storage_bucket").values()}
    for name, variable in (("media", "media_days"), ("pages", "page_days")):
        (rule,) = buckets[f"{PROJECT}-{name}"]["lifecycle_rule"]
        assert rule["action"][0]["type"] == "Delete"
        assert rule["condition"][0]["age"] == int(default(variable))
    (events,) = of(plan, "google_bigquery_dataset").values()
    assert events["default_partition_expiration_ms"] >= 90 * DAY * 1000
    (logs,) = of(plan, "google_logging_project_bucket_config").values()
    assert logs["retention_days"] >= 30


def test_no_log_keeps_the_address_of_a_private_page(plan: dict[str, Any]) -> None:
    (exclusion,) = of(plan, "google_logging_project_exclusion").values()
    assert 'log_id("run.googleapis.com/requests")' in exclusion["filter"]
    assert 'service_name="pages"' in exclusion["filter"]
    assert not exclusion["disabled"]


def test_production_keeps_no_less_than_the_defaults() -> None:
    text = (TERRAFORM / "environments" / "prod.tfvars").read_text("utf-8")
    numbers = {name: int(value) for name, value in re.findall(r"^(\w+) += (\d+)$", text, re.MULTILINE)}
    for name in ("backup_weeks", "events_days", "log_days"):
        assert numbers.get(name, int(default(name))) >= int(default(name)), name


# What cannot be deleted

#: Resources of the kinds with data that a deployment may delete, with the reason.
DELETABLE = {
    "google_secret_manager_secret.this": "a tenant's secrets end with the tenant, and only with DELETE",
    "google_storage_bucket.bundles": "make bundle makes its files again",
}


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yields each resource of a configuration: `kind.name` and its text, in the form of `terraform fmt`."""
    for kind, name, body in re.findall(
        r'^resource "(\w+)" "(\w+)" {\n(.*?)^}', text, re.DOTALL | re.MULTILINE
    ):
        yield f"{kind}.{name}", body


def protected() -> dict[str, bool]:
    """Returns whether Terraform refuses to delete it, for each resource of the kinds with data."""
    found = {}
    for path in sorted(TERRAFORM.glob("**/*.tf")):
        for address, body in blocks(path.read_text("utf-8")):
            if address.partition(".")[0] in data_loss.KEPT:
                lifecycle = re.findall(r"^  lifecycle {\n(.*?)^  }", body, re.DOTALL | re.MULTILINE)
                found[address] = any(
                    re.search(r"^    prevent_destroy += true$", each, re.MULTILINE) for each in lifecycle
                )
    return found


def test_terraform_refuses_to_delete_data(plan: dict[str, Any]) -> None:
    found = protected()
    planned = {
        re.sub(r"\[.*", "", address.rpartition("module.")[2])
        for kind in data_loss.KEPT
        for address in of(plan, kind)
    }
    assert planned <= found.keys()
    assert sorted(address for address, is_protected in found.items() if not is_protected) == sorted(DELETABLE)


def test_no_bucket_is_emptied_to_be_deleted(plan: dict[str, Any]) -> None:
    assert not any(each["force_destroy"] for each in of(plan, "google_storage_bucket").values())
    assert not any(
        each["delete_contents_on_destroy"] for each in of(plan, "google_bigquery_dataset").values()
    )
    (database,) = of(plan, "google_firestore_database").values()
    assert database["delete_protection_state"] == "DELETE_PROTECTION_ENABLED"
    assert database["deletion_policy"] == "ABANDON"
