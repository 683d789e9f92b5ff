"""`make story`: one message's lines, from the local run and from a deployment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.concierge import person, wait_for
from tests.e2e.conftest import LocalRun
from tests.fakes.commands import Commands


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Returns the commands of a machine without gcloud, until a test adds it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    return Commands(tmp_path)


def story(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.story", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("of", ["its own id", "its answer's"])
def test_a_message_s_story_is_told_in_order_without_its_words(concierge: LocalRun, of: str) -> None:
    who = person()
    message = concierge.say(who, "What time is breakfast?")
    concierge.until_texts(who, 1)
    asked = message if of == "its own id" else f"re-{message}"
    port = str(concierge.port)
    wait_for(lambda: "deliver" in story(asked, PORT=port).stdout.split("part_sent")[-1])
    told = story(asked, PORT=port).stdout
    steps = ["webhook     200", "turn_committed", "reply       204", "part_sent", "deliver     204"]
    places = [told.index(step) for step in steps]
    assert places == sorted(places)
    assert "breakfast?" not in told
    assert who not in told


def test_nobody_knows_a_message_that_never_came(concierge: LocalRun) -> None:
    done = story("NEVER", PORT=str(concierge.port))
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody has logged anything of it" in done.stderr


def test_a_deployment_s_story_comes_from_its_logs(commands: Commands) -> None:
    def entry(second: int, event: str, **more: str) -> dict[str, object]:
        payload = {"message": event, "function": "reply", "tenant": "hotel", **more}
        return {"timestamp": f"2026-11-21T10:00:0{second}.000Z", "jsonPayload": payload}

    first = entry(1, "turn_committed", message_id="M1", turn="re-M1")
    both = [first, entry(2, "part_sent", message_id="re-M1", turn="re-M1")]
    commands.answer("gcloud", '*"re-M1"*', json.dumps(both))
    commands.answer("gcloud", '*message_id=("M1")*', json.dumps([first]))
    told = story("M1", PROJECT="some-project", ENV="dev").stdout.splitlines()
    assert [line.split()[2] for line in told] == ["turn_committed", "part_sent"]
    assert told[0].startswith("10:00:01.000")
    assert all("--project=some-project" in call for call in commands.calls("gcloud"))


def test_without_gcloud_the_command_is_told(commands: Commands) -> None:
    done = story('M"1', PROJECT="some-project", ENV="dev")
    assert done.returncode == 1
    assert "gcloud logging read 'jsonPayload.function:* AND (jsonPayload.message_id=(" in done.stderr
