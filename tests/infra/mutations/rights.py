"""Mutations of rights, and of their audit."""

from __future__ import annotations

from tests.infra.mutating import Mutation
from tests.infra.mutations.naming import named

MUTATIONS = (
    Mutation(
        "reads-not-audited",
        "terraform/iam.tf",
        'toset(["DATA_READ", "DATA_WRITE"])',
        'toset(["DATA_WRITE"])',
        named("test_rights", "test_reads_and_writes_of_data_are_audited"),
        "DATA_READ",
    ),
    Mutation(
        "secrets-not-audited",
        "terraform/iam.tf",
        ', "secretmanager.googleapis.com"',
        "",
        named("test_rights", "test_reads_and_writes_of_data_are_audited"),
        "DATA_READ",
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
)
