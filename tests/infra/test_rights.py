"""Effective rights in a plan: conditions are evaluated as IAM does, for attempts of both outcomes.

Conditions are in the Common Expression Language: https://cloud.google.com/iam/docs/conditions-overview
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import celpy
import pytest
from celpy import celtypes
from celpy.adapter import json_to_cel
from celpy.evaluation import CELEvalError

from scripts import permissions
from scripts.permissions import Grant
from scripts.terraform import EXAMPLE

OURS = f"projects/{EXAMPLE['project']}/roles"
#: Permissions that let their holder act as a service account, of its own or by changing the account's policy.
IMPERSONATING = {
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.setIamPolicy",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
    "iam.serviceAccountKeys.create",
    "iam.roles.create",
    "iam.roles.update",
}
#: Google's roles with any of them: https://cloud.google.com/iam/docs/service-account-permissions
IMPERSONATORS = {
    "roles/editor",
    "roles/iam.organizationRoleAdmin",
    "roles/iam.roleAdmin",
    "roles/iam.securityAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityPoolAdmin",
    "roles/iam.workloadIdentityUser",
    "roles/owner",
}
#: Permissions on documents, files and values of secrets.
DATA = {"datastore.entities", "storage.objects", "secretmanager.versions"}
#: Asks a model something, which changes nothing.
ASKS = "aiplatform.endpoints.predict"
READS = ("get", "list", "getIamPolicy", "getMetadata")


@pytest.fixture(scope="module")
def grants(plan: dict[str, Any]) -> list[Grant]:
    return permissions.grants(plan)


@pytest.fixture(scope="module")
def roles(plan: dict[str, Any]) -> dict[str, list[str]]:
    return permissions.own_roles(plan)


def evaluate(expression: str, **variables: Any) -> bool:
    """Returns the value of a condition; one that fails, as for a claim that a token lacks, is refused."""
    environment = celpy.Environment()
    program = environment.program(
        environment.compile(expression),
        functions={
            "getAttribute": lambda api, name, default: api.get(name, default),
            "hasOnly": lambda found, allowed: celtypes.BoolType(set(found) <= set(allowed)),
        },
    )
    try:
        return bool(program.evaluate({name: json_to_cel(value) for name, value in variables.items()}))
    except CELEvalError:
        return False


def only(plan: dict[str, Any], type_: str, address: str = "") -> dict[str, Any]:
    """Returns the values of the only resource of this type."""
    (found,) = (
        each for each in permissions.resources(plan) if each["type"] == type_ and address in each["address"]
    )
    values: dict[str, Any] = found["values"]
    return values


# The deployer's grants


def granted(plan: dict[str, Any], roles: Sequence[str]) -> bool:
    """Returns whether the deployer may change a policy such that members of these roles change."""
    (condition,) = only(plan, "google_project_iam_member", "deployer_grants")["condition"]
    return evaluate(condition["expression"], api={"iam.googleapis.com/modifiedGrantsByRole": list(roles)})


def of_functions_and_people(grants: list[Grant]) -> list[str]:
    """Returns the roles on the project that functions, the builder and administrators have."""
    ours = {"account `builder`", "the editors", "the viewers"}
    found = {
        grant.role
        for grant in grants
        if grant.kind == "the project" and (grant.who in ours or grant.who.startswith("function "))
    }
    return sorted(found)


@pytest.mark.parametrize(
    "attempt",
    [
        ["roles/owner"],
        ["roles/editor"],
        ["roles/viewer"],
        ["roles/resourcemanager.projectIamAdmin"],
        ["roles/iam.serviceAccountUser"],
        ["roles/iam.serviceAccountTokenCreator"],
        ["roles/iam.securityAdmin"],
        ["roles/datastore.owner"],
        ["roles/storage.admin"],
        [f"{OURS}/deployerAccounts"],
        [f"{OURS}/planner"],
        ["projects/another-project/roles/documentReader"],
        ["roles/datastore.user", "roles/owner"],
        ["roles/owner", "roles/datastore.user"],
        ["roles/datastore.user2"],
        [""],
    ],
    ids=" and ".join,
)
def test_the_deployer_grants_nothing_else(plan: dict[str, Any], attempt: list[str]) -> None:
    assert not granted(plan, attempt)


def test_the_deployer_grants_what_functions_and_people_have(
    plan: dict[str, Any], grants: list[Grant]
) -> None:
    roles = of_functions_and_people(grants)
    assert {"roles/datastore.user", f"{OURS}/documentReader"} <= set(roles)
    assert [role for role in roles if not granted(plan, [role])] == []
    # The provider batches grants of one policy, so that all of them may change at once.
    assert granted(plan, roles)


def test_a_change_without_grants_is_not_refused(plan: dict[str, Any]) -> None:
    """Such as one of the audit configuration, which IAM conditions cannot tell."""
    assert granted(plan, [])


# Acting as accounts


def test_no_identity_may_act_as_every_account(grants: list[Grant], roles: dict[str, list[str]]) -> None:
    broad = [grant for grant in grants if grant.kind == "the project" and grant.role in IMPERSONATORS]
    assert broad == []
    assert {role: found for role, each in roles.items() if (found := IMPERSONATING & set(each))} == {}


def test_the_deployer_acts_as_the_accounts_that_it_deploys_with(
    plan: dict[str, Any], grants: list[Grant]
) -> None:
    accounts = {
        each["values"]["account_id"]
        for each in permissions.resources(plan)
        if each["type"] == "google_service_account"
    }
    users = {(grant.who, grant.name) for grant in grants if grant.role == "roles/iam.serviceAccountUser"}
    assert users == {("account `deployer`", name) for name in accounts - {"deployer", "planner"}}


# The planner


def test_the_planner_changes_nothing_and_reads_no_data(
    grants: list[Grant], roles: dict[str, list[str]]
) -> None:
    mine = [grant for grant in grants if grant.who == "account `planner`"]
    assert mine
    for grant in mine:
        if grant.role.startswith(OURS):
            used = roles[grant.role.rpartition("/")[2]]
            assert [each for each in used if not each.endswith(READS) and each != ASKS] == []
            assert [each for each in used if each.rpartition(".")[0] in DATA] == []
        elif grant.kind == "bucket":
            assert (grant.role, grant.name.rpartition("-")[2]) in {
                ("roles/storage.objectViewer", "bundles"),
                ("roles/storage.objectViewer", "terraform"),
            }
        else:
            assert grant.role.endswith(("Viewer", ".viewer", ".reader", "/browser", ".serviceUsageConsumer"))
            assert grant.role not in {"roles/datastore.viewer", "roles/storage.objectViewer", "roles/viewer"}


# Workload identity

TOKEN = {
    "repository": EXAMPLE["repository"],
    "repository_id": EXAMPLE["repository_id"],
    "repository_owner": "OWNER",
    "sub": f"repo:{EXAMPLE['repository']}:environment:{EXAMPLE['environment']}",
    "environment": EXAMPLE["environment"],
    "ref": "refs/heads/main",
    "event_name": "push",
}
PULL_REQUEST = {
    **{name: value for name, value in TOKEN.items() if name != "environment"},
    "sub": f"repo:{EXAMPLE['repository']}:pull_request",
    "ref": "refs/pull/7/merge",
    "event_name": "pull_request",
}
NIGHTLY = {
    **PULL_REQUEST,
    "sub": f"repo:{EXAMPLE['repository']}:ref:refs/heads/main",
    "ref": "refs/heads/main",
    "event_name": "schedule",
}


def identities(plan: dict[str, Any], token: dict[str, str]) -> set[str]:
    """Returns the accounts that a job with this token may become."""
    provider = only(plan, "google_iam_workload_identity_pool_provider")
    if not evaluate(provider["attribute_condition"], assertion=token):
        return set()
    subject = evaluated_subject(provider["attribute_mapping"]["google.subject"], token)
    return {
        each["values"]["service_account_id"].rpartition("/")[2].partition("@")[0]
        for each in permissions.resources(plan)
        if each["values"].get("role") == "roles/iam.workloadIdentityUser"
        and each["values"]["member"].endswith(f"/workloadIdentityPools/github/subject/{subject}")
    }


def evaluated_subject(mapping: str, token: dict[str, str]) -> str:
    environment = celpy.Environment()
    program = environment.program(environment.compile(mapping))
    return str(program.evaluate({"assertion": json_to_cel(token)}))


@pytest.mark.parametrize(
    ("token", "account"), [(TOKEN, "deployer"), (PULL_REQUEST, "planner"), (NIGHTLY, "planner")]
)
def test_a_job_of_ours_becomes_one_account(plan: dict[str, Any], token: dict[str, str], account: str) -> None:
    assert identities(plan, token) == {account}


@pytest.mark.parametrize("token", [TOKEN, PULL_REQUEST, NIGHTLY])
@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("repository_id", "987654321"),  # a stranger's repository that took over our name
        ("repository_id", ""),
        ("repository_id", f"{EXAMPLE['repository_id']}0"),
        ("sub", "repo:OWNER/ANOTHER:environment:example"),
        ("sub", "repo:OWNER/RENAMED:pull_request"),  # until `repository` has the new name
        ("sub", "repo:OWNER/REPOSITORY:environment:staging"),
        ("sub", "repo:OWNER/REPOSITORY:environment:example:pull_request"),
        ("sub", "repo:OWNER/REPOSITORY:ref:refs/heads/topic"),
        ("sub", "repo:OWNER/REPOSITORY:ref:refs/tags/v1"),
        ("sub", ""),
    ],
)
def test_any_other_job_becomes_none(
    plan: dict[str, Any], token: dict[str, str], claim: str, value: str
) -> None:
    assert identities(plan, {**token, claim: value}) == set()
    assert identities(plan, {name: each for name, each in token.items() if name != claim}) == set()


@pytest.mark.parametrize(
    "ref", ["refs/heads/topic", "refs/pull/7/merge", "refs/tags/main", "refs/heads/main2"]
)
def test_the_environment_deploys_the_main_branch_alone(plan: dict[str, Any], ref: str) -> None:
    assert identities(plan, {**TOKEN, "ref": ref}) == set()


# Audit


def test_reads_and_writes_of_data_are_audited_except_the_functions_own(plan: dict[str, Any]) -> None:
    configured = {
        each["values"]["service"]: each["values"]["audit_log_config"]
        for each in permissions.resources(plan)
        if each["type"] == "google_project_iam_audit_config"
    }
    functions = {
        f"serviceAccount:{each['values']['account_id']}@{EXAMPLE['project']}.iam.gserviceaccount.com"
        for each in permissions.resources(plan)
        if each["type"] == "google_service_account" and each["values"]["account_id"].startswith("fn-")
    }
    for service in ("datastore", "secretmanager", "storage"):
        kinds = configured.get(f"{service}.googleapis.com", [])
        assert {each["log_type"] for each in kinds} == {"DATA_READ", "DATA_WRITE"}
        assert all(set(each["exempted_members"]) == functions for each in kinds)
