"""`make secrets`: a typed value reaches Secret Manager and nothing else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time

import pytest

from scripts.cloud import gcloud, secrets
from tests.fakes.commands import Commands

PROJECT = "some-project"
VALUE = "a-value-that-nobody-may-see"


def test_a_value_goes_through_standard_input_alone(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet secrets versions add*")
    assert secrets.fill(PROJECT, ["hotel-waha-api-key"], lambda _: VALUE) == 1
    assert commands.inputs() == VALUE
    assert not [call for call in commands.calls() if VALUE in call]
    assert "add hotel-waha-api-key --project=some-project --data-file=-" in commands.calls("gcloud")[-1]


def test_enter_leaves_a_secret_as_it_is(commands: Commands) -> None:
    assert secrets.fill(PROJECT, ["hotel-waha-api-key"], lambda _: "") == 0
    assert commands.calls() == []


def test_only_what_has_no_value_is_asked_for(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet secrets versions list*")
    commands.answer("gcloud", "--quiet secrets versions list hotel-waha-api-key*", "projects/1/versions/3")
    among = ["hotel-waha-api-key", "hotel-waha-hmac-key"]
    assert secrets.wanting(PROJECT, among) == ["hotel-waha-hmac-key"]


def test_a_secret_that_is_not_there_yet_is_an_error(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet secrets versions list*", "NOT_FOUND: no such secret", status=1)
    with pytest.raises(gcloud.Failed, match="NOT_FOUND"):
        secrets.wanting(PROJECT, ["hotel-waha-api-key"])


def test_the_deployment_s_own_secrets_are_among_them() -> None:
    assert {"health-token", "hotel-waha-api-key"} <= set(secrets.names())


def test_without_a_terminal_nothing_is_asked(commands: Commands) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cloud.secrets", PROJECT],
        input=VALUE,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "in a terminal" in done.stderr
    assert commands.calls() == []


def test_what_is_typed_is_not_shown(commands: Commands) -> None:
    """Runs in a terminal of its own, as for an operator."""
    commands.answer("gcloud", "--quiet secrets versions add*")
    child, terminal = pty.fork()
    if child == 0:
        command = [sys.executable, "-m", "scripts.cloud.secrets", PROJECT, "hotel-waha-api-key"]
        os.execv(sys.executable, command)  # noqa: S606 the shell would be between the terminal and it
    shown = read_until(terminal, "to leave it): ")
    os.write(terminal, f"{VALUE}\n".encode())
    shown += read_until(terminal, "stored")
    os.waitpid(child, 0)
    os.close(terminal)
    assert "1 of 1 stored" in shown
    assert VALUE not in shown
    assert commands.inputs() == VALUE


def read_until(terminal: int, text: str) -> str:
    shown, deadline = "", time.monotonic() + 60
    while text not in shown and time.monotonic() < deadline:
        shown += os.read(terminal, 1024).decode()
    return shown
