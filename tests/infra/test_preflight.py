"""Preflight: everything missing is listed at once with its remedy, before any change."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from scripts import tenant_file
from scripts.cloud import gcloud, preflight
from scripts.cloud.preflight import NotReady
from scripts.deployment import Deployment
from tests.fakes.commands import Commands
from tests.fakes.google import Google
from tests.infra.conftest import evaluated, quota

TARGET = Deployment("some-project", "europe-southwest1", "dev")
PRODUCTION = Deployment("some-project", "europe-southwest1", "prod")


def missing(target: Deployment = TARGET) -> list[str]:
    with pytest.raises(NotReady) as refusal:
        preflight.check(target)
    return str(refusal.value).splitlines()


def test_where_all_is_ready_the_project_s_number_comes_back(commands: Commands) -> None:
    assert preflight.check(TARGET) == "123456789012"


def test_both_tools_are_named_where_both_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lines = missing()
    assert [line.partition(":")[0] for line in lines] == [
        "there is no gcloud on the PATH",
        "there is no terraform on the PATH (expected 1.11 or newer)",
    ]


def test_an_old_terraform_is_refused(commands: Commands) -> None:
    commands.answer("terraform", "version -json", '{"terraform_version": "1.9.8"}')
    assert missing() == ["terraform is 1.9 (expected 1.11 or newer)"]


def test_nobody_signed_in_twice_over(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet auth *", "not signed in", status=1)
    assert missing() == [
        "nobody is signed in to gcloud: gcloud auth login",
        "Terraform has no credentials: gcloud auth application-default login",
    ]


def test_a_project_that_is_not_there(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet projects describe*", "ERROR: not found", status=1)
    assert missing() == [
        "gcloud projects describe some-project: ERROR: not found",
        "  does the project some-project exist, and may you see it?",
    ]


def test_everything_a_project_lacks_at_once(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet services list*", "serviceusage.googleapis.com")
    commands.answer("gcloud", "--quiet billing projects describe*", "False")
    commands.answer("gcloud", "--quiet storage buckets describe*", "ERROR: gs://x not found: 404", status=1)
    lines = missing()
    assert len(lines) == 3
    assert lines[0].startswith(
        "services are off: gcloud services enable aiplatform.googleapis.com cloudbuild"
    )
    assert lines[0].endswith("orgpolicy.googleapis.com --project=some-project")
    assert "gcloud billing projects link some-project" in lines[1]
    assert "gcloud storage buckets create gs://some-project-terraform" in lines[2]
    assert "--location=europe-southwest1" in lines[2]


def test_no_alert_of_prod_may_reach_nobody(commands: Commands) -> None:
    evaluated(commands, operators=[])
    assert preflight.check(TARGET)
    lines = missing(PRODUCTION)
    assert len(lines) == 1
    assert "operators is empty, so no alert of prod would reach anybody" in lines[0]


@pytest.mark.parametrize("left", ["unset", "empty"])
def test_a_workflow_without_its_variables_deletes_nothing(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    monkeypatch.setenv("CI", "true")
    names = ("operators", "administrators", "billing_account")
    for name in names:
        monkeypatch.setenv(f"TF_VAR_{name}", "") if left == "empty" else monkeypatch.delenv(
            f"TF_VAR_{name}", raising=False
        )
    lines = missing(PRODUCTION)
    assert [line.split()[0] for line in lines] == [f"TF_VAR_{name}" for name in names]
    assert "set the variable OPERATORS of the workflow's environment" in lines[0]
    for name in names:
        monkeypatch.setenv(f"TF_VAR_{name}", "given")
    assert preflight.check(PRODUCTION)


def test_the_schedule_s_region_has_to_offer_it(commands: Commands) -> None:
    evaluated(commands, schedule_region="europe-southwest1")
    assert missing() == [
        "schedule_region=europe-southwest1: Cloud Scheduler is not offered there "
        "(expected one of europe-west1, europe-west3)"
    ]


def test_a_location_without_the_model_is_refused(commands: Commands, google: Google) -> None:
    evaluated(commands, model_location="europe-southwest1")
    google.answer("europe-southwest1-aiplatform.googleapis.com", 404)
    assert missing() == [
        "model_location=europe-southwest1: Vertex AI does not serve gemini-3.5-flash-lite there "
        "(status 404; expected eu, us, global or another region, or another model)"
    ]


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("eu", "aiplatform.eu.rep.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
        ("europe-west1", "europe-west1-aiplatform.googleapis.com"),
    ],
)
def test_each_location_is_asked_at_its_own_address(
    commands: Commands, google: Google, location: str, host: str
) -> None:
    """As google-genai does, which the functions use."""
    evaluated(commands, model_location=location)
    preflight.check(TARGET)
    path = f"projects/some-project/locations/{location}/publishers/google/models/gemini-3.5-flash-lite"
    assert f"POST https://{host}/v1/{path}:countTokens" in google.calls


def test_the_models_of_tenants_without_a_key_of_their_own_are_asked_for(
    commands: Commands, google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tenants"
    folder.mkdir()
    for name, answers in {
        "inn": {"provider": "gemini", "model": "gemini-of-the-inn"},
        "spa": {"provider": "gemini", "model": "elsewhere", "secrets": {"api_key": "spa-key"}},
        "bar": {},
    }.items():
        document = {"id": name, "name": name, "languages": ["en"], "answers": answers}
        (folder / f"{name}.yaml").write_text(json.dumps(document), "utf-8")  # JSON is YAML
    monkeypatch.setattr(tenant_file, "FOLDER", folder)
    preflight.check(TARGET)
    (asked,) = [call for call in google.calls if "aiplatform" in call]
    assert asked.endswith("/publishers/google/models/gemini-of-the-inn:countTokens")


def test_the_vendor_s_embeddings_have_to_be_served_too(commands: Commands, google: Google) -> None:
    evaluated(commands, embeddings="gemini")
    google.answer("gemini-embedding-001:predict", 404)
    (line,) = missing()
    assert "Vertex AI does not serve gemini-embedding-001 there" in line


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "you need the role roles/aiplatform.user"),
        (503, "try again"),
        (None, "is model_location right?"),
    ],
)
def test_a_model_that_cannot_be_asked_for_is_a_problem(
    commands: Commands, google: Google, status: int | None, said: str
) -> None:
    google.answer("aiplatform", status)
    assert said in "\n".join(missing())


@pytest.mark.parametrize("location", ["Europe", "eu/../us", "example.org/x?", "eu."])
def test_a_location_that_is_none_is_not_asked(commands: Commands, google: Google, location: str) -> None:
    evaluated(commands, model_location=location)
    assert "is no location" in missing()[0]
    assert not [call for call in google.calls if "aiplatform" in call]


@pytest.mark.parametrize("limits", [{"europe-southwest1": "0", "": "10"}, {"": "0"}])
def test_a_project_that_may_not_build_in_the_region(
    commands: Commands, google: Google, limits: dict[str, str]
) -> None:
    google.answer("consumerQuotaMetrics", 200, quota(limits))
    (line,) = missing()
    assert line.startswith("some-project may not build in europe-southwest1")
    assert preflight.check(Deployment("some-project", "europe-west1", "dev"))  # open to all projects


@pytest.mark.parametrize(
    ("status", "said"), [(403, "roles/servicemanagement.quotaViewer"), (None, "has to answer: try again")]
)
def test_a_quota_that_cannot_be_read_is_a_problem(
    commands: Commands, google: Google, status: int | None, said: str
) -> None:
    google.answer("consumerQuotaMetrics", status)
    assert missing()[-1].endswith(said)


@pytest.mark.parametrize("quoted", [None, [], "text", {}, {"consumerQuotaLimits": []}])
def test_a_quota_of_another_shape_is_no_crash(commands: Commands, google: Google, quoted: Any) -> None:
    google.answer("consumerQuotaMetrics", 200, quoted)
    assert preflight.check(TARGET)


def test_terraform_s_own_error_is_told(commands: Commands) -> None:
    said = "\x1b[31m╷\x1b[0m\n\x1b[31m│\x1b[0m Error: Invalid expression"
    commands.answer("terraform", "*console*", said, status=1)
    assert missing() == ["terraform cannot read the variables: Error: Invalid expression"]


@pytest.mark.parametrize("said", ["", "garbage", "{}", '"[]"', '"\\"', "null"])
def test_variables_that_are_no_answer_are_a_problem(commands: Commands, said: str) -> None:
    commands.answer("terraform", "*console*", said)
    assert "terraform" in missing()[0]


@pytest.mark.parametrize("said", ["", "garbage", "[]", '{"terraform_version": null}'])
def test_a_terraform_that_tells_no_version_is_refused(commands: Commands, said: str) -> None:
    commands.answer("terraform", "version -json", said)
    assert missing() == ["terraform is of no version that it tells (expected 1.11 or newer)"]


@pytest.mark.parametrize(
    "question",
    [
        "projects describe*",
        "services list*",
        "storage ls*",
        "storage buckets describe*",
        "scheduler*",
        "projects get-ancestors*",
        "*",
    ],
)
@pytest.mark.parametrize("garbled", ["\x1b[31m{garbage", "organization\n", "[1, 2]"])
def test_garbage_from_gcloud_is_no_crash(commands: Commands, question: str, garbled: str) -> None:
    commands.answer("gcloud", f"--quiet {question}", garbled)
    with contextlib.suppress(NotReady):
        preflight.check(TARGET)


@pytest.mark.parametrize("question", ["storage ls*", "scheduler*", "projects get-ancestors*", "services*"])
def test_a_refusal_by_gcloud_is_a_problem_with_a_remedy(commands: Commands, question: str) -> None:
    commands.answer("gcloud", f"--quiet {question}", "ERROR: permission denied", status=1)
    first, remedy = missing()
    assert "permission denied" in first
    assert remedy.startswith("  ")


def test_a_gcloud_that_hangs_is_ended(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its own child, which is what really hangs: gcloud is a script that starts Python."""
    child = commands.folder / "child"
    (commands.folder / "gcloud").write_text(f"#!/bin/sh\n/bin/sleep 30 &\necho $! >> {child}\nwait\n")
    monkeypatch.setattr(gcloud, "_DEADLINE_S", 0.5)
    began = time.monotonic()
    assert len(missing()) == 2
    with pytest.raises(gcloud.Failed, match="did not answer within"):
        gcloud.ask("projects", "list")
    left = child.read_text().split()
    assert left
    while any(runs(process) for process in left):
        time.sleep(0.05)
        assert time.monotonic() - began < 10


def runs(process: str) -> bool:
    """Returns whether the process is there, other than as a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
