"""Terraform's own checks and tests (terraform/**/tests/*.tftest.hcl), and its agreement with Python."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from scripts import manifest, terraform

MANIFEST = manifest.load()
SIZES = ("concurrency", "cpu", "max_instances", "memory", "min_instances", "timeout_seconds")


def test_it_is_formatted(copied: terraform.Copy) -> None:
    assert copied.run("fmt", "-check", "-recursive") == ""


def test_it_is_valid(configuration: terraform.Copy) -> None:
    configuration.run("validate", "-no-color")


def test_what_follows_from_a_manifest(copied: terraform.Copy) -> None:
    """Needs Terraform, but no provider."""
    copied.init("manifest")
    assert "0 failed" in copied.run("test", "-no-color", module="manifest")


def test_one_function(configuration: terraform.Copy) -> None:
    configuration.init("function")
    assert "0 failed" in configuration.run("test", "-no-color", module="function")


def test_the_deployment(configuration: terraform.Copy) -> None:
    assert "0 failed" in configuration.run("test", "-no-color")


@pytest.fixture(scope="module")
def derived(copied: terraform.Copy) -> dict[str, Any]:
    """Returns the pure module's outputs for the real manifest."""
    copied.init("manifest")
    values = {
        "environment": {name: name for entry in MANIFEST.functions.values() for name in entry.environment},
        "path": "../../infra/functions.yaml",
        "tenants": "../../infra/tenants",
    }
    (copied.root / "manifest" / "real.tfvars.json").write_text(json.dumps(values))
    given = ("-var-file=real.tfvars.json", "-out=real.plan")
    copied.run("plan", "-no-color", "-input=false", *given, module="manifest")
    shown = json.loads(copied.run("show", "-json", "real.plan", module="manifest"))
    return {name: output["value"] for name, output in shown["planned_values"]["outputs"].items()}


def test_terraform_and_the_local_run_derive_the_same_subscriptions(derived: dict[str, Any]) -> None:
    ours = {each.name: asdict(each) for each in MANIFEST.subscriptions()}
    for name, subscription in ours.items():
        del subscription["name"]
        assert derived["subscriptions"][name] == subscription
    assert set(derived["subscriptions"]) == set(ours)


def test_terraform_fills_in_the_same_defaults(derived: dict[str, Any]) -> None:
    for name, function in MANIFEST.functions.items():
        theirs = derived["functions"][name]
        for field in SIZES:
            assert theirs[field] == getattr(function, field), (name, field)


def test_terraform_and_python_derive_the_same_of_needs(derived: dict[str, Any]) -> None:
    for name, function in MANIFEST.functions.items():
        theirs = derived["functions"][name]
        assert set(theirs["environment"]) == set(function.environment)
        assert set(theirs["roles"]) == set(function.roles)
        assert theirs["buckets"] == function.buckets


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_environment_sets_variables_that_there_are(copied: terraform.Copy, environment: str) -> None:
    """Terraform itself only warns of undeclared variables."""
    declared = (copied.root / "variables.tf").read_text("utf-8")
    numbers = (copied.root / "environments" / f"{environment}.tfvars").read_text("utf-8")
    names = [line.split("=")[0].strip() for line in numbers.splitlines() if line[:1].isalpha()]
    assert names
    assert [name for name in names if f'variable "{name}"' not in declared] == []
