"""Bundles: the same bytes from the same tree, with all files that a function needs and no others."""

from __future__ import annotations

import ast
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import bundle, manifest
from scripts.yaml_file import ROOT

MANIFEST = manifest.load()
NAMES = list(MANIFEST.functions)
FAMILIES = {family for function in MANIFEST.functions.values() for family in function.plugins}


def held(name: str) -> dict[str, Path]:
    return bundle.files(MANIFEST.functions[name], FAMILIES)


def test_the_same_tree_gives_the_same_bytes(tmp_path: Path) -> None:
    once, twice = bundle.make(tmp_path / "once"), bundle.make(tmp_path / "twice")
    assert once == twice
    for name in NAMES:
        first, second = (tmp_path / folder / f"{name}.zip" for folder in ("once", "twice"))
        assert first.read_bytes() == second.read_bytes()


def test_no_clock_mode_or_mask_of_this_machine_gets_in(tmp_path: Path) -> None:
    folder = tmp_path / "staged"
    bundle.stage(MANIFEST.functions["webhook"], FAMILIES, folder)
    before = bundle.pack(folder, tmp_path / "before.zip")
    for path in folder.rglob("*.py"):
        path.chmod(0o755)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert bundle.pack(folder, tmp_path / "after.zip") == before


def test_another_content_is_another_bundle(tmp_path: Path) -> None:
    folder = tmp_path / "staged"
    bundle.stage(MANIFEST.functions["webhook"], FAMILIES, folder)
    before = bundle.pack(folder, tmp_path / "before.zip")
    (folder / "main.py").write_text((folder / "main.py").read_text() + "\n")
    assert bundle.pack(folder, tmp_path / "after.zip") != before


def test_what_was_staged_before_does_not_stay(tmp_path: Path) -> None:
    folder = tmp_path / "staged"
    (folder / "shared").mkdir(parents=True)
    (folder / "shared" / "gone.py").touch()
    bundle.stage(MANIFEST.functions["webhook"], FAMILIES, folder)
    assert not (folder / "shared" / "gone.py").exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_has_its_entry_point_its_requirements_and_the_core(name: str) -> None:
    names = set(held(name))
    core = {"shared/wiring/process.py", "shared/language/data/wo.json"}
    assert {"main.py", "requirements.txt", *core} <= names
    assert {each for each in names if "/" not in each} == {"main.py", "requirements.txt"}
    assert {each.split("/")[0] for each in names if "/" in each} == {"shared"}
    assert not [each for each in names if "__pycache__" in each or each.endswith((".pyc", ".md"))]


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_has_the_plugins_that_its_function_declares_and_no_others(name: str) -> None:
    for family in FAMILIES:
        held_files = {each for each in held(name) if each.startswith(f"shared/{family}/")}
        ports = {each for each in held_files if each.split("/")[2].startswith("_")}
        assert f"shared/{family}/__init__.py" in ports
        assert (held_files > ports) == (family in MANIFEST.functions[name].plugins)


@pytest.mark.parametrize("name", NAMES)
def test_the_local_model_is_prepared_where_texts_are_embedded(name: str) -> None:
    prepared = {Path(each).name for each in held(name) if each.startswith("shared/embeddings/prepared/")}
    embeds = "embeddings" in MANIFEST.functions[name].dependencies
    assert prepared == ({"arrays", "objects", "sizes.json"} if embeds else set())


@pytest.mark.parametrize("name", NAMES)
def test_a_laptop_s_adapters_stay_on_the_laptop(name: str) -> None:
    assert not [each for each in held(name) if "sqlite" in each]
    assert bundle.LOCAL.isdisjoint(held(name))


def test_what_is_left_out_exists() -> None:
    assert [each for each in bundle.LOCAL if not (ROOT / each).is_file()] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_module_misses_another_when_it_is_imported(name: str) -> None:
    """Imports inside a function are wiring's choice of an adapter; those at the top of a file are not."""
    names = held(name)
    for module, path in names.items():
        for imported in imports(path):
            place = imported.replace(".", "/")
            found = {f"{place}.py", f"{place}/__init__.py"} & set(names)
            assert found, f"{module} imports {imported}, which the bundle leaves out"


def imports(path: Path) -> Iterator[str]:
    """Yields our own modules that a file imports at its top level."""
    if path.suffix != ".py":
        return
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("shared"):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("shared."))


def test_the_command_says_each_hash(capsys: pytest.CaptureFixture[str]) -> None:
    bundle.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == [f"build/bundles/{name}.zip" for name in NAMES]
    assert all(zipfile.is_zipfile(ROOT / line.split()[1]) for line in lines)
