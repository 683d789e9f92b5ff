"""`make apply` and `make changes`: exactly the plan that people saw, shown without values."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.cloud import apply, changes, deploy, remote
from scripts.deployment import Deployment
from tests.fakes.commands import Commands


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the folder of a work tree with a saved plan for `prod`."""
    monkeypatch.setattr(remote, "ROOT", tmp_path)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "prod.tfplan").write_bytes(b"a plan")
    return tmp_path


def change(address: str, *actions: str, **values: Any) -> dict[str, Any]:
    kind = address.split("[")[0].split(".")[-2]
    return {"address": address, "type": kind, "change": {"actions": list(actions), "after": values}}


def test_the_saved_plan_is_applied_and_no_other(commands: Commands, saved: Path) -> None:
    apply.apply(Deployment("some-project", "europe-southwest1", "prod"))
    calls = [call.partition("terraform ")[2].split(" ", 1)[1] for call in commands.calls("terraform -chdir")]
    assert [call.split()[0] for call in calls] == ["init", "apply"]
    assert "-backend-config=bucket=some-project-terraform -backend-config=prefix=concierge/prod" in calls[0]
    assert "-lockfile=readonly" in calls[0]
    assert calls[1] == f"apply -input=false {saved / 'build' / 'prod.tfplan'}"


def test_the_agents_that_it_grants_to_are_made_before(commands: Commands, saved: Path) -> None:
    apply.apply(Deployment("some-project", "europe-southwest1", "prod"))
    calls = commands.calls()
    made = calls.index(
        "gcloud --quiet beta services identity create --service=pubsub.googleapis.com --project=some-project"
    )
    assert "services enable pubsub.googleapis.com" in calls[made - 1]
    assert " apply " in calls[made + 1]


def test_a_plan_that_was_not_saved_is_not_made_up(commands: Commands, saved: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no build/dev.tfplan"):
        apply.apply(Deployment("some-project", "europe-southwest1", "dev"))
    assert commands.calls() == []


def test_a_page_of_no_plan_is_one_line(
    commands: Commands, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["changes", "dev"])
    with pytest.raises(SystemExit, match=r"there is no build/dev.tfplan \(expected the file of make plan\)"):
        changes.main()
    assert commands.calls() == []


def test_a_page_has_each_change_and_no_value(commands: Commands, saved: Path) -> None:
    plan = {
        "resource_changes": [
            change(
                'google_monitoring_notification_channel.operators["one"]', "update", email="one@example.org"
            ),
            change('google_pubsub_topic.this["inbound"]', "delete", "create"),
            change("google_monitoring_dashboard.this", "no-op"),
            change("data.google_project.this", "read"),
        ]
    }
    commands.answer("terraform", "*show -json*", json.dumps(plan))
    page = changes.page("prod", changes.read("prod"))
    assert "1 to replace, 1 to update" in page
    assert '| replace | `google_pubsub_topic.this["inbound"]` |' in page
    assert '**Would delete data**: `google_pubsub_topic.this["inbound"]`' in page
    assert "example.org" not in page
    assert "dashboard" not in page
    assert "google_project" not in page


def test_a_page_fits_into_a_comment() -> None:
    plan = {
        "resource_changes": [change(f'google_pubsub_topic.this["{n:0100}"]', "create") for n in range(5_000)]
    }
    page = changes.page("prod", plan)
    assert len(page) < 65_536
    assert "| … | 4800 more |" in page


@pytest.mark.parametrize(("actions", "status"), [([], 0), (["no-op"], 0), (["update"], 2), (["create"], 2)])
def test_a_check_for_none_fails_if_there_are_some(
    commands: Commands, saved: Path, monkeypatch: pytest.MonkeyPatch, actions: list[str], status: int
) -> None:
    found = [change("google_firestore_database.this", *actions)] if actions else []
    commands.answer("terraform", "*show -json*", json.dumps({"resource_changes": found}))
    monkeypatch.setattr("sys.argv", ["changes", "prod", "--none"])
    try:
        changes.main()
        ended = 0
    except SystemExit as end:
        ended = int(str(end.code))
    assert ended == status


def test_a_deployment_by_hand_makes_the_agents_too(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "plan", lambda *_: "build/dev.tfplan")
    target: Any = SimpleNamespace(project="some-project")
    deploy.deploy(target, frozenset(), yes=True)
    assert [" apply " in call or "identity create" in call for call in commands.calls()][-2:] == [True, True]
    assert " apply " in commands.calls()[-1]
