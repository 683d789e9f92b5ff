"""The manifest: read as written, refused with one helpful line, and its subscriptions are derived."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import manifest
from scripts.manifest import Subscription, Topic, Trigger
from shared.errors import ConfigurationError

DEFAULTS = {
    "memory": "512Mi",
    "cpu": "1",
    "concurrency": 10,
    "timeout_seconds": 60,
    "attempts": 20,
    "min_backoff_seconds": 1,
    "max_backoff_seconds": 300,
    "min_instances": 0,
    "max_instances": 5,
}
VALID: dict[str, Any] = {
    "defaults": DEFAULTS,
    "needs": {
        "settings": {"always": True, "environment": ["CONCIERGE_STORE"]},
        "store_reader": {"roles": ["roles/datastore.viewer"]},
        "size": {"environment": ["KITCHEN_SIZE"]},
    },
    "topics": {"orders": {"ordered": True}},
    "functions": {
        "shop": {
            "description": "Takes orders.",
            "trigger": {"http": "public"},
            "publishes": ["orders"],
            "plugins": ["channels"],
            "secrets": {"channels": ["api_key"]},
            "needs": ["store_reader"],
            "memory": "1Gi",
        },
        "kitchen": {
            "description": "Cooks them.",
            "trigger": {"topics": ["orders"]},
            "attempts": 7,
            "needs": ["size"],
        },
        "clock": {
            "description": "Ticks, and takes what the kitchen could not cook.",
            "trigger": {"http": "private", "every_minutes": 5},
            "dead_letters": True,
            "timeout_seconds": 30,
        },
    },
}


def changed(place: str, value: Any) -> dict[str, Any]:
    """Returns VALID with another value at a dotted place; None deletes the field."""
    document = copy.deepcopy(VALID)
    *path, last = place.split(".")
    parent = document
    for step in path:
        parent = parent[step]
    if value is None:
        del parent[last]
    else:
        parent[last] = value
    return document


def write(folder: Path, document: Any) -> Path:
    path = folder / "functions.yaml"
    path.write_text(
        document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False), "utf-8"
    )
    return path


def refusal(folder: Path, document: Any) -> str:
    """Returns the error's line without the file's name and the line's number."""
    path = write(folder, document)
    with pytest.raises(ConfigurationError) as caught:
        manifest.load(path)
    line = str(caught.value)
    assert "\n" not in line
    place = re.match(rf"{re.escape(str(path))}(:[0-9]+)?: ", line)
    assert place
    return line[place.end() :]


def test_a_function_has_its_own_values_and_the_defaults_for_the_rest(tmp_path: Path) -> None:
    loaded = manifest.load(write(tmp_path, VALID))
    assert loaded.topics == {"orders": Topic("orders", ordered=True)}
    shop, kitchen, clock = loaded.functions.values()
    assert (shop.name, shop.memory, shop.concurrency) == ("shop", "1Gi", 10)
    assert (shop.publishes, shop.secrets) == (("orders",), {"channels": ("api_key",)})
    assert (shop.trigger, kitchen.trigger) == (Trigger(http="public"), Trigger(topics=("orders",)))
    assert clock.trigger == Trigger(http="private", every_minutes=5)
    assert (shop.dead_letters, kitchen.dead_letters, clock.dead_letters) == (False, False, True)
    assert clock.publishes == clock.plugins == clock.needs == ()


def test_a_function_can_have_topics_and_a_schedule_each_on_a_path_of_its_own(tmp_path: Path) -> None:
    loaded = manifest.load(write(tmp_path, changed("functions.kitchen.trigger.every_minutes", 1)))
    kitchen, clock = loaded.functions["kitchen"].trigger, loaded.functions["clock"].trigger
    assert str(kitchen) == "topics orders, every 1 min"
    assert [each.path for each in loaded.subscriptions() if each.function == "kitchen"] == ["/orders"]
    assert (kitchen.due_path, clock.due_path) == ("/due", "/")


