"""The manifest of functions, checked, with the values derived from it. `python -m scripts.manifest` shows it.

Terraform derives the same in terraform/, from the same file. Limits are Pub/Sub's and Cloud Run's:
https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
https://cloud.google.com/run/docs/about-concurrency
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from scripts import needs, yaml_file
from scripts.needs import Need
from shared.errors import ConfigurationError
from shared.formats.json_schema import one_of

PATH = yaml_file.ROOT / "infra" / "functions.yaml"
SCHEMA = yaml_file.ROOT / "infra" / "functions.schema.json"
#: Fields that apply to subscriptions only.
_SUBSCRIBED = ("attempts", "min_backoff_seconds", "max_backoff_seconds")
_MIN_ACK_DEADLINE_S = 10
#: The family of the tenants' own secrets, which belong to no plugin.
TENANTS = "tenants"


@dataclass(frozen=True)
class Topic:
    name: str
    ordered: bool


@dataclass(frozen=True)
class Trigger:
    """A function's trigger: either `http` or `topics`; `every_minutes` is the schedule of one not public."""

    http: Literal["public", "private"] | None = None
    topics: tuple[str, ...] = ()
    every_minutes: int | None = None

    @property
    def due_path(self) -> str:
        """Path that the schedule calls: beside topics, whose pushes have a path each, one of its own."""
        return "/due" if self.topics else "/"

    def __str__(self) -> str:
        called = "topics " + ", ".join(self.topics) if self.topics else f"{self.http} http"
        return called + (f", every {self.every_minutes} min" if self.every_minutes else "")


@dataclass(frozen=True)
class Function:
    """One deployed function, with the defaults filled in. Fields as in infra/functions.schema.json;
    `environment`, `roles`, `buckets` and `dependencies` are derived from its needs."""

    name: str
    description: str
    trigger: Trigger
    dead_letters: bool
    publishes: tuple[str, ...]
    plugins: tuple[str, ...]
    secrets: Mapping[str, tuple[str, ...]]
    own_secrets: tuple[str, ...]
    needs: tuple[str, ...]
    environment: tuple[str, ...]
    roles: tuple[str, ...]
    buckets: Mapping[str, str]
    dependencies: tuple[str, ...]
    memory: str
    cpu: str
    concurrency: int
    timeout_seconds: int
    attempts: int
    min_backoff_seconds: int
    max_backoff_seconds: int
    min_instances: int
    max_instances: int


@dataclass(frozen=True)
class Subscription:
    """A push subscription of `topic` to `path` of `function`. The ack deadline and the backoffs are in
    seconds. A subscription that pushes dead letters has no dead-letter topic: a message that fails there too
    is pushed until the topic's retention ends, and stays in the subscription that keeps the whole dead-letter
    topic."""

    name: str
    topic: str
    function: str
    path: str
    ordered: bool
    ack_deadline: int
    attempts: int
    min_backoff: int
    max_backoff: int
    dead_letter_topic: str | None


@dataclass(frozen=True)
class Manifest:
    topics: Mapping[str, Topic]
    functions: Mapping[str, Function]

    @property
    def own_secrets(self) -> list[str]:
        """The deployment's own secrets, of all functions."""
        return sorted({name for function in self.functions.values() for name in function.own_secrets})

    def subscriptions(self) -> list[Subscription]:
        """Returns one subscription for each topic of each function, in the manifest's order. One for each of
        their dead-letter topics follows."""
        pushed = [
            _subscription(function, topic, f"/{topic}", self.topics[topic].ordered, dead=True)
            for function in self.functions.values()
            for topic in function.trigger.topics
        ]
        return [
            *pushed,
            *(self._dead_letters(each.dead_letter_topic) for each in pushed if each.dead_letter_topic),
        ]

    def _dead_letters(self, topic: str) -> Subscription:
        keeper = next(function for function in self.functions.values() if function.dead_letters)
        return _subscription(keeper, topic, "/dead", ordered=False, dead=False)


def _subscription(function: Function, topic: str, path: str, ordered: bool, *, dead: bool) -> Subscription:
    name = f"{function.name}-{topic}"
    return Subscription(
        name=name,
        topic=topic,
        function=function.name,
        path=path,
        ordered=ordered,
        ack_deadline=function.timeout_seconds,
        attempts=function.attempts,
        min_backoff=function.min_backoff_seconds,
        max_backoff=function.max_backoff_seconds,
        dead_letter_topic=f"{name}-dead" if dead else None,
    )


def load(path: Path = PATH) -> Manifest:
    """Reads the manifest and checks it. Raises ConfigurationError, one line, for the first error."""
    document = yaml_file.read(path)
    yaml_file.check(path, document, json.loads(SCHEMA.read_text("utf-8")))
    defaults, entries = document["defaults"], document["functions"]
    topics = {name: Topic(name, **entry) for name, entry in document["topics"].items()}
    table = needs.read(document["needs"])
    functions = {name: _function(name, defaults | entry, table) for name, entry in entries.items()}
    for place, message in _breaches(topics, functions, table, entries):
        raise yaml_file.problem(path, place, message)
    return Manifest(topics, functions)


