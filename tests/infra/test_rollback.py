"""`make rollback` with a fake gcloud: which revisions serve again, and when none is switched."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from scripts import manifest
from scripts.cloud import rollback
from tests.fakes.commands import Commands

NAMES = sorted(manifest.load().functions)
#: A function's revisions: name, hour of its making on one day, and whether it started.
History = list[tuple[str, str, bool]]
USUAL: History = [("1", "08:00", True), ("2", "09:00", True)]


@pytest.fixture(autouse=True)
def _target(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"PROJECT": "some-project", "REGION": "europe-southwest1", "ENV": "prod", "YES": "1"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)


def revisions(name: str, history: History) -> str:
    return json.dumps(
        [
            {
                "metadata": {
                    "name": f"{name}-{number}",
                    "creationTimestamp": f"2026-11-20T{hour}:00.123456Z",
                },
                "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
            }
            for number, hour, ready in history
        ]
    )


def deployed(
    commands: Commands, histories: Mapping[str, History], serving: Mapping[str, list[str]] | None = None
) -> None:
    """Sets each function's revisions; the newest serves, unless `serving` names others."""
    for name in NAMES:
        history = histories.get(name, USUAL)
        numbers = (serving or {}).get(name, [max(history, key=lambda each: each[1])[0]])
        traffic = [{"revisionName": f"{name}-{n}", "percent": 100 // len(numbers)} for n in numbers]
        described = json.dumps({"status": {"traffic": [*traffic, {"revisionName": "tagged", "tag": "t"}]}})
        commands.answer("gcloud", f"--quiet run services describe {name} *", described)
        commands.answer("gcloud", f"--quiet run revisions list --service={name} *", revisions(name, history))


def switched(commands: Commands) -> dict[str, str]:
    """Returns the revision to which each function's traffic was switched."""
    calls = [call.split() for call in commands.calls("gcloud") if "update-traffic" in call]
    assert all({"--project=some-project", "--region=europe-southwest1"} <= set(call) for call in calls)
    return {call[5]: call[6] for call in calls}


def test_all_functions_go_back_to_before_the_last_deployment(commands: Commands) -> None:
    deployed(commands, {})
    rollback.main([])
    assert switched(commands) == {name: f"--to-revisions={name}-1=100" for name in NAMES}


def test_what_the_last_deployment_left_alone_stays(commands: Commands) -> None:
    """The bundle of `pairing` was the same, so that it has no revision of that deployment."""
    deployed(commands, {"pairing": [("1", "07:00", True), ("2", "08:00", True)]})
    rollback.main([])
    assert set(switched(commands)) == set(NAMES) - {"pairing"}


def test_functions_that_took_minutes_longer_belong_to_the_same_deployment(commands: Commands) -> None:
    deployed(commands, {"reply": [("1", "08:00", True), ("2", "09:20", True)]})
    rollback.main([])
    assert set(switched(commands)) == set(NAMES)


def test_a_revision_that_never_started_is_passed_over(commands: Commands) -> None:
    deployed(commands, {"reply": [("1", "06:00", True), ("2", "08:00", False), ("3", "09:00", True)]})
    rollback.main([])
    assert switched(commands)["reply"] == "--to-revisions=reply-1=100"


def test_a_second_rollback_goes_one_deployment_further(commands: Commands) -> None:
    history: History = [("1", "06:00", True), ("2", "08:00", True), ("3", "09:00", True)]
    deployed(commands, dict.fromkeys(NAMES, history), {name: ["2"] for name in NAMES})
    rollback.main([])
    assert switched(commands)["webhook"] == "--to-revisions=webhook-1=100"


def test_a_time_and_a_function_can_be_named(commands: Commands) -> None:
    deployed(commands, {"reply": [("1", "06:00", True), ("2", "08:00", True), ("3", "09:00", True)]})
    rollback.main(["--function", "reply", "--before", "2026-11-20T07:00:00Z"])
    assert switched(commands) == {"reply": "--to-revisions=reply-1=100"}


def test_it_is_taken_back(commands: Commands) -> None:
    rollback.main(["--to", "latest"])
    assert switched(commands) == dict.fromkeys(NAMES, "--to-latest")


@pytest.mark.parametrize(
    ("histories", "serving", "said"),
    [
        (
            {"reply": [("2", "09:00", True)]},
            None,
            "reply: no revision from before 2026-11-20T08:30:00Z is left",
        ),
        ({}, {"reply": ["1", "2"]}, "reply: 2 revisions have its traffic"),
    ],
)
def test_if_one_cannot_go_back_none_does(
    commands: Commands, histories: dict[str, History], serving: dict[str, list[str]] | None, said: str
) -> None:
    """Functions of two deployments may not understand each other's messages."""
    deployed(commands, histories, serving)
    with pytest.raises(SystemExit, match=said):
        rollback.main([])
    assert switched(commands) == {}


def test_without_a_yes_nothing_is_switched(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(commands, {})
    monkeypatch.delenv("YES")
    monkeypatch.setattr("builtins.input", lambda _: "y")
    with pytest.raises(SystemExit, match="nothing was switched"):
        rollback.main([])
    assert "webhook → webhook-1" in capsys.readouterr().out
    assert switched(commands) == {}


@pytest.mark.parametrize("yes", ["no", "0", "true"])
def test_a_yes_of_another_value_switches_nothing(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, yes: str
) -> None:
    deployed(commands, {})
    monkeypatch.setenv("YES", yes)
    with pytest.raises(SystemExit, match=f"YES='{yes}': expected YES=1"):
        rollback.main([])
    assert commands.calls("gcloud") == []


def test_a_switch_that_fails_half_way_says_what_was_done(
    commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(commands, {})
    commands.answer("gcloud", "--quiet run services update-traffic handoff *", "ERROR: denied", status=1)
    with pytest.raises(SystemExit, match="denied"):
        rollback.main([])
    done = capsys.readouterr().out
    assert "gateways: gateways-1 serves" in done
    assert "handoff: handoff-1 serves" not in done