def test_a_topic_may_not_have_the_path_of_its_function_s_schedule(tmp_path: Path) -> None:
    document = changed("topics", {"due": {"ordered": False}})
    document["functions"]["shop"]["publishes"] = ["due"]
    document["functions"]["kitchen"]["trigger"] = {"topics": ["due"]}
    manifest.load(write(tmp_path, document))
    document["functions"]["kitchen"]["trigger"]["every_minutes"] = 1
    said = "functions.kitchen.trigger.topics: /due is the schedule's path (expected another name)"
    assert refusal(tmp_path, document) == said


def test_the_tenants_own_secrets_belong_to_no_plugin(tmp_path: Path) -> None:
    named = {"channels": ["api_key"], "tenants": ["link_key"]}
    shop = manifest.load(write(tmp_path, changed("functions.shop.secrets", named))).functions["shop"]
    assert shop.secrets["tenants"] == ("link_key",)


def test_a_subscription_is_derived_from_its_topic_and_its_function(tmp_path: Path) -> None:
    living, _ = manifest.load(write(tmp_path, VALID)).subscriptions()
    assert living == Subscription(
        name="kitchen-orders",
        topic="orders",
        function="kitchen",
        path="/orders",
        ordered=True,
        ack_deadline=60,
        attempts=7,
        min_backoff=1,
        max_backoff=300,
        dead_letter_topic="kitchen-orders-dead",
    )


