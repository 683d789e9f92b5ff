"""Files of infra/ that Terraform reads: each mistake is one line, and each named thing exists."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts import infra_files, yaml_file
from scripts.infra_files import INFRA
from scripts.yaml_file import ROOT
from shared.conversation.gaps import Gap
from shared.errors import ConfigurationError
from shared.models.dead_letter import DeadLetter
from shared.models.document import Document
from shared.models.load import Load
from shared.models.lookup import Lookup
from shared.models.occurrence import Occurrence
from shared.models.usage import UsageDay, UsageShard

METRICS = yaml_file.read(INFRA / "metrics.yaml")["metrics"]
ALERTS = sorted((INFRA / "alerts").glob("*.yaml"))
SLOS = sorted((INFRA / "slos").glob("*.yaml"))
#: Fields that the endpoint adds to every line, the functions to requests about a channel, or `logs.describe`
#: to errors.
BOUND = {"function", "topic", "error", "tenant", "channel", "notifier"}
#: Topics that runbooks must cover, with or without an alert.
ASKED = {
    "dead-letters",
    "pairing-lost",
    "provider-down",
    "wrong-key",
    "slow-answers",
    "costs-jump",
    "restore",
    "rotate-secret",
    "leave-region",
    "handoffs-waiting",
    "notifier-fails",
    "promises-broken",
}


def test_everything_is_right() -> None:
    infra_files.check()


def test_editors_find_the_schema_of_each_file() -> None:
    named = {
        path: match[1]
        for path in INFRA.rglob("*.yaml")
        if (match := re.match(r"# yaml-language-server: \$schema=(\S+)", path.read_text("utf-8")))
    }
    assert {path.parent.name for path in named} >= {"alerts", "demo", "infra", "slos"}
    assert [path.name for path, schema in named.items() if not (path.parent / schema).is_file()] == []


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    """Returns a copy to be spoilt."""
    shutil.copytree(INFRA, tmp_path / "infra")
    return tmp_path / "infra"


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("functions.yaml", "memory: 512Mi", "memory: 512", "defaults.memory: 512 is not text"),
        ("functions.yaml", "publishes: [inbound, receipts]", "publishes: [in]", "'in' is not a topic"),
        ("firestore.yaml", "order: ASCENDING", "order: UP", r"indexes\[0\]\.fields\[0\]\.order: 'UP' is not"),
        ("firestore.yaml", ", order: ASCENDING}", "}", r"indexes\[0\]\.fields\[0\]: names both or neither"),
        (
            "firestore.yaml",
            "- {collection: dead_letters, path: expires_at}",
            "- {collection: x}",
            "is missing",
        ),
        (
            "metrics.yaml",
            "name: turns",
            "name: turn_seconds",
            r"metrics\.yaml:[0-9]+: metrics: 'turn_seconds' stands here twice",
        ),
        ("metrics.yaml", "    unit: ms\n", "", r"metrics\[0\]: names one of value and unit"),
        ("alerts/overdue.yaml", "severity: CRITICAL", "severity: LOUD", "severity: 'LOUD' is not allowed"),
        ("alerts/overdue.yaml", "runbook: overdue", "runbook: prayer", "runbook: 'prayer' is not a page"),
        (
            "alerts/overdue.yaml",
            "for_seconds: 300",
            "for_seconds: 90",
            "90 is not whole minutes",
        ),
        ("alerts/overdue.yaml", "user_overdue", "user_overdo", "user_overdo: is not a metric of ours"),
        ("alerts/overdue.yaml", "user_overdue", "user_overdue_bucket", "overdue is counted, not measured"),
        ("slos/availability.yaml", "goal: 0.995", "goal: 99.5", "goal: 99.5 is not allowed"),
        ("slos/availability.yaml", "total:", "max: 4\ntotal:", "expected either bad and total"),
        ("slos/first-answer.yaml", "user/turn_seconds", "user/turns_second", "is not a metric of ours"),
        ("dashboards/concierge.yaml", "user_turns{", "user_spins{", "is not a metric of ours"),
        ("tenants/demo/hotel.yaml", "languages: [en, fr]", "languages: []", "languages: is too short"),
    ],
)
def test_a_mistake_is_one_line_with_file_field_and_expectation(
    infra: Path, file: str, right: str, wrong: str, said: str
) -> None:
    path = infra / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(ConfigurationError, match=said) as refusal:
        infra_files.check(infra)
    assert path.name in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_an_index_that_stands_there_twice_is_refused(infra: Path) -> None:
    path = infra / "firestore.yaml"
    first = re.search(r"  - collection: .*?(?=\n\n|\n  #|\n  -)", path.read_text("utf-8"), re.DOTALL)
    assert first
    path.write_text(path.read_text("utf-8").replace(first[0], f"{first[0]}\n{first[0]}", 1), "utf-8")
    with pytest.raises(ConfigurationError, match=r"indexes\[1\]: stands here twice"):
        infra_files.check(infra)


@pytest.mark.parametrize("model", [DeadLetter, Gap, Load, Lookup, Occurrence, UsageDay, UsageShard])
def test_a_document_that_expires_has_its_time_to_live(model: type[Document]) -> None:
    assert "expires_at" in model.model_fields
    ttls = yaml_file.read(INFRA / "firestore.yaml")["ttls"]
    assert {"collection": model.collection(), "path": "expires_at"} in ttls


def test_a_runbook_is_no_longer_than_an_alert_takes(infra: Path) -> None:
    (infra / "runbooks" / "overdue.md").write_text("x" * 8_193)
    with pytest.raises(ConfigurationError, match=r"overdue\.md: is 8193 characters long"):
        infra_files.check(infra)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric["name"])
def test_a_metric_is_made_of_lines_that_we_write(metric: dict[str, Any]) -> None:
    """The code logs each event with each field of the metric, except the fields of every line."""
    named = re.search(r'message=(\([^)]*\)|"[^"]*")', metric["filter"])
    events = re.findall(r'"([a-z_]+)"', named[1]) if named else []
    fields = {*metric.get("labels", {}).values(), *filter(None, [metric.get("value")])} - BOUND
    source = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "shared").rglob("*.py")))
    assert events
    for event in events:
        calls = re.findall(rf'\(\s*"{event}",?(.*?)\)\n', source, re.DOTALL)
        assert calls, f"no code logs {event}"
        assert all(f"{each}=" in "".join(calls) for each in fields), event


def test_the_runbooks_that_were_asked_for_are_there() -> None:
    assert {page.stem for page in (INFRA / "runbooks").glob("*.md")} >= ASKED


@pytest.mark.parametrize("path", [*ALERTS, *SLOS], ids=lambda path: path.stem)
def test_a_runbook_says_what_it_is_about(path: Path) -> None:
    """The person on call reads the alert's own text first."""
    page = (INFRA / "runbooks" / f"{yaml_file.read(path)['runbook']}.md").read_text("utf-8")
    assert page.startswith("# ")
    for heading in ("**What it means.**", "**Look**", "**Do**"):
        assert heading in page
