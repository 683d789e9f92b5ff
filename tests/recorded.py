"""Queries that the code makes while the suite runs, recorded at the store's port in every adapter.

A run of the whole suite must see exactly the shapes of infra/queries.json: the emulator needs no index, so a
query without one fails in the cloud only. `RECORD=1 scripts/test` writes the file anew.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from scripts import queries
from scripts.queries import Shape
from scripts.yaml_file import ROOT
from shared.platform.store.firestore import FirestoreStore, FirestoreTransaction
from shared.platform.store.sqlite import SqliteStore, SqliteTransaction
from tests.simulation.memory import MemoryStore, MemoryTransaction

ADAPTERS = (
    FirestoreStore,
    FirestoreTransaction,
    SqliteStore,
    SqliteTransaction,
    MemoryStore,
    MemoryTransaction,
)
#: Code that runs in the cloud, or for an operator. The rest of scripts/ never asks Firestore in the cloud.
_OURS = tuple(str(ROOT / each) + os.sep for each in ("shared", "functions", "scripts"))
_LOCAL = tuple(str(ROOT / "scripts" / each) + os.sep for each in ("local", "bench"))
_SELF = str(ROOT / "shared" / "platform" / "store") + os.sep
_KEY = "queries"

seen: set[Shape] = set()


def pytest_configure() -> None:
    for adapter in ADAPTERS:
        for name in ("query", "count"):
            if name in vars(adapter):
                setattr(adapter, name, _recording(getattr(adapter, name)))


def _recording(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def recording(self: Any, model: Any, /, *, where: Any = (), order: str = "", **more: Any) -> Any:
        if _ours():
            keys = {name: value for name, value in more.items() if name != "limit"}
            if found := queries.shape(model, keys, where, order):
                seen.add(found)
        ordered = {"order": order} if order else {}
        return method(self, model, where=where, **ordered, **more)

    return recording


def _ours() -> bool:
    """Whether the caller is code of ours, and not a test or a tool of the local run."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_SELF):
        frame = frame.f_back
    name = frame.f_code.co_filename
    return name.startswith(_OURS) and not name.startswith(_LOCAL)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output[_KEY] = [list(each) for each in seen]
        return
    if not _whole(session.config):
        return
    if os.environ.get("RECORD"):
        queries.write(seen)
    elif problems := differences(seen, set(queries.load())):  # also beside failures, which would hide it
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        assert reporter is not None
        reporter.write_line("\n".join(problems), red=True)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for collection, group, equal, array, order in getattr(node, "workeroutput", {}).get(_KEY, ()):
        seen.add(Shape(collection, group, tuple(equal), array, tuple(order)))


def differences(made: set[Shape], written: set[Shape]) -> list[str]:
    """Returns how the queries that were made differ from infra/queries.json, one line each."""
    how = "(RECORD=1 scripts/test writes infra/queries.json)"
    missing = [f"a query is not in infra/queries.json: {each} {how}" for each in sorted(made - written)]
    return missing + [
        f"no test made this query of infra/queries.json: {each} {how}" for each in sorted(written - made)
    ]


def _whole(config: pytest.Config) -> bool:
    """Whether this run has all tests."""
    return config.args == [str(ROOT / "tests")] or (
        config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    )