def test_every_dead_letter_topic_is_pushed_to_the_function_that_keeps_them(tmp_path: Path) -> None:
    _, dead = manifest.load(write(tmp_path, VALID)).subscriptions()
    assert dead == Subscription(
        name="clock-kitchen-orders-dead",
        topic="kitchen-orders-dead",
        function="clock",
        path="/dead",
        ordered=False,
        ack_deadline=30,
        attempts=20,
        min_backoff=1,
        max_backoff=300,
        dead_letter_topic=None,
    )


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (
            "functions.shop.timeout_seconds",
            "ten",
            "functions.shop.timeout_seconds: 'ten' is not an integer (expected 1…540)",
        ),
        (
            "functions.shop.timeout_seconds",
            541,
            "functions.shop.timeout_seconds: 541 is not allowed (expected 1…540)",
        ),
        ("defaults.memory", None, "defaults.memory: is missing"),
        ("defaults.cpu", 1, "defaults.cpu: 1 is not text"),
        ("defaults.attempts", 4, "defaults.attempts: 4 is not allowed (expected 5…100)"),
        ("functions.shop.trigger", None, "functions.shop.trigger: is missing"),
        (
            "functions.shop.memory",
            "512MB",
            "functions.shop.memory: '512MB' is not allowed (expected the form ^[1-9][0-9]{0,4}(Mi|Gi)$)",
        ),
        (
            "functions.shop.trigger.http",
            "open",
            "functions.shop.trigger.http: 'open' is not allowed (expected one of private, public)",
        ),
        (
            "topics.orders.order",
            True,
            "topics.orders.order: is not a field (expected one of ordered)",
        ),
        (
            "functions.shop.publishes",
            ["orders", "orders"],
            "functions.shop.publishes: ['orders', 'orders'] names something twice",
        ),
        (
            "functions.my-shop",
            VALID["functions"]["clock"],
            "functions.my-shop: is not a name for this place (expected the form ^[a-z][a-z0-9]{0,29}$)",
        ),
        ("topics", {}, "topics: is too short (expected at least 1)"),
    ],
)
def test_what_the_schema_refuses_is_named(tmp_path: Path, place: str, value: Any, said: str) -> None:
    assert refusal(tmp_path, changed(place, value)) == said


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (
            "functions.shop.publishes",
            ["orders", "bills"],
            "functions.shop.publishes: 'bills' is not a topic (expected one of orders)",
        ),
        (
            "functions.kitchen.trigger.topics",
            ["orders", "bills"],
            "functions.kitchen.trigger.topics: 'bills' is not a topic (expected one of orders)",
        ),
        ("functions.shop.publishes", [], "topics.orders: no function publishes to it"),
        (
            "functions.kitchen.trigger",
            {"http": "private"},
            "functions.kitchen.attempts: is set, but no topic",
        ),
        ("functions.kitchen", None, "topics.orders: it triggers no function"),
        ("functions.clock.trigger", {}, "functions.clock.trigger: names both or neither"),
        ("functions.kitchen.trigger.http", "private", "functions.kitchen.trigger: names both or neither"),
        (
            "functions.clock.trigger.http",
            "public",
            "functions.clock.trigger.every_minutes: a schedule calls no public http",
        ),
        ("functions.shop.trigger.every_minutes", 1, "functions.shop.trigger.every_minutes: a schedule"),
        (
            "functions.kitchen.timeout_seconds",
            9,
            "functions.kitchen.timeout_seconds: 9 is too short for an ack deadline (expected 10 or more)",
        ),
        (
            "functions.clock.timeout_seconds",
            9,
            "functions.clock.timeout_seconds: 9 is too short for an ack deadline (expected 10 or more)",
        ),
        ("functions.clock.dead_letters", None, "functions: 0 of them keep dead letters (expected"),
        ("functions.kitchen.dead_letters", True, "functions: 2 of them keep dead letters (expected"),
        ("functions.shop.attempts", 7, "functions.shop.attempts: is set, but no topic"),
        ("functions.shop.cpu", "0.5", "functions.shop.cpu: '0.5' is too little for a concurrency above 1"),
        ("functions.shop.min_instances", 6, "functions.shop.min_instances: 6 is more than max_instances (5)"),
        (
            "functions.kitchen.min_backoff_seconds",
            301,
            "functions.kitchen.min_backoff_seconds: 301 is more than max_backoff_seconds (300)",
        ),
        (
            "functions.shop.secrets",
            {"llm": ["api_key"]},
            "functions.shop.secrets.llm: is not among the function's",
        ),
        (
            "functions.shop.secrets",
            {"notifiers": ["url"], "tenants": ["link_key"]},
            "functions.shop.secrets.notifiers: is not among the function's plugins, nor tenants",
        ),
    ],
)
def test_what_the_rules_refuse_is_named(tmp_path: Path, place: str, value: Any, said: str) -> None:
    assert refusal(tmp_path, changed(place, value)).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topics: [a\nb: c", r"line 2, column 2: .+"),
        ("topics: {}\ntopics: {}", r"line 2, column 1: the key 'topics' stands here twice"),
        ("on: push", r"line 1, column 1: the key 'on' is not text \(expected it in quotes\)"),
        ("a: &a [1]\nb: *a", r"line 2, column 4: an alias is not taken here .+"),
        ("[" * 100_000, r"line 1, column 51: is nested more than 50 deep"),
        ("a: 2026-13-45", r"month must be in 1\.\.12.*"),
        ("a: !!python/object/apply:os.system [x]", r"line 1, column 4: could not determine a constructor .+"),
        ("", r"None is not a map"),
        ("a: \x07", r".*character.*"),
    ],
)
def test_what_is_not_plain_yaml_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    assert re.fullmatch(said, refusal(tmp_path, text))


def test_a_file_that_is_too_long_absent_or_not_text_is_refused(tmp_path: Path) -> None:
    assert "longer than" in refusal(tmp_path, "a: " + "x" * (2 * 1024 * 1024))
    path = tmp_path / "functions.yaml"
    path.write_bytes(b"a: \xff")
    with pytest.raises(ConfigurationError, match="byte 3 is not UTF-8"):
        manifest.load(path)
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        manifest.load(tmp_path / "absent.yaml")


def test_a_file_of_the_project_is_named_as_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    with pytest.raises(ConfigurationError, match=r"^infra/nothing\.yaml: cannot be read"):
        manifest.load(manifest.PATH.with_name("nothing.yaml"))


def test_ours_is_shown_with_what_is_derived(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["manifest"])
    manifest.main()
    shown = capsys.readouterr().out
    for function in manifest.load().functions:
        assert re.search(rf"^{function} ", shown, re.MULTILINE)
    assert re.search(r"^reply-inbound +inbound +reply +/inbound +False +60 ", shown, re.MULTILINE)
