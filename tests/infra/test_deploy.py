"""`make plan`, `make deploy`, `make destroy`, with fake commands that only record their calls."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import bundle, infra_files
from scripts.cloud import data_loss, deploy
from scripts.cloud.deploy import Refused
from scripts.deployment import Deployment
from scripts.yaml_file import ROOT
from tests.fakes.commands import Commands
from tests.infra.test_states import has_states, resource

TARGET = Deployment("some-project", "europe-southwest1", "dev")
ENVIRONMENT = {"PROJECT": "some-project", "ENV": "dev"}
NOTHING: frozenset[str] = frozenset()


@pytest.fixture(autouse=True)
def _ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces the file checks and the bundling, which have tests of their own and take a second each."""
    monkeypatch.setattr(bundle, "make", lambda: None)
    monkeypatch.setattr(infra_files, "check", lambda: None)


def planned(commands: Commands, *changes: tuple[str, str]) -> None:
    """Sets the plan that `terraform show` returns: addresses and their actions."""
    said = [
        {"address": address, "type": address.split("[")[0].split(".")[-2], "change": {"actions": [action]}}
        for address, action in changes
    ]
    commands.answer("terraform", "*show -json*", json.dumps({"resource_changes": said}))


def verbs(commands: Commands) -> list[str]:
    """Returns Terraform's subcommands in order of calls, without its evaluation of variables."""
    called = [call.split()[2] for call in commands.calls("terraform") if "-chdir" in call]
    return [verb for verb in called if verb != "console"]


def test_a_plan_is_made_of_the_environment_s_numbers_and_the_project_s_own(commands: Commands) -> None:
    planned(commands)
    deploy.plan(TARGET, NOTHING)
    assert verbs(commands) == ["init", "plan", "show"]
    init, plan = (
        next(call for call in commands.calls("terraform") if f" {v} " in call) for v in ("init", "plan")
    )
    assert "-backend-config=bucket=some-project-terraform -backend-config=prefix=concierge/dev" in init
    assert "-var-file=environments/dev.tfvars" in plan
    for value in ("environment=dev", "project=some-project", "project_number=123456789012"):
        assert f"-var={value}" in plan


def test_a_deployment_changes_just_what_was_shown(commands: Commands) -> None:
    planned(commands, ('module.function["reply"].google_cloudfunctions2_function.this', "update"))
    deploy.deploy(TARGET, NOTHING, yes=True)
    shown = next(call for call in commands.calls("terraform") if " plan " in call)
    file = next(each for each in shown.split() if each.startswith("-out=")).removeprefix("-out=")
    assert commands.calls("terraform")[-1].endswith(f"apply -input=false {file}")


