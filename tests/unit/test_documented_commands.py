"""Each `make` command in the documents can be typed: target and variables exist, the deployment is named."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.yaml_file import ROOT
from shared.platform.settings import PREFIX, Settings

PAGES = [
    ROOT / "README.md",
    ROOT / "infra" / "tenants" / "README.md",
    ROOT / "terraform" / "README.md",
    *sorted((ROOT / "infra" / "runbooks").glob("*.md")),
]
#: The variables of a deployment (scripts/deployment.py), and the commands that take all three.
TARGET = ("PROJECT", "REGION", "ENV")
LOCAL_TOO = {"contacts", "costs", "gaps", "gateway", "handoffs", "replay", "story", "triggers"}
OPERATORS = LOCAL_TOO | {
    "apply",
    "deploy",
    "destroy",
    "pause",
    "plan",
    "resume",
    "rollback",
    "secrets",
    "settle",
    "tenant",
}
#: Variables that Make does not name: they reach the commands from the environment.
OTHERS = {
    "deploy": {"DEMO"},
    "run": {PREFIX + field.upper() for field in Settings.__dataclass_fields__},
    "secrets": {"DEMO"},
    "setup": {"PYTHON"},
    "tenant": {"DEMO"},
}
#: Pages about one deployment. The others are also about the local run, or leave-region about two deployments.
DEPLOYED = [
    page for page in PAGES if page.parent.name in ("runbooks", "terraform") and page.stem != "leave-region"
]
_EXPORT = "export PROJECT="


class Command(NamedTuple):
    target: str
    variables: dict[str, str]


def rules() -> dict[str, str]:
    """Returns the Makefile's targets, each with its line of help and its recipe."""
    text = (ROOT / "Makefile").read_text("utf-8")
    found = re.findall(r"^([a-z-]+):(.*(?:\n\t.*)*)", text, re.MULTILINE)
    return dict(found)


def commands(text: str) -> Iterator[tuple[str, int]]:
    """Yields the command lines of a page with their places: lines of code, and spans in sentences."""
    for block in re.finditer(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in re.finditer(r"^(?:\w+=\S+ )*make .*$", block[1], re.MULTILINE):
            yield line[0], block.start(1) + line.start()
    prose = re.sub(r"^```\n.*?^```", lambda block: " " * len(block[0]), text, flags=re.MULTILINE | re.DOTALL)
    for span in re.finditer(r"`((?:\w+=\S+ )*make [a-z][^`]*)`", prose):
        yield " ".join(span[1].split()), span.start()


def parse(line: str) -> Command:
    """Returns the command. Raises ValueError for a word that is neither a target nor a variable."""
    before, words = line.split("make ", 1)
    target, *given = shlex.split(words, comments=True)
    given += shlex.split(before)
    variables = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not re.fullmatch("[A-Z_]+", name):
            raise ValueError(f"{word!r} in {line!r}")
        variables[name] = value
    return Command(target, variables)


def known(target: str) -> set[str]:
    """Returns the variables that a target takes."""
    named = set(re.findall(r"\b([A-Z]+)(?==|\))", rules()[target]))
    return named | (set(TARGET) if target in OPERATORS else set()) | OTHERS.get(target, set())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_each_command_has_its_target_and_variables(page: Path) -> None:
    for line, _ in commands(page.read_text("utf-8")):
        command = parse(line)
        assert command.target in rules(), line
        assert set(command.variables) <= known(command.target), line


@pytest.mark.parametrize("page", DEPLOYED, ids=lambda page: page.stem)
def test_a_command_of_an_operator_names_its_deployment(page: Path) -> None:
    """Itself, or by an `export` above it: otherwise it would be about the local run, or refused."""
    text = page.read_text("utf-8")
    for line, place in commands(text):
        command = parse(line)
        if command.target in OPERATORS and _EXPORT not in text[:place]:
            assert set(TARGET) <= set(command.variables), line


def test_commands_in_sentences_and_in_code_are_found() -> None:
    page = "Type `make replay\nARGS=all` or\n\n```\nmake plan ENV=dev  # shows it\nPORT=1 make run\n```\n"
    found = [parse(line) for line, _ in commands(page)]
    assert found == [
        Command("plan", {"ENV": "dev"}),
        Command("run", {"PORT": "1"}),
        Command("replay", {"ARGS": "all"}),
    ]


@pytest.mark.parametrize("line", ["make replay all", "make replay --dry-run", "make tenant file=x"])
def test_words_that_make_would_take_for_targets_are_noticed(line: str) -> None:
    with pytest.raises(ValueError, match="in 'make"):
        parse(line)


def test_a_variable_of_another_command_is_noticed() -> None:
    assert "CONFIRM" not in known("deploy")
    assert "SECRET" not in known("tenant")
    assert {"ARGS", "TENANT", *TARGET} <= known("replay")
