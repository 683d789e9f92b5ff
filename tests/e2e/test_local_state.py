"""Unusable local state ends the run with one line, with the file's name and the remedy."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scripts.local.process import free_port
from scripts.yaml_file import ROOT
from shared.platform.store.sqlite import SqliteStore

DATABASES = ["store.db", "bus.db", "sim.db"]
Prepare = Callable[[Path], object]


def start(folder: Path, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `make run` until it ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.local.run"],
        cwd=root,
        env={**os.environ, "PORT": str(free_port()), "LOCAL_FOLDER": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=30,
    )


def assert_one_line(ended: subprocess.CompletedProcess[str], *named: str) -> None:
    assert ended.returncode == 1
    (line,) = (ended.stdout + ended.stderr).splitlines()
    assert line.startswith("cannot start: ")
    assert all(each in line for each in named), line


def garbage(path: Path) -> None:
    path.write_bytes(b"zebra" * 1_000)


def another_header(path: Path) -> None:
    real_database(path)
    path.write_bytes(b"SQLite format 4\0" + path.read_bytes()[16:])


def cut_off(path: Path) -> None:
    real_database(path)
    path.write_bytes(path.read_bytes()[:-4_096])


def overwritten_pages(path: Path) -> None:
    real_database(path)
    data = path.read_bytes()
    path.write_bytes(data[:8_192] + b"\xff" * 8_192 + data[16_384:])


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        for table in ("documents", "messages", "calls"):
            db.execute(f"CREATE TABLE {table} (something TEXT)")


def real_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE documents (path TEXT PRIMARY KEY, parent, collection, body, version)")
        for number in range(2_000):
            db.execute("INSERT INTO documents VALUES (?, 'p', 'c', '{}', 1)", (f"{number}" * 10,))
        db.commit()


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize("damage", [garbage, Path.mkdir, another_header])
def test_a_database_that_is_none(tmp_path: Path, name: str, damage: Prepare) -> None:
    damage(tmp_path / name)
    assert_one_line(start(tmp_path), str(tmp_path / name), "move it away")


@pytest.mark.parametrize("damage", [cut_off, overwritten_pages, of_another_program])
def test_a_database_that_is_damaged_within(tmp_path: Path, damage: Prepare) -> None:
    damage(tmp_path / "store.db")
    assert_one_line(start(tmp_path), str(tmp_path / "store.db"), "move it away")


@pytest.mark.parametrize("name", ["bus.db", "sim.db"])
def test_a_database_of_another_program(tmp_path: Path, name: str) -> None:
    of_another_program(tmp_path / name)
    assert_one_line(start(tmp_path), str(tmp_path / name), "move it away")


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("zebra")
    assert_one_line(start(tmp_path), str(tmp_path / "media"), "folder")
    assert_one_line(start(tmp_path / "media"), str(tmp_path / "media"), "LOCAL_FOLDER")
    assert_one_line(start(tmp_path / "media" / "below"), str(tmp_path / "media"), "LOCAL_FOLDER")


def test_a_folder_whose_name_is_too_long(tmp_path: Path) -> None:
    assert_one_line(start(tmp_path / ("x" * 300)), "LOCAL_FOLDER")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yields a disk of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    assert_one_line(start(small_disk), str(small_disk), "No space left", "LOCAL_FOLDER")


def test_a_disk_that_is_read_only(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert_one_line(start(small_disk), str(small_disk), "Read-only", "LOCAL_FOLDER")


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert_one_line(start(tmp_path, PORT=port), port, "in use", "PORT=")


@pytest.mark.parametrize("value", ["0", "-1", "fast", "1.5", "٣٣", "9" * 400])
def test_a_minute_of_no_length(tmp_path: Path, value: str) -> None:
    assert_one_line(start(tmp_path, MINUTE=value), "MINUTE")


@pytest.mark.parametrize("damage", [Path.mkdir, garbage, lambda path: path.write_bytes(b"A=\xff\n")])
def test_an_env_file_that_cannot_be_read(tmp_path: Path, damage: Prepare) -> None:
    """Runs in a copy of the project: its own `.env` belongs to the developer."""
    root = tmp_path / "project"
    for name in ("scripts", "shared", "functions", "infra"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    damage(root / ".env")
    assert_one_line(start(tmp_path / "local", root, PYTHONPATH=str(root)), str(root / ".env"))


@pytest.mark.emulators
@pytest.mark.parametrize("name", ["bus-emulated.db", "sim-emulated.db", "media"])
def test_the_emulated_run_says_it_too(tmp_path: Path, emulators: object, name: str) -> None:
    if name == "media":
        garbage(tmp_path / name)
    else:
        (tmp_path / name).mkdir()
    assert_one_line(start(tmp_path, EMULATORS="1"), str(tmp_path / name))


def test_good_state_starts(tmp_path: Path) -> None:
    """Reuses an older run's files; the deadline ends the run, not an error."""
    store = SqliteStore(tmp_path / "store.db")
    store.open()
    store.close()
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-m", "scripts.local.run"],
            cwd=ROOT,
            env={**os.environ, "PORT": str(free_port()), "LOCAL_FOLDER": str(tmp_path)},
            capture_output=True,
            timeout=4,
        )
