"""Layout of the project: manifest, folders, plugin files and locks agree in both directions."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from scripts import manifest, tenant_file
from shared.platform.settings import PREFIX, Settings
from shared.tenants import plugins

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = manifest.load()
NAMES = list(MANIFEST.functions)

#: Slow to import (google 400 ms, httpx 100 ms): imported only by code that is about to use them.
SLOW = {"google", "httpx", "opentelemetry", "phonenumbers", "requests"}
#: The greatest length of a file: a plugin that grows becomes a package of the same name.
LINES = 300


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def main_of(function: str) -> Path:
    return ROOT / "functions" / function / "main.py"


def imported(node: ast.AST) -> Iterator[str]:
    """Yields the full names of the modules that one statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def project_files() -> list[str]:
    """Lists the files that are, or are about to be, under version control."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


# --- functions


def test_each_folder_has_its_manifest_entry_and_each_entry_its_folder() -> None:
    folders = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_its_main_and_its_requirements(name: str) -> None:
    kept = {path.name for path in main_of(name).parent.iterdir()} - {"__pycache__"}
    assert kept == {"main.py", "requirements.txt"}


@pytest.mark.parametrize("name", NAMES)
def test_the_entry_point_is_named_as_the_folder_and_asynchronous(name: str) -> None:
    served = [
        node
        for node in tree(main_of(name)).body
        if isinstance(node, ast.AsyncFunctionDef)
        and any("functions_framework.aio.http" in ast.unparse(mark) for mark in node.decorator_list)
    ]
    assert [node.name for node in served] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_handles_just_the_topics_that_trigger_it(name: str) -> None:
    wiring = ROOT / "shared" / "wiring" / f"{name}.py"
    if not wiring.exists():  # it shares another function's code, and no topic triggers it
        assert not MANIFEST.functions[name].trigger.topics
        return
    texts = {node.value for node in ast.walk(tree(wiring)) if isinstance(node, ast.Constant)}
    assert texts & set(MANIFEST.topics) == set(MANIFEST.functions[name].trigger.topics)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_imports_the_core_and_no_adapter_or_plugin(name: str) -> None:
    allowed = {*sys.stdlib_module_names, "functions_framework", "pydantic", "shared", "starlette"}
    plugged = re.compile(
        r"shared\.(channels|llm|notifiers|records|sources|platform\.(store|bus|secrets|traces))\.[a-z_]+(\.|$)|.*http_httpx"
    )
    for node in ast.walk(tree(main_of(name))):
        for module in imported(node):
            assert module.partition(".")[0] in allowed, module
            assert not plugged.match(module), module


def test_plugin_families_are_packages_and_every_one_is_used() -> None:
    named = {family for function in MANIFEST.functions.values() for family in function.plugins}
    assert named == {"channels", "llm", "notifiers", "records", "sources"}
    for family in named:
        assert importlib.util.find_spec(f"shared.{family}"), family


@pytest.mark.parametrize("family", ["channels", "llm", "notifiers", "records"])
def test_a_plugin_file_knows_no_other(family: str) -> None:
    """Files whose names begin with `_` belong to the whole family."""
    folder = ROOT / "shared" / family
    names = plugins.names(family)
    for path in folder.rglob("*.py"):
        own = path.relative_to(folder).parts[0].removesuffix(".py")
        modules = [module.split(".") for node in ast.walk(tree(path)) for module in imported(node)]
        others = {module[2] for module in modules if module[:2] == ["shared", family] and len(module) > 2}
        assert others & names <= {own}, path.relative_to(ROOT)


def test_each_setting_is_declared_and_each_declared_name_is_a_setting() -> None:
    settings = {PREFIX + field.name.upper(): field for field in fields(Settings)}
    required = {name for name, field in settings.items() if field.default is MISSING}
    for function in MANIFEST.functions.values():
        declared = {name for name in function.environment if name.startswith(PREFIX)}
        assert required <= declared <= set(settings), function.name


def test_each_secret_of_a_tenant_is_readable_by_some_function() -> None:
    granted = {
        (family, name)
        for function in MANIFEST.functions.values()
        for family, names in function.secrets.items()
        for name in names
    }
    for path in tenant_file.files(tenant_file.FOLDER):
        asked = {(secret.family, secret.role) for secret in tenant_file.secrets(tenant_file.load(path))}
        assert asked <= granted, path.name


# --- locks


def pins(text: str) -> dict[str, set[str]]:
    """Returns each requirement (name, version and marker) with its hashes, from a requirements file."""
    found: dict[str, set[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *hashes = line.split("--hash=")
            found[requirement.strip()] = {each.strip() for each in hashes}
    return found


LOCK = pins((ROOT / "requirements.lock").read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_a_function_installs_what_the_lock_says_and_nothing_else(name: str) -> None:
    pinned = pins((main_of(name).parent / "requirements.txt").read_text("utf-8"))
    assert pinned
    for requirement, hashes in pinned.items():
        assert re.match(r"[a-z0-9][a-z0-9._-]*==\S+( ;.*)?$", requirement), requirement
        assert hashes, f"{requirement} has no hash"
        assert hashes == LOCK.get(requirement), f"{requirement} differs from the lock: run make lock"


def test_each_extra_comes_with_a_need_and_each_dependency_of_a_need_is_an_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    brought = {extra for function in MANIFEST.functions.values() for extra in function.dependencies}
    assert brought == set(extras) - {"dev"}


@pytest.mark.parametrize("name", NAMES)
def test_a_function_installs_the_dependencies_of_all_and_its_extras(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    pinned = {
        line.partition("==")[0] for line in pins((main_of(name).parent / "requirements.txt").read_text())
    }
    mine = MANIFEST.functions[name].dependencies
    needed = [*project["dependencies"], *(each for extra in mine for each in extras[extra])]
    spared = [each for extra in extras if extra not in mine for each in extras[extra]]
    assert {distribution(each) for each in needed} <= pinned
    along = {"pyyaml"} & pinned if "triggers" in mine else set()  # cel-python needs it
    assert {distribution(each) for each in spared} & pinned == along


def distribution(requirement: str) -> str:
    """Returns the normalised name:
    https://packaging.python.org/en/latest/specifications/name-normalization/"""
    match = re.match(r"[\w.-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.mark.parametrize(
    "lock", ["requirements.lock", *(f"functions/{name}/requirements.txt" for name in NAMES)]
)
def test_no_lock_names_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(i|f|-\w*(index|links|host))", text, re.MULTILINE)


