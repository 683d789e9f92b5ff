"""The target of operators' commands: a deployment, the local run, or a state that settings name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import deployment
from scripts.deployment import Deployment
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError
from shared.platform.store.sqlite import SqliteStore

GIVEN = {"PROJECT": "concierge-prod", "ENV": "prod"}
TARGET = Deployment("concierge-prod", "europe-southwest1", "prod")
#: Commands of an operator that read or change a state, with arguments.
COMMANDS = {
    "replay": (),
    "gaps": (),
    "handoffs": (),
    "triggers": (),
    "contacts": ("--file", "guests.csv"),
    "knowledge": (),
    "gateway": ("hotel", "waha"),
    "story": ("M1",),
}
#: Commands for a deployment alone.
DEPLOYED = {
    "cloud.deploy": ("plan",),
    "cloud.secrets": (),
    "cloud.tenant": ("infra/tenants/inn.yaml",),
}


def run(command: str, *arguments: str, **variables: str) -> tuple[int, str, list[str]]:
    """Runs the command as make does. Returns its code, its output, and its lines on standard error."""
    others = ("CONCIERGE_", "FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.{command}", *arguments],
        cwd=ROOT,
        env={**clean, "TENANT": "hotel", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr.splitlines()


def test_nothing_given_is_no_deployment() -> None:
    assert deployment.given({}) is None


def test_project_and_env_are_a_deployment_in_the_default_region() -> None:
    assert deployment.given(GIVEN) == TARGET
    assert str(TARGET) == "concierge-prod, prod, europe-southwest1"


def test_the_region_is_as_given() -> None:
    assert deployment.given({**GIVEN, "REGION": "africa-south1"}) == Deployment(
        "concierge-prod", "africa-south1", "prod"
    )


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PROJECT": ""}, "PROJECT is set, but empty"),
        ({"PROJECT": "", "ENV": "prod"}, "PROJECT is set, but empty"),
        (
            {"PROJECT": "concierge-prod"},
            "ENV is missing for PROJECT=concierge-prod (expected one of dev, prod",
        ),
        ({"PROJECT": "concierge-prod", "REGION": "africa-south1"}, "ENV is missing"),
        ({**GIVEN, "ENV": ""}, "ENV is set, but empty"),
        ({**GIVEN, "REGION": ""}, "REGION is set, but empty"),
        ({"ENV": "prod"}, "ENV=prod without PROJECT"),
        ({"REGION": "africa-south1"}, "REGION=africa-south1 without PROJECT"),
        ({"ENV": "dev", "REGION": "africa-south1"}, "unset REGION ENV"),
        ({**GIVEN, "ENV": "Prod"}, "ENV='Prod': expected an environment"),
        ({**GIVEN, "ENV": "production"}, "ENV=production: has no terraform/environments/production.tfvars"),
        ({**GIVEN, "ENV": "../dev"}, "expected an environment"),
        ({**GIVEN, "REGION": "paris"}, "REGION='paris': expected a region"),
        ({**GIVEN, "REGION": "europe-west1-b"}, "expected a region"),
        ({**GIVEN, "PROJECT": "Concierge"}, "PROJECT='Concierge': expected a project's id"),
        ({**GIVEN, "PROJECT": "concierge-prod\n"}, "expected a project's id"),
        ({**GIVEN, "PROJECT": "123456789012"}, "expected a project's id"),
        ({**GIVEN, "CONCIERGE_STORE": "sqlite:x.db"}, "names one state and CONCIERGE_STORE another"),
        ({**GIVEN, "CONCIERGE_SECRETS": "environment"}, "CONCIERGE_SECRETS another"),
        ({**GIVEN, "CONCIERGE_CLOCK": "shifted:x"}, "CONCIERGE_CLOCK another"),
        ({**GIVEN, "FIRESTORE_EMULATOR_HOST": "localhost:8081"}, "FIRESTORE_EMULATOR_HOST another"),
        ({**GIVEN, "PUBSUB_EMULATOR_HOST": "localhost:8085"}, "unset PUBSUB_EMULATOR_HOST"),
    ],
)
def test_a_target_that_is_not_clear_is_refused(variables: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        deployment.given(variables)
    assert said in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_deployment_is_required_where_there_is_no_local_one() -> None:
    with pytest.raises(ConfigurationError, match="PROJECT and ENV are missing"):
        deployment.required({})


@pytest.mark.parametrize(("variables", "yes"), [({}, False), ({"YES": ""}, False), ({"YES": "1"}, True)])
def test_a_yes_is_given_by_one(variables: dict[str, str], *, yes: bool) -> None:
    assert deployment.yes(variables) == yes


@pytest.mark.parametrize("value", ["no", "0", "true", "yes", " 1"])
def test_a_yes_of_another_value_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="expected YES=1, or nothing"):
        deployment.yes({"YES": value})


@pytest.mark.parametrize("command", [*COMMANDS, *DEPLOYED])
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PROJECT": "concierge-prod"}, "ENV is missing"),
        ({"ENV": "prod"}, "ENV=prod without PROJECT"),
    ],
)
async def test_each_command_refuses_it_and_touches_no_state(
    tmp_path: Path, command: str, variables: dict[str, str], said: str
) -> None:
    """The local run is there: without the refusal, the command would work on it."""
    SqliteStore(tmp_path / "store.db").open()
    arguments = (COMMANDS | DEPLOYED)[command]
    code, output, told = run(command, *arguments, LOCAL_FOLDER=str(tmp_path), **variables)
    assert (code, output) == (1, "")
    assert len(told) == 1
    assert said in told[0]


@pytest.mark.parametrize("command", DEPLOYED)
def test_a_command_for_deployments_alone_has_no_local_target(command: str) -> None:
    code, _, told = run(command, *DEPLOYED[command], YES="1")
    assert (code, len(told)) == (1, 1)
    assert "PROJECT and ENV are missing" in told[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_prints_the_local_run_first(tmp_path: Path, command: str) -> None:
    code, _, told = run(command, *COMMANDS[command], LOCAL_FOLDER=str(tmp_path), PORT="9")
    assert told[0].startswith("→ the local run")
    assert code == 1
    assert "there is no local run yet" in told[-1] or "no local run answers" in told[-1]


@pytest.mark.parametrize("command", [*COMMANDS, *DEPLOYED])
def test_each_command_prints_the_deployment_first(tmp_path: Path, command: str) -> None:
    """There are neither commands nor credentials here, so it fails after that."""
    SqliteStore(tmp_path / "store.db").open()
    here = {"PATH": str(tmp_path), "LOCAL_FOLDER": str(tmp_path), "HOME": str(tmp_path)}
    offline = {"GCE_METADATA_HOST": "127.0.0.1:9", "NO_GCE_CHECK": "true"}
    code, output, told = run(command, *(COMMANDS | DEPLOYED)[command], **here, **offline, **GIVEN)
    assert told[0] == "→ concierge-prod, prod, europe-southwest1"
    assert (code, output) == (1, "")


def test_a_state_that_settings_name_is_printed(tmp_path: Path) -> None:
    store, bus = f"sqlite:{tmp_path / 'a.db'}", f"sqlite:{tmp_path / 'b.db'}"
    code, output, told = run("replay", CONCIERGE_STORE=store, CONCIERGE_BUS=bus)
    assert told == [f"→ CONCIERGE_STORE={store}, CONCIERGE_BUS={bus}"]
    assert (code, output) == (0, "no dead letters wait\n")


def test_half_a_state_is_not_filled_up_with_the_local_run(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "store.db").open()
    code, _, told = run("replay", LOCAL_FOLDER=str(tmp_path), CONCIERGE_STORE="firestore:other")
    assert code == 1
    assert "CONCIERGE_BUS is not set" in told[-1]


def test_a_command_gets_the_settings_of_the_deployment_s_functions() -> None:
    """Compares with the map `environment` of terraform/functions.tf, name by name."""
    text = (ROOT / "terraform" / "functions.tf").read_text("utf-8")
    block = text.partition("  environment = {\n")[2].partition("\n  }")[0]
    theirs = dict(re.findall(r'^\s*([A-Z_]+)\s*= (?:"([^"]*)")?', block, re.MULTILINE))
    ours = TARGET.settings()
    assert set(theirs) == set(ours)
    own = {"CONCIERGE_TRACES"}  # a command's traces would be no message's
    for name, template in theirs.items():
        if template and name not in own:
            assert template.replace("${var.project}", TARGET.project) == ours[name], name
    address = "${var.region}-${var.project}.cloudfunctions.net"
    assert address in text
    filled = address.replace("${var.region}", TARGET.region).replace("${var.project}", TARGET.project)
    assert ours["CONCIERGE_ORIGIN"] == f"https://{filled}"


def test_make_has_no_default_for_a_target_and_passes_it_on() -> None:
    """Make passes variables on as they were given: one that is empty is not one that is unset."""
    command = ["make", "--no-print-directory", "--eval=probe: ; @env", "probe"]
    clean = {"PATH": os.environ["PATH"]}

    def passed(*given: str, **variables: str) -> set[str]:
        done = subprocess.run(
            [*command, *given], cwd=ROOT, env=clean | variables, capture_output=True, text=True, timeout=30
        )
        return {line for line in done.stdout.splitlines() if line.startswith(("PROJECT", "REGION", "ENV"))}

    assert passed() == set()
    assert passed("PROJECT=concierge-prod", "ENV=prod") == {"PROJECT=concierge-prod", "ENV=prod"}
    assert passed(PROJECT="", REGION="africa-south1") == {"PROJECT=", "REGION=africa-south1"}
