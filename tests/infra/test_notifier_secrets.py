"""Secrets of notifiers: a function may read the roles that its part of the notifiers uses, and no others.

`handoff` sends, with the classes that notify; `desk` takes answers, with the classes that verify.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import manifest
from scripts.yaml_file import ROOT

NOTIFIERS = ROOT / "shared" / "notifiers"
GRANTED = {
    name: set(function.secrets.get("notifiers", ())) for name, function in manifest.load().functions.items()
}
#: The function that calls a class with this method.
CALLERS = {"notify": "handoff", "verify": "desk"}
#: Calls that read a secret, named by their last argument: of a connection, and of the notifiers' own helper.
READS = {"secret", "key"}

SAMPLE = """
class Pager:
    async def notify(self, to, notice):
        await self._connection.secret("pin")

class Answers:
    async def verify(self, webhook):
        await key(self._connection, _KEY)

_KEY = "sealing_wax"

async def login(connection):
    return await connection.secret("user")

async def key(connection, name):
    return (await connection.secret(name)).strip()
"""


def reads(source: str) -> Iterator[tuple[str, str]]:
    """Yields the function that reads a secret ("" if the text does not tell), and the secret's role.

    Raises AssertionError if a role is neither a text nor a constant of the file.
    """
    module = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in module.body:
        if getattr(node, "name", "") in READS:  # the helper itself, which is told the role
            continue
        methods = {each.name for each in ast.walk(node) if isinstance(each, ast.AsyncFunctionDef)}
        callers = [CALLERS[name] for name in CALLERS if isinstance(node, ast.ClassDef) and name in methods]
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in READS and call.args:
                role = call.args[-1]
                known = role.value if isinstance(role, ast.Constant) else constants.get(ast.unparse(role))
                assert isinstance(known, str), f"{ast.unparse(call)}: expected the role in words"
                yield callers[0] if callers else "", known


def files() -> list[Path]:
    """Lists the notifiers' files without the helpers that they share."""
    return [
        path for path in sorted(NOTIFIERS.rglob("*.py")) if path.parent != NOTIFIERS or path.name[0] != "_"
    ]


def used() -> set[tuple[str, str]]:
    return {found for path in files() for found in reads(path.read_text("utf-8"))}


def test_the_roles_of_a_file_are_found() -> None:
    assert set(reads(SAMPLE)) == {("handoff", "pin"), ("desk", "sealing_wax"), ("", "user")}


def test_a_role_that_no_function_may_read_is_found() -> None:
    assert [role for name, role in reads(SAMPLE) if role not in GRANTED.get(name, {"user"})] == [
        "pin",
        "sealing_wax",
    ]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(NOTIFIERS).as_posix())
def test_each_role_that_a_notifier_uses_may_be_read_by_the_function_that_uses_it(path: Path) -> None:
    for name, role in reads(path.read_text("utf-8")):
        allowed = GRANTED[name] if name else GRANTED["handoff"] | GRANTED["desk"]
        assert role in allowed, f"{name or 'a function'} reads {role}"


@pytest.mark.parametrize(
    ("function", "role"), [(name, role) for name, roles in GRANTED.items() for role in sorted(roles)]
)
def test_a_function_may_read_no_role_that_it_does_not_use(function: str, role: str) -> None:
    assert used() & {(function, role), ("", role)}
