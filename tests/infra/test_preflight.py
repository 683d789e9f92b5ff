"""Preflight: everything missing is listed at once with its remedy, before any change."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.cloud import preflight
from scripts.cloud.preflight import NotReady, Target
from tests.fakes.commands import Commands

TARGET = Target("some-project", "europe-southwest1", "dev")


def missing(target: Target = TARGET) -> list[str]:
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


def test_an_environment_without_numbers_is_refused(commands: Commands) -> None:
    lines = missing(Target("some-project", "europe-southwest1", "moon"))
    assert lines == [
        "ENV='moon': has no terraform/environments/*.tfvars (expected one of dev, prod, staging)",
    ]
    assert commands.calls("gcloud") == []


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
    commands.answer("gcloud", "--quiet storage buckets describe*", "not found", status=1)
    lines = missing()
    assert len(lines) == 3
    assert "gcloud services enable cloudresourcemanager.googleapis.com --project=some-project" in lines[0]
    assert "gcloud billing projects link some-project" in lines[1]
    assert "gcloud storage buckets create gs://some-project-terraform" in lines[2]
    assert "--location=europe-southwest1" in lines[2]