def _function(name: str, entry: dict[str, Any], table: Mapping[str, Need]) -> Function:
    lists = ("publishes", "plugins", "own_secrets", "needs")
    trigger = entry["trigger"] | {"topics": tuple(entry["trigger"].get("topics", ()))}
    return Function(
        **entry
        | {key: tuple(entry.get(key, ())) for key in lists}
        | needs.derived(table, entry.get("needs", ()))
        | {
            "name": name,
            "trigger": Trigger(**trigger),
            "dead_letters": entry.get("dead_letters", False),
            "secrets": {family: tuple(names) for family, names in entry.get("secrets", {}).items()},
        }
    )


def _breaches(
    topics: Mapping[str, Topic],
    functions: Mapping[str, Function],
    table: Mapping[str, Need],
    entries: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    """Yields breaches of the rules that span fields: the field, and the message."""
    for name, function in functions.items():
        for field, message in (
            *_trigger_breaches(function),
            *_size_breaches(function),
            *_reference_breaches(function, topics),
            *needs.function_breaches(table, function.needs),
        ):
            yield f"functions.{name}.{field}", message
        for field in _SUBSCRIBED:
            if field in entries[name] and not (function.trigger.topics or function.dead_letters):
                yield f"functions.{name}.{field}", "is set, but no topic triggers the function"
    keepers = [name for name, function in functions.items() if function.dead_letters]
    if len(keepers) != 1:
        said = f"{len(keepers)} of them keep dead letters (expected dead_letters: true on one)"
        yield "functions", said
    for topic in topics:
        if not any(topic in function.publishes for function in functions.values()):
            yield f"topics.{topic}", "no function publishes to it"
        if not any(topic in function.trigger.topics for function in functions.values()):
            yield f"topics.{topic}", "it triggers no function"
    yield from needs.table_breaches(table, {name: function.needs for name, function in functions.items()})


def _trigger_breaches(function: Function) -> Iterator[tuple[str, str]]:
    trigger = function.trigger
    if bool(trigger.http) == bool(trigger.topics):
        yield "trigger", "names both or neither (expected either http or topics)"
    if trigger.every_minutes and trigger.http == "public":
        yield "trigger.every_minutes", "a schedule calls no public http (expected http: private, or topics)"
    if trigger.every_minutes and trigger.due_path.strip("/") in trigger.topics:
        yield "trigger.topics", f"{trigger.due_path} is the schedule's path (expected another name)"
    if (trigger.topics or function.dead_letters) and function.timeout_seconds < _MIN_ACK_DEADLINE_S:
        limit = f"expected {_MIN_ACK_DEADLINE_S} or more"
        yield "timeout_seconds", f"{function.timeout_seconds} is too short for an ack deadline ({limit})"


def _size_breaches(function: Function) -> Iterator[tuple[str, str]]:
    if function.concurrency > 1 and float(function.cpu) < 1:
        yield "cpu", f"{function.cpu!r} is too little for a concurrency above 1 (expected '1' or more)"
    for low, high in (("min_instances", "max_instances"), ("min_backoff_seconds", "max_backoff_seconds")):
        if getattr(function, low) > getattr(function, high):
            yield low, f"{getattr(function, low)} is more than {high} ({getattr(function, high)})"


def _reference_breaches(function: Function, topics: Mapping[str, Topic]) -> Iterator[tuple[str, str]]:
    for field, named in (("publishes", function.publishes), ("trigger.topics", function.trigger.topics)):
        for topic in named:
            if topic not in topics:
                yield field, f"{topic!r} is not a topic ({one_of(topics)})"
    for family in function.secrets:
        if family not in (*function.plugins, TENANTS):
            yield f"secrets.{family}", f"is not among the function's plugins, nor {TENANTS}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Shows the manifest of functions and what is derived from it."
    )
    parser.add_argument(
        "--extras", action="store_true", help="print each function and its extras, for scripts/lock"
    )
    arguments = parser.parse_args()
    try:
        manifest = load()
    except ConfigurationError as error:
        sys.exit(str(error))
    if arguments.extras:
        for function in manifest.functions.values():
            print(function.name, *(f"--extra={extra}" for extra in function.dependencies))
        return
    sizes = ("memory", "cpu", "concurrency", "timeout_seconds", "min_instances", "max_instances")
    _table(manifest.functions.values(), ("name", "trigger", "publishes", "needs", *sizes))
    print()
    _table(manifest.subscriptions(), [field.name for field in fields(Subscription)])


def _table(rows: Iterable[object], columns: Sequence[str]) -> None:
    lines = [list(columns), *([_cell(getattr(row, column)) for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    main()
