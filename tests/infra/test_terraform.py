"""Terraform's own checks and tests (terraform/**/tests/*.tftest.hcl), and its agreement with Python."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from scripts import manifest, tenant_file, terraform

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


def derive(copied: terraform.Copy, module: str) -> dict[str, Any]:
    """Returns the pure module's outputs for the real manifest and the tenants of its own tests."""
    copied.init(module)
    values = {
        "environment": {name: name for entry in MANIFEST.functions.values() for name in entry.environment},
        "path": "../../infra/functions.yaml",
        "tenants": "tests/tenants",
    }
    (copied.root / module / "real.tfvars.json").write_text(json.dumps(values))
    given = ("-var-file=real.tfvars.json", "-out=real.plan")
    copied.run("plan", "-no-color", "-input=false", *given, module=module)
    shown = json.loads(copied.run("show", "-json", "real.plan", module=module))
    return {name: output["value"] for name, output in shown["planned_values"]["outputs"].items()}


@pytest.fixture(scope="module")
def derived(copied: terraform.Copy) -> dict[str, Any]:
    return derive(copied, "manifest")


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


def test_terraform_and_the_local_run_call_the_same_paths_on_schedule(derived: dict[str, Any]) -> None:
    ours = {
        name: (function.trigger.due_path, f"*/{minutes} * * * *" if minutes > 1 else "* * * * *")
        for name, function in MANIFEST.functions.items()
        if (minutes := function.trigger.every_minutes)
    }
    assert {name: (each["path"], each["cron"]) for name, each in derived["schedules"].items()} == ours


def readers(tenants: Path) -> set[str]:
    """Returns who may read which secret by the manifest's rules, as `function/secret`."""
    files = [tenant_file.load(path) for path in sorted(tenants.glob("*.yaml"))]
    return {
        f"{name}/{secret.name}"
        for name, function in MANIFEST.functions.items()
        for secret in (secret for file in files for secret in tenant_file.secrets(file))
        if secret.role in function.secrets.get(secret.family, ())
    } | {f"{name}/{own}" for name, function in MANIFEST.functions.items() for own in function.own_secrets}


def test_a_function_reads_the_secrets_of_its_families_and_roles(
    copied: terraform.Copy, derived: dict[str, Any]
) -> None:
    assert set(derived["secret_readers"]) == readers(copied.root / "manifest" / "tests" / "tenants")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('family = "notifiers"', 'family = "channels"'),
        ('family = "tenants"', 'family = "llm"'),
        ("contains(try(entry.secrets[kept.family], []), kept.role)", "can(entry.secrets[kept.family])"),
        ("contains(try(entry.secrets[kept.family], []), kept.role)", "try(entry.secrets, {}) != {}"),
    ],
)
def test_a_secret_that_is_granted_to_another_function_is_noticed(
    copied: terraform.Copy, right: str, wrong: str
) -> None:
    """Spoils the module in a copy."""
    mutant = copied.root / "mutant"
    shutil.copytree(copied.root / "manifest", mutant, ignore=shutil.ignore_patterns(".terraform*", "real.*"))
    try:
        text = (mutant / "secrets.tf").read_text("utf-8")
        assert right in text
        (mutant / "secrets.tf").write_text(text.replace(right, wrong))
        assert set(derive(copied, "mutant")["secret_readers"]) != readers(mutant / "tests" / "tenants")
    finally:
        shutil.rmtree(mutant)


@pytest.mark.parametrize("environment", ["dev", "prod", "staging"])
def test_an_environment_sets_variables_that_there_are(copied: terraform.Copy, environment: str) -> None:
    """Terraform itself only warns of undeclared variables."""
    declared = (copied.root / "variables.tf").read_text("utf-8")
    numbers = (copied.root / "environments" / f"{environment}.tfvars").read_text("utf-8")
    names = [line.split("=")[0].strip() for line in numbers.splitlines() if line[:1].isalpha()]
    assert names
    assert [name for name in names if f'variable "{name}"' not in declared] == []
