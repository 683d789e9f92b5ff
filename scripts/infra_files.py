"""`python -m scripts.infra_files`: checks the files of infra/ that Terraform reads, before Terraform starts.

An error is one line with the file, the field and the expectation. Limits are Google Cloud's:
https://cloud.google.com/monitoring/quotas, https://cloud.google.com/firestore/quotas
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts import manifest, tenant_file, yaml_file
from scripts.yaml_file import ROOT, problem
from shared.errors import ConfigurationError
from shared.formats.json_schema import one_of

INFRA = ROOT / "infra"
#: Maximum length (characters) of an alert's documentation.
RUNBOOK_LIMIT = 8_192

#: Breaches of a rule: the field, and the message.
Breaches = Iterator[tuple[str, str]]
_USER_METRIC = re.compile(r"logging(?:_googleapis_com:user_|\.googleapis\.com/user/)([a-z_]+)")


def check(infra: Path = INFRA) -> None:
    """Checks all files. Raises ConfigurationError, one line, for the first error."""
    manifest.load(infra / "functions.yaml")
    _check(infra / "firestore.yaml", "firestore", _firestore_breaches)
    metrics = _check(infra / "metrics.yaml", "metrics", _metrics_breaches)
    known = {metric["name"]: "value" in metric for metric in metrics["metrics"]}
    runbooks = _runbooks(infra / "runbooks")
    for kind, breaches in (("alert", _alert_breaches), ("slo", _slo_breaches)):
        for path in sorted((infra / f"{kind}s").glob("*.yaml")):
            document = _check(path, kind, breaches)
            if document["runbook"] not in runbooks:
                said = f"{document['runbook']!r} is not a page ({one_of(runbooks)})"
                raise problem(path, "runbook", said)
            _check_metrics(path, known)
    for path in sorted((infra / "dashboards").glob("*.yaml")):
        if not isinstance(yaml_file.read(path), dict):
            raise problem(path, "", "is not a map (expected displayName and mosaicLayout)")
        _check_metrics(path, known)
    for path in tenant_file.files(infra / "tenants"):  # the longest files come last
        tenant_file.load(path)


def _check(path: Path, schema: str, breaches: Any) -> Any:
    document = yaml_file.read(path)
    yaml_file.check(path, document, json.loads((INFRA / f"{schema}.schema.json").read_text("utf-8")))
    for place, message in breaches(document):
        raise problem(path, place, message)
    return document


def _firestore_breaches(document: Mapping[str, Any]) -> Breaches:
    seen: list[Any] = []
    for place, index in enumerate(document["indexes"]):
        for number, field in enumerate(index["fields"]):
            yield from _direction_breaches(f"indexes[{place}].fields[{number}]", field)
        if sum("array" in field for field in index["fields"]) > 1:
            yield f"indexes[{place}].fields", "asks two arrays (expected at most one)"
        if index in seen:
            yield f"indexes[{place}]", "stands here twice"
        seen.append(index)
    for place, entry in enumerate(document["fields"]):
        for number, index in enumerate(entry["indexes"]):
            yield from _direction_breaches(f"fields[{place}].indexes[{number}]", index)
    for kind in ("fields", "ttls"):
        yield from _repeated(kind, [f"{entry['collection']}.{entry['path']}" for entry in document[kind]])


def _direction_breaches(place: str, entry: Mapping[str, Any]) -> Breaches:
    if ("order" in entry) == ("array" in entry):
        yield place, "names both or neither (expected either order or array)"


def _metrics_breaches(document: Mapping[str, Any]) -> Breaches:
    for place, metric in enumerate(document["metrics"]):
        if ("value" in metric) != ("unit" in metric):
            yield f"metrics[{place}]", "names one of value and unit (expected both or neither)"
    yield from _repeated("metrics", [metric["name"] for metric in document["metrics"]])


def _alert_breaches(document: Mapping[str, Any]) -> Breaches:
    if document["for_seconds"] % 60:
        yield "for_seconds", f"{document['for_seconds']} is not whole minutes (expected a multiple of 60)"


def _slo_breaches(document: Mapping[str, Any]) -> Breaches:
    given = {name for name in ("bad", "distribution", "max", "total") if name in document}
    if given not in ({"bad", "total"}, {"distribution", "max"}):
        said = f"names {', '.join(sorted(given)) or 'nothing'}"
        yield "", f"{said} (expected either bad and total, or distribution and max)"


def _repeated(place: str, names: Sequence[str]) -> Breaches:
    for name in names:
        if names.count(name) > 1:
            yield place, f"{name!r} stands here twice"


def _runbooks(folder: Path) -> set[str]:
    pages = sorted(folder.glob("*.md"))
    for page in pages:
        if (length := len(page.read_text("utf-8"))) > RUNBOOK_LIMIT:
            raise problem(page, "", f"is {length} characters long (expected at most {RUNBOOK_LIMIT})")
    return {page.stem for page in pages}


def _check_metrics(path: Path, known: Mapping[str, bool]) -> None:
    """Checks that a query or a filter names only our metrics of metrics.yaml. Only metrics with a `value`
    (distributions) have buckets and counts."""
    for match in _USER_METRIC.finditer(path.read_text("utf-8")):
        name = re.sub("_(bucket|count|sum)$", "", match[1])
        if name not in known:
            raise problem(path, match[0], f"is not a metric of ours ({one_of(known)})")
        if name != match[1] and not known[name]:
            raise problem(path, match[0], f"{name} is counted, not measured (expected it without a suffix)")


def main() -> None:
    try:
        check()
    except ConfigurationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
