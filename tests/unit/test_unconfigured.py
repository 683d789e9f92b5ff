"""Functions that lack a setting or cannot start: one line of severity CRITICAL names the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from scripts import manifest
from scripts.yaml_file import ROOT

FUNCTIONS = manifest.load().functions
GOOD = {
    "CONCIERGE_STORE": "firestore:p",
    "CONCIERGE_BUS": "pubsub:p",
    "CONCIERGE_SECRETS": "secret_manager:p",
}
#: Asks the function in a process of its own: its logs must not depend on what ran before.
_ASK = """
import sys
from functions_framework.aio import create_asgi_app
from starlette.testclient import TestClient
function, source, method, path = sys.argv[1:]
app = TestClient(create_asgi_app(function, source), raise_server_exceptions=False)
print(app.request(method, path, content=b"{}").status_code, file=sys.stderr)
"""


def ask(
    function: str, settings: dict[str, str], source: str = "", method: str = "GET", path: str = "/"
) -> Any:
    found = source or str(ROOT / "functions" / function / "main.py")
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CONCIERGE_")}
    return subprocess.run(
        [sys.executable, "-c", _ASK, function, found, method, path],
        cwd=ROOT,
        env={**ours, **settings, "K_SERVICE": function, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def critical(said: str) -> dict[str, Any]:
    """Returns the one line of severity CRITICAL; every line must be JSON."""
    (found,) = [line for line in map(json.loads, said.splitlines()) if line["severity"] == "CRITICAL"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_without_its_settings_answers_500_and_names_one(function: str) -> None:
    topics = FUNCTIONS[function].trigger.topics
    done = ask(function, {}, method="POST" if topics else "GET", path=f"/{topics[0]}" if topics else "/")
    assert done.stderr.splitlines()[-1] == "500"
    line = critical(done.stdout)
    assert (line["message"], line["function"]) == ("failed", function)
    assert line["problem"] == "environment: CONCIERGE_STORE is not set (expected kind:where)"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({**GOOD, "CONCIERGE_BUS": ""}, "CONCIERGE_BUS is not set"),
        ({**GOOD, "CONCIERGE_STORE": "mongo:x"}, "CONCIERGE_STORE begins with 'mongo'"),
        ({**GOOD, "CONCIERGE_LOG_LEVEL": "loud"}, "CONCIERGE_LOG_LEVEL is 'loud'"),
        ({**GOOD, "CONCIERGE_STOER": "x"}, "CONCIERGE_STOER is not a setting"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], problem: str) -> None:
    done = ask("webhook", settings)
    assert done.stderr.splitlines()[-1] == "500"
    assert problem in critical(done.stdout)["problem"]


@pytest.mark.parametrize(
    "source",
    ["import shared.platform.logs\nimport nowhere_at_all\n", "from shared.platform import logs\n1 / 0\n"],
)
def test_a_function_that_cannot_start_says_so_in_one_line(source: str, tmp_path: Any) -> None:
    (tmp_path / "main.py").write_text(source, "utf-8")
    done = ask("reply", GOOD, source=str(tmp_path / "main.py"))
    assert done.returncode == 1
    line = critical(done.stdout)
    assert (line["message"], line["function"]) == ("crashed", "reply")
    assert line["error"] in ("ModuleNotFoundError", "ZeroDivisionError")
