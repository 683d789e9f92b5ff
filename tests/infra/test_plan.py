"""Properties of a whole plan, for every resource of a kind: what functions are told, who calls them, where
everything is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from scripts import manifest, permissions
from scripts.terraform import EXAMPLE
from tests.infra.planned import configured, default, of, seconds

MANIFEST = manifest.load()
PROJECT = EXAMPLE["project"]


REGION = default("region")
#: The value of each variable that functions are told (shared/platform/settings.py reads ours).
ENVIRONMENT = {
    "CONCIERGE_BLOBS": f"gs://{PROJECT}-media",
    "CONCIERGE_BUS": f"pubsub:{PROJECT}",
    "CONCIERGE_CLIENT_IP": "x-client-address",
    "CONCIERGE_EMBEDDINGS": "local",
    "CONCIERGE_LOG_LEVEL": "info",
    "CONCIERGE_ORIGIN": f"https://{EXAMPLE['hostname']}",
    "CONCIERGE_SECRETS": f"secret_manager:{PROJECT}",
    "CONCIERGE_STORE": f"firestore:{PROJECT}",
    "CONCIERGE_TRACES": f"cloud:{PROJECT}",
    "CONCIERGE_WAKE_AHEAD": "on",
    "GOOGLE_CLOUD_LOCATION": default("model_location"),
    "GOOGLE_CLOUD_PROJECT": PROJECT,
}
#: Of the framework: asynchronous serving, one event loop in one worker.
FRAMEWORK = {"FUNCTION_USE_ASGI": "true", "WORKERS": "1"}


# Functions


def functions(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in of(plan, "google_cloudfunctions2_function").values()}


def service(function: dict[str, Any]) -> dict[str, Any]:
    (config,) = function["service_config"]
    values: dict[str, Any] = config
    return values


def test_every_function_of_the_manifest_is_deployed_and_no_other(plan: dict[str, Any]) -> None:
    assert set(functions(plan)) == set(MANIFEST.functions)


@pytest.mark.parametrize("name", MANIFEST.functions)
def test_a_function_is_told_where_its_ports_are(plan: dict[str, Any], name: str) -> None:
    needed = {variable: ENVIRONMENT[variable] for variable in MANIFEST.functions[name].environment}
    assert service(functions(plan)[name])["environment_variables"] == needed | FRAMEWORK


@pytest.mark.parametrize("name", MANIFEST.functions)
def test_a_function_has_its_sizes_and_its_door(plan: dict[str, Any], name: str) -> None:
    ours, theirs = MANIFEST.functions[name], service(functions(plan)[name])
    internal = bool(ours.trigger.topics or ours.trigger.every_minutes or ours.dead_letters)
    balanced = ours.trigger.http == "public"  # the example has a hostname, and is reached by it only
    ingress = "ALLOW_INTERNAL_AND_GCLB" if balanced else "ALLOW_INTERNAL_ONLY" if internal else "ALLOW_ALL"
    assert {
        "available_memory": ours.memory,
        "available_cpu": ours.cpu,
        "timeout_seconds": ours.timeout_seconds,
        "max_instance_request_concurrency": ours.concurrency,
        "min_instance_count": ours.min_instances,
        "max_instance_count": ours.max_instances,
        "ingress_settings": ingress,
        "all_traffic_on_latest_revision": True,
    }.items() <= theirs.items()


def test_what_functions_are_told_of_is_planned(plan: dict[str, Any]) -> None:
    assert ENVIRONMENT["CONCIERGE_BLOBS"].removeprefix("gs://") in {
        each["name"] for each in of(plan, "google_storage_bucket").values()
    }
    (database,) = of(plan, "google_firestore_database").values()
    assert (database["project"], database["name"]) == (PROJECT, "(default)")
    topics = {each["name"]: each["project"] for each in of(plan, "google_pubsub_topic").values()}
    assert {name: PROJECT for name in MANIFEST.topics}.items() <= topics.items()


def test_a_function_runs_as_its_own_account(plan: dict[str, Any]) -> None:
    (function,) = (
        each
        for each in plan["configuration"]["root_module"]["module_calls"]["function"]["module"]["resources"]
        if each["type"] == "google_cloudfunctions2_function"
    )
    (config,) = function["expressions"]["service_config"]
    assert config["service_account_email"]["references"][0] == "google_service_account.this.email"


def test_the_first_build_waits_for_its_grants(plan: dict[str, Any]) -> None:
    """https://docs.cloud.google.com/iam/docs/access-change-propagation"""
    call = plan["configuration"]["root_module"]["module_calls"]["function"]
    assert "terraform_data.build_may" in call["depends_on"]
    wait = configured(plan, "terraform_data.build_may")
    builder = {
        each["address"].partition("[")[0]
        for each in permissions.resources(plan)
        if each["values"].get("member", "") == f"serviceAccount:builder@{PROJECT}.iam.gserviceaccount.com"
    }
    assert builder
    assert builder <= set(wait["expressions"]["triggers_replace"]["references"])
    (provisioner,) = wait["provisioners"]
    asleep = re.fullmatch(r"sleep (\d+)", provisioner["expressions"]["command"]["constant_value"])
    assert asleep
    assert 120 <= int(asleep[1]) <= 600


