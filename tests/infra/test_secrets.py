"""`make secrets`: a typed value reaches Secret Manager and nothing else."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import tenant_file
from scripts.cloud import gcloud, secrets
from tests.fakes.commands import Commands

PROJECT = "some-project"
TARGET = {"PROJECT": PROJECT, "ENV": "dev", "DEMO": "1"}
ASKED = {"hotel-waha-api-key": "hotel: api_key of the channel waha"}
VALUE = "a-value-that-nobody-may-see"


def test_a_value_goes_through_standard_input_alone(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet secrets versions add*")
    assert secrets.fill(PROJECT, ASKED, lambda _: VALUE) == 1
    assert commands.inputs() == VALUE
    assert not [call for call in commands.calls() if VALUE in call]
    assert "add hotel-waha-api-key --project=some-project --data-file=-" in commands.calls("gcloud")[-1]


def test_enter_leaves_a_secret_as_it_is(commands: Commands) -> None:
    assert secrets.fill(PROJECT, ASKED, lambda _: "") == 0
    assert commands.calls() == []


def test_only_what_has_no_value_is_asked_for(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet secrets versions list*")
    commands.answer("gcloud", "--quiet secrets versions list hotel-waha-api-key*", "projects/1/versions/3")
    among = ["hotel-waha-api-key", "hotel-waha-hmac-key"]
    assert secrets.wanting(PROJECT, among) == ["hotel-waha-hmac-key"]


def test_a_secret_that_is_not_there_yet_is_an_error(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet secrets versions list*", "NOT_FOUND: no such secret", status=1)
    with pytest.raises(gcloud.Failed, match="hotel-waha-api-key is not there yet: make deploy makes it"):
        secrets.wanting(PROJECT, ["hotel-waha-api-key"])


def test_only_secrets_of_the_deployment_s_tenants_are_asked_for() -> None:
    """The demo tenants have none of it unless they are deployed."""
    assert secrets.uses(demo=False) == {"health-token": "the function health"}
    everything = secrets.uses(demo=True)
    assert everything["hotel-waha-api-key"] == "hotel: api_key of the channel waha"
    assert everything["health-token"] == "the function health"


def test_a_secret_with_two_uses_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"kind": "telegram", "secrets": {"api_key": "inn-key", "secret_token": "inn-token"}}
    inn = {"id": "inn", "name": "Inn", "languages": ["en"], "channels": {"one": entry, "two": entry}}
    (tmp_path / "inn.yaml").write_text(json.dumps(inn), "utf-8")  # JSON is YAML
    monkeypatch.setattr(tenant_file, "FOLDER", tmp_path)
    uses = secrets.uses(demo=False)["inn-key"]
    assert uses == "inn: api_key of the channel one, inn: api_key of the channel two"


def command(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.cloud.secrets", *arguments],
        env=os.environ | TARGET,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_a_terminal_nothing_is_asked(commands: Commands) -> None:
    done = command(stdin=VALUE)
    assert done.returncode == 1
    assert "in a terminal" in done.stderr
    assert done.stderr.startswith("→ some-project, dev, europe-southwest1\n")
    assert commands.calls() == []


def test_what_is_typed_is_not_shown(commands: Commands) -> None:
    """Runs in a terminal of its own, as for an operator."""
    commands.answer("gcloud", "--quiet secrets versions add*")
    shown = typed(["hotel-waha-api-key"], "to leave it): ", VALUE, TARGET)
    assert "hotel-waha-api-key, for hotel: api_key of the channel waha" in shown
    assert "1 of 1 stored" in shown
    assert VALUE not in shown
    assert commands.inputs() == VALUE


def test_a_demo_tenant_s_secret_is_not_one_of_prod(commands: Commands) -> None:
    prod = {"PROJECT": PROJECT, "ENV": "prod"}
    shown = typed(["hotel-waha-api-key"], "expected one of health-token", "", prod)
    assert "SECRET=hotel-waha-api-key: is not a secret of this deployment" in shown
    assert commands.calls() == []


def typed(arguments: list[str], prompt: str, value: str, variables: dict[str, str]) -> str:
    """Runs the command in a terminal and types the value after the prompt. Returns all that it shows."""
    child, terminal = pty.fork()
    if child == 0:
        program = [sys.executable, "-m", "scripts.cloud.secrets", *arguments]
        os.execve(sys.executable, program, os.environ | variables)  # noqa: S606 the shell would be between them
    shown = read_until(terminal, prompt)
    if value:
        os.write(terminal, f"{value}\n".encode())
        shown += read_until(terminal, "stored")
    os.waitpid(child, 0)
    os.close(terminal)
    return shown


def read_until(terminal: int, text: str) -> str:
    shown, deadline = "", time.monotonic() + 60
    while text not in shown and time.monotonic() < deadline:
        shown += os.read(terminal, 1024).decode()
    return shown
