"""Each kind of resource: its service is enabled, the deployer may change it, the planner may read it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from scripts import permissions
from scripts.permissions import Grant
from scripts.terraform import EXAMPLE
from tests.infra.planned import of

OURS = f"projects/{EXAMPLE['project']}/roles"


class Kind(NamedTuple):
    """The service of resources whose type begins so, and the roles of the deployer and of the planner on the
    project; "" for resources whose rights are elsewhere."""

    service: str
    deployer: str
    planner: str


#: The longest beginning counts. Add one after review: with it, the deployer and the planner get a role.
KINDS = {
    "google_artifact_registry_": Kind(
        "artifactregistry", "roles/artifactregistry.admin", "roles/artifactregistry.reader"
    ),
    "google_bigquery_": Kind("bigquery", "roles/bigquery.admin", "roles/bigquery.metadataViewer"),
    # Granted on the billing account, which the project cannot do: terraform/README.md.
    "google_billing_": Kind("billingbudgets", "", ""),
    "google_cloud_run_": Kind("run", "roles/run.admin", "roles/run.viewer"),
    "google_cloud_scheduler_": Kind(
        "cloudscheduler", "roles/cloudscheduler.admin", "roles/cloudscheduler.viewer"
    ),
    "google_cloudfunctions2_": Kind(
        "cloudfunctions", "roles/cloudfunctions.developer", "roles/cloudfunctions.viewer"
    ),
    "google_firebaserules_": Kind("firebaserules", "roles/firebaserules.admin", "roles/firebaserules.viewer"),
    "google_firestore_": Kind("firestore", "roles/datastore.owner", f"{OURS}/planner"),
    "google_compute_": Kind("compute", "roles/compute.loadBalancerAdmin", "roles/compute.viewer"),
    "google_compute_security_policy": Kind("compute", "roles/compute.securityAdmin", "roles/compute.viewer"),
    # Identities are an operator's: the deployer reads them.
    "google_iam_workload_identity_": Kind(
        "iam", "roles/iam.workloadIdentityPoolViewer", "roles/iam.workloadIdentityPoolViewer"
    ),
    "google_logging_": Kind("logging", "roles/logging.configWriter", f"{OURS}/planner"),
    "google_monitoring_": Kind("monitoring", "roles/monitoring.admin", "roles/monitoring.viewer"),
    "google_project_iam_": Kind(
        "cloudresourcemanager", "roles/resourcemanager.projectIamAdmin", f"{OURS}/planner"
    ),
    "google_project_iam_custom_role": Kind("iam", "roles/iam.roleViewer", "roles/iam.roleViewer"),
    "google_project_service": Kind(
        "", "roles/serviceusage.serviceUsageAdmin", "roles/serviceusage.serviceUsageConsumer"
    ),
    "google_pubsub_": Kind("pubsub", "roles/pubsub.admin", "roles/pubsub.viewer"),
    "google_secret_manager_": Kind(
        "secretmanager", "roles/secretmanager.admin", "roles/secretmanager.viewer"
    ),
    "google_service_account": Kind("iam", f"{OURS}/deployerAccounts", "roles/iam.serviceAccountViewer"),
    "google_storage_": Kind("storage", "roles/storage.admin", f"{OURS}/planner"),
}
#: Services without a resource of theirs, with their use.
USED = {
    "aiplatform": "models",
    "cloudbilling": "the budget's account",
    "cloudbuild": "images of functions",
    "cloudtrace": "reading traces",
    "iamcredentials": "the workflows' accounts",
    "sts": "the workflows' tokens",
    "telemetry": "writing traces",
}


def kind(type_: str) -> Kind:
    fitting = [each for each in KINDS if type_.startswith(each)]
    assert fitting, f"{type_}: which service is it of, and what may the deployer and the planner do with it?"
    return KINDS[max(fitting, key=len)]


@pytest.fixture(scope="module")
def kinds(plan: dict[str, Any]) -> set[Kind]:
    types = {each["type"] for each in permissions.resources(plan)}
    return {kind(each) for each in types if each.startswith("google_")}


def test_the_services_of_all_resources_are_enabled_and_no_others(
    plan: dict[str, Any], kinds: set[Kind]
) -> None:
    enabled = {
        each["service"].removesuffix(".googleapis.com")
        for each in of(plan, "google_project_service").values()
    }
    assert enabled == {each.service for each in kinds if each.service} | set(USED)


@pytest.mark.parametrize("account", ["deployer", "planner"])
def test_a_workflow_s_account_has_a_role_for_each_kind(
    plan: dict[str, Any], kinds: set[Kind], account: str
) -> None:
    has = roles(permissions.grants(plan), account)
    needs = {getattr(each, account) for each in kinds} - {""}
    assert sorted(needs - has) == []


def test_the_deployer_has_no_role_for_a_kind_that_is_not_there(
    plan: dict[str, Any], kinds: set[Kind]
) -> None:
    others = {f"{OURS}/modelAsker"}  # of preflight
    assert roles(permissions.grants(plan), "deployer") <= {each.deployer for each in kinds} | others


def roles(grants: list[Grant], account: str) -> set[str]:
    who = f"account `{account}`"
    return {grant.role for grant in grants if grant.who == who and grant.kind == "the project"}
