"""The values of Terraform's variables, as Terraform evaluates them: precedence, and errors in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import terraform
from scripts.cloud import variables
from scripts.deployment import ENVIRONMENTS, Deployment
from shared.errors import ConfigurationError

TARGET = Deployment("some-project", "africa-south1", "prod")


@pytest.fixture
def folder(copied: terraform.Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns a copy of the declarations and of the environments' numbers, for files of values."""
    shutil.copy(copied.root / "variables.tf", tmp_path)
    shutil.copytree(ENVIRONMENTS, tmp_path / "environments")
    monkeypatch.setattr(variables, "_FOLDER", tmp_path)
    monkeypatch.setattr(variables, "ENVIRONMENTS", tmp_path / "environments")
    for name in ("operators", "embeddings", "model_location"):
        monkeypatch.delenv(f"TF_VAR_{name}", raising=False)
    return tmp_path


def test_without_values_the_declarations_count(folder: Path) -> None:
    found = variables.read(TARGET)
    assert (found.operators, found.embeddings) == ([], "local")
    assert found.model_location
    assert found.schedule_region


def test_an_empty_location_is_the_region(folder: Path) -> None:
    (folder / "people.auto.tfvars").write_text('model_location = ""\n')
    assert variables.read(TARGET).model_location == "africa-south1"


def test_the_environment_s_numbers_come_after_files_and_these_after_variables(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_VAR_operators", '["shell@example.org"]')
    monkeypatch.setenv("TF_VAR_embeddings", "off")
    assert variables.read(TARGET).operators == ["shell@example.org"]
    (folder / "people.auto.tfvars").write_text(
        '# who is told\noperators = [\n  "file@example.org",\n]\nembeddings = "gemini"\n'
    )
    found = variables.read(TARGET)
    assert (found.operators, found.embeddings) == (["file@example.org"], "gemini")
    numbers = folder / "environments" / "prod.tfvars"
    numbers.write_text(numbers.read_text() + 'embeddings = "gemini:other"\nsomething_else = 1\n')
    assert variables.read(TARGET).embeddings == "gemini:other"


def test_a_file_of_another_environment_is_not_read(folder: Path) -> None:
    (folder / "prod.tfvars").write_text('embeddings = "off"\n')
    assert variables.read(TARGET).embeddings == "local"


@pytest.mark.parametrize("text", ["operators = [", 'operators = "a', "operators = nobody", "\x00"])
def test_a_file_that_is_no_list_of_values_is_one_line(folder: Path, text: str) -> None:
    (folder / "people.auto.tfvars").write_text(text)
    with pytest.raises(ConfigurationError, match="terraform cannot read the variables: Error") as refusal:
        variables.read(TARGET)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_command_for_a_deployment_has_its_own_embeddings(folder: Path) -> None:
    (folder / "people.auto.tfvars").write_text('embeddings = "gemini"\nmodel_location = "us"\n')
    settings = variables.settings(TARGET)
    assert (settings["CONCIERGE_EMBEDDINGS"], settings["GOOGLE_CLOUD_LOCATION"]) == ("gemini", "us")


@pytest.mark.parametrize(
    ("use", "origin"),
    [
        ("only", "https://concierge.example.org"),
        ("shared", "https://concierge.example.org"),
        ("prepared", "https://africa-south1-some-project.cloudfunctions.net"),
    ],
)
def test_a_hostname_of_our_own_is_the_address_once_it_is_in_use(folder: Path, use: str, origin: str) -> None:
    declarations = folder / "variables.tf"
    text = declarations.read_text("utf-8")
    for name in ("hostname", "hostname_use"):
        if f'variable "{name}"' not in text:
            text += f'\nvariable "{name}" {{\n  default = ""\n}}\n'
    declarations.write_text(text, "utf-8")
    assert variables.settings(TARGET)["CONCIERGE_ORIGIN"] == TARGET.origin
    values = f'hostname = "concierge.example.org"\nhostname_use = "{use}"\n'
    (folder / "people.auto.tfvars").write_text(values)
    assert variables.settings(TARGET)["CONCIERGE_ORIGIN"] == origin