def test_without_a_yes_nothing_is_changed(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(commands)
    monkeypatch.setattr("builtins.input", lambda _: "y")
    with pytest.raises(Refused, match="nothing was changed"):
        deploy.deploy(TARGET, NOTHING, yes=False)
    assert "apply" not in verbs(commands)


@pytest.mark.parametrize(
    "address",
    [
        "google_firestore_database.this",
        'google_secret_manager_secret.this["hotel-waha-api-key"]',
        'google_pubsub_topic.this["inbound"]',
        'google_storage_bucket.kept["media"]',
    ],
)
def test_what_would_delete_data_is_refused_by_its_address(commands: Commands, address: str) -> None:
    planned(commands, (address, "delete"), ("google_monitoring_dashboard.this", "delete"))
    with pytest.raises(Refused) as refusal:
        deploy.deploy(TARGET, NOTHING, yes=True)
    assert address in str(refusal.value)
    assert "dashboard" not in str(refusal.value)
    assert "apply" not in verbs(commands)


def test_what_is_meant_is_said_by_its_address(commands: Commands) -> None:
    address = 'google_secret_manager_secret.this["inn-waha-api-key"]'
    planned(commands, (address, "delete"))
    deploy.deploy(TARGET, frozenset([address]), yes=True)
    assert "apply" in verbs(commands)


def test_a_replacement_is_a_loss_too() -> None:
    change = {"actions": ["delete", "create"]}
    plan = {"resource_changes": [{"address": "a.b", "type": "google_firestore_database", "change": change}]}
    assert data_loss.lost(plan) == ["a.b"]


@pytest.mark.parametrize("confirmed", ["", "another-project", "some-projec"])
def test_destroy_refuses_without_the_project_s_name(commands: Commands, confirmed: str) -> None:
    with pytest.raises(Refused, match="CONFIRM=some-project"):
        deploy.destroy(TARGET, confirmed)
    assert commands.calls() == []


def test_destroy_leaves_what_holds_data(commands: Commands) -> None:
    state = [
        "google_firestore_database.this",
        'google_pubsub_topic.this["inbound"]',
        'google_secret_manager_secret.this["hotel-waha-api-key"]',
        'google_storage_bucket.kept["media"]',
        'module.function["reply"].google_cloudfunctions2_function.this',
    ]
    has_states(commands, dev=[resource()])
    commands.answer("terraform", "*state list", "\n".join(state))
    deploy.destroy(TARGET, "some-project")
    removed = next(call for call in commands.calls("terraform") if " state rm " in call)
    assert removed.partition("state rm ")[2] == " ".join([state[0], state[2], state[3]])
    assert verbs(commands)[-3:] == ["state", "state", "destroy"]


@pytest.fixture
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a copy of the files that a deployment reads, to be spoilt."""
    folder = tmp_path_factory.mktemp("tree")
    for name in ("functions", "infra", "scripts", "shared", "terraform"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".terraform")
        )
    return folder


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        (
            "functions.yaml",
            "timeout_seconds: 30",
            "timeout_seconds: 3000",
            "functions.webhook.timeout_seconds: 3000 is not allowed (expected 1…540)",
        ),
        (
            "firestore.yaml",
            "scope: COLLECTION_GROUP",
            "scope: EVERYWHERE",
            "'EVERYWHERE' is not allowed (expected one of COLLECTION, COLLECTION_GROUP)",
        ),
        (
            "tenants/demo/hotel.yaml",
            "kind: waha",
            "kind: pigeon",
            "channels.waha.kind: 'pigeon' is not a channel",
        ),
    ],
)
def test_a_file_that_is_wrong_stops_it_before_terraform_starts(
    commands: Commands, tree: Path, file: str, right: str, wrong: str, said: str
) -> None:
    path = tree / "infra" / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    command = [sys.executable, "-m", "scripts.cloud.deploy", "plan"]
    done = subprocess.run(
        command, cwd=tree, env=os.environ | ENVIRONMENT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    target, problem = done.stderr.splitlines()
    assert target == f"→ {TARGET}"
    assert problem.startswith(f"infra/{file}:")
    assert said in problem
    assert commands.calls() == []


def run(act: str, monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """Runs the command with these variables. Returns its refusal, empty if there is none."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["deploy", act])
    try:
        deploy.main()
    except SystemExit as refusal:
        return str(refusal.code)
    return ""


@pytest.mark.parametrize("act", ["plan", "deploy", "destroy"])
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"YES": "1"}, "PROJECT and ENV are missing"),
        ({"PROJECT": "some-project", "YES": "1", "CONFIRM": "some-project"}, "ENV is missing"),
        ({"PROJECT": "", "YES": "1"}, "PROJECT is set, but empty"),
        ({"ENV": "prod", "YES": "1"}, "without PROJECT"),
        ({"PROJECT": "some-project", "ENV": "prdo", "YES": "1"}, "ENV=prdo: has no terraform/environments"),
        ({"PROJECT": "some-project", "ENV": "dev", "REGION": "Dakar"}, "expected a region"),
        ({"PROJECT": "Some Project", "ENV": "dev"}, "expected a project's id"),
    ],
)
def test_a_target_that_is_not_clear_calls_nothing(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, act: str, variables: dict[str, str], said: str
) -> None:
    assert said in run(act, monkeypatch, **variables)
    assert commands.calls() == []


def test_the_target_is_the_first_line(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    planned(commands)
    assert run("plan", monkeypatch, **ENVIRONMENT) == ""
    assert capfd.readouterr().err.splitlines()[0] == "→ some-project, dev, europe-southwest1"


@pytest.mark.parametrize("yes", ["no", "0", "true"])
def test_a_yes_that_is_none_applies_nothing(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, yes: str
) -> None:
    planned(commands)
    assert "expected YES=1" in run("deploy", monkeypatch, YES=yes, **ENVIRONMENT)
    assert commands.calls("terraform") == []


def test_a_yes_applies_without_a_question(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(commands)
    assert run("deploy", monkeypatch, YES="1", **ENVIRONMENT) == ""
    assert verbs(commands)[-1] == "apply"


@pytest.mark.parametrize(("demo", "value"), [("", "false"), ("1", "true")])
def test_the_demo_tenants_are_deployed_when_asked_for(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, demo: str, value: str
) -> None:
    planned(commands)
    assert run("plan", monkeypatch, DEMO=demo, **ENVIRONMENT) == ""
    assert f"-var=demo={value} " in next(call for call in commands.calls("terraform") if " plan " in call)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DEMO": "1", "ENV": "prod"}, "demo tenants are not deployed to prod"),
        ({"DEMO": "yes"}, "expected DEMO=1"),
        ({"DEMO": "0"}, "expected DEMO=1"),
    ],
)
def test_production_has_no_demo_tenants(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    assert said in run("deploy", monkeypatch, YES="1", **(ENVIRONMENT | variables))
    assert commands.calls() == []


def test_another_environment_is_not_destroyed(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    has_states(commands, prod=[resource()])
    given = ENVIRONMENT | {"CONFIRM": "some-project"}
    assert "nothing of ENV=dev is deployed in some-project" in run("destroy", monkeypatch, **given)
    assert verbs(commands) == []