# --- the whole tree


def test_slow_libraries_are_imported_only_when_they_are_used() -> None:
    """Cold start is a promise. Checks each file's top level, without imports for type checking only."""
    eager = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {module}"
        for path in (ROOT / "shared").rglob("*.py")
        for node in tree(path).body
        for module in imported(node)
        if module.partition(".")[0] in SLOW
    ]
    # The pusher belongs to the local run: no function imports it.
    assert [each for each in eager if not each.startswith("shared/platform/bus/pusher.py")] == []


def test_files_are_short() -> None:
    source = re.compile(r"(shared|functions|scripts)/.*\.(py|js|css|html)$")
    long = {
        name: lines
        for name in project_files()
        if source.match(name) and (lines := len((ROOT / name).read_text("utf-8").splitlines())) > LINES
    }
    assert long == {}


def test_names_say_what_is_in_a_module() -> None:
    vague = re.compile(r"(^|/)(utils?|helpers?|manager|base)(\.py|/)")
    assert [name for name in project_files() if vague.search(name)] == []


def test_no_developers_machine_and_no_registry_is_named() -> None:
    # In pieces, so that this file passes its own test.
    private = ["/" + "work/", "/" + "root/", r"/" + r"home/\w", "/" + "Users/"]
    registries = ["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "deb" + r"\.debian"]
    forbidden = re.compile("|".join([*(rf"(?<![\w.]){place}" for place in private), *registries]).encode())
    found = [name for name in project_files() if forbidden.search((ROOT / name).read_bytes())]
    assert found == []


def test_each_make_target_calls_something_that_is_there() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    for script in re.findall(r"@(scripts/\w+)", text):
        assert (ROOT / script).stat().st_mode & 0o100, f"{script} cannot be run"
    for module in re.findall(r"python -m (scripts[\w.]+)", text):
        assert importlib.util.find_spec(module), module