# Callers


def test_tokens_are_of_the_account_that_may_call(plan: dict[str, Any]) -> None:
    (job,) = configured(plan, "google_cloud_scheduler_job.this")["expressions"]["http_target"]
    (push,) = configured(plan, "google_pubsub_subscription.push")["expressions"]["push_config"]
    for caller, target in (("scheduler", job), ("push", push)):
        (token,) = target["oidc_token"]
        assert (
            f'google_service_account.caller["{caller}"].email' in token["service_account_email"]["references"]
        )


def test_each_schedule_calls_its_own_function(plan: dict[str, Any]) -> None:
    planned = of(plan, "google_cloud_scheduler_job")
    jobs = {
        each["name"]: each
        for address, each in planned.items()
        if address.startswith("google_cloud_scheduler_job.this[")
    }
    scheduled = {
        name: each.trigger for name, each in MANIFEST.functions.items() if each.trigger.every_minutes
    }
    assert set(jobs) == set(scheduled)
    target = configured(plan, "google_cloud_scheduler_job.this")["expressions"]["http_target"][0]
    assert {"module.function", "each.key", "each.value.path"} <= set(target["uri"]["references"])
    for name, job in jobs.items():
        minutes = scheduled[name].every_minutes
        assert job["schedule"] == ("* * * * *" if minutes == 1 else f"*/{minutes} * * * *")
        assert job["time_zone"] == "Etc/UTC"
        assert seconds(job["attempt_deadline"]) >= MANIFEST.functions[name].timeout_seconds


def test_each_subscription_is_the_manifest_s(plan: dict[str, Any]) -> None:
    planned = {each["name"]: each for each in of(plan, "google_pubsub_subscription").values()}
    for ours in MANIFEST.subscriptions():
        theirs = planned[ours.name]
        (retry,) = theirs["retry_policy"]
        assert theirs["ack_deadline_seconds"] == ours.ack_deadline
        assert (seconds(retry["minimum_backoff"]), seconds(retry["maximum_backoff"])) == (
            ours.min_backoff,
            ours.max_backoff,
        )
        attempts = [each["max_delivery_attempts"] for each in theirs["dead_letter_policy"]]
        assert attempts == ([ours.attempts] if ours.dead_letter_topic else [])


def test_what_fails_may_be_moved_to_its_dead_letter_topic(plan: dict[str, Any]) -> None:
    """https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions"""
    agent = "Google's own `pubsub` agent"
    may = {(grant.role, grant.name) for grant in permissions.grants(plan) if grant.who == agent}
    living = [each for each in MANIFEST.subscriptions() if each.dead_letter_topic]
    assert {("roles/pubsub.subscriber", each.name) for each in living} <= may
    assert {("roles/pubsub.publisher", str(each.dead_letter_topic)) for each in living} <= may


# Where things are

#: Resources, by kind or address, that are elsewhere than the region, with their place.
ELSEWHERE = {
    "google_cloud_scheduler_job": default("schedule_region"),
    "google_logging_project_bucket_config": "global",
    "google_storage_bucket.exports": default("export_location"),
}


def test_everything_is_in_the_region(plan: dict[str, Any]) -> None:
    placed = list(_places(plan))
    assert len(placed) > 50
    wrong = [
        (address, place)
        for address, kind, place in placed
        if place.lower() != ELSEWHERE.get(address, ELSEWHERE.get(kind, REGION))
    ]
    assert wrong == []


def _places(plan: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yields each place that a resource names: its address, its kind, the place."""
    for each in permissions.resources(plan):
        places = _named(each["values"])
        yield from ((each["address"], each["type"], place) for place in places)


def _named(values: Any) -> Iterator[str]:
    if isinstance(values, list):
        for each in values:
            yield from _named(each)
    elif isinstance(values, dict):
        for name, value in values.items():
            if name in ("location", "location_id", "region") and isinstance(value, str):
                yield value
            elif name == "allowed_persistence_regions":
                yield from value
            else:
                yield from _named(value)
