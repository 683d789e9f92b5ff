"""Evaluator of the part of PromQL that infra/alerts uses, over counted events and gauges.

Grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/. Metrics are Cloud Monitoring's deltas,
so `increase` is the sum of a window, without extrapolation. A form that is not known here is an error.
"""

from __future__ import annotations

import math
import operator
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Node = Callable[[float], Vector]

_TOKEN = re.compile(r'\s*("[^"]*"|\d+(?:\.\d+)?[a-z]?|[a-zA-Z_][\w:]*|=~|!~|>=|<=|!=|[-+*/<>={}()\[\],])')
_COMPARE = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
_COUNT = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
_SUMMED: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "max": max,
    "avg": lambda values: sum(values) / len(values),
    "count": len,
}
#: Minutes of a unit, and of the time that a gauge's last value counts.
_MINUTES = {"m": 1.0, "h": 60.0, "d": 1_440.0, "w": 10_080.0}
_FRESH = 5.0
#: Upper bounds of a distribution's buckets: terraform/monitoring.tf.
_BOUNDS = [0.025 * 1.5**n for n in range(31)]
_NUMBER: Labels = frozenset()


@dataclass(frozen=True)
class Sample:
    """A value of a metric at a minute: an increment of a counter, a measurement, or a gauge."""

    minute: float
    labels: Mapping[str, str]
    value: float = 1.0


#: The samples of each metric, by its name in PromQL.
Series = Mapping[str, Sequence[Sample]]


def evaluator(query: str, series: Series) -> Node:
    """Returns the query as a function of a time in minutes. Raises ValueError for an unknown form."""
    parser = _Parser(query, series)
    node = parser.sets()
    if parser.tokens:
        raise ValueError(f"{parser.tokens[0]!r} in {query!r}")
    return node


class _Parser:
    def __init__(self, query: str, series: Series) -> None:
        if left := _TOKEN.sub("", query).strip():
            raise ValueError(f"{left!r} in {query!r}")
        self.tokens, self._series = _TOKEN.findall(query), series

    def sets(self) -> Node:
        left = self._compared()
        while (word := self._peek()) in ("unless", "or", "and"):
            self.tokens.pop(0)
            on = self._names() if self._took("on") else None
            left = _combined(word, on, left, self._compared())
        return left

    def _compared(self) -> Node:
        left = self._sum()
        while (sign := self._peek()) in _COMPARE:
            self.tokens.pop(0)
            left = _filtered(_COMPARE[sign], left, self._sum())
        return left

    def _sum(self) -> Node:
        left = self._product()
        while (sign := self._peek()) in ("+", "-"):
            self.tokens.pop(0)
            left = _counted(_COUNT[sign], left, self._product())
        return left

    def _product(self) -> Node:
        left = self._single()
        while (sign := self._peek()) in ("*", "/"):
            self.tokens.pop(0)
            left = _counted(_COUNT[sign], left, self._single())
        return left

    def _single(self) -> Node:
        word = self.tokens.pop(0)
        if word == "(":
            node = self.sets()
            self._expect(")")
            return node
        if word[0].isdigit():
            return lambda _: {_NUMBER: float(word)}
        if word in _SUMMED:
            by = self._names() if self._took("by") else []
            return _summed(_SUMMED[word], by, self._inside())
        if word == "vector":
            return self._inside()
        if word == "histogram_quantile":
            self._expect("(")
            share = float(self.tokens.pop(0))
            self._expect(",")
            node = self.sets()
            self._expect(")")
            return _quantile(share, node)
        if word in _OVER:
            self._expect("(")
            name, matches = self.tokens.pop(0), self._matches()
            window, ago = self._window()
            self._expect(")")
            samples = self._samples(name)
            return lambda now: _OVER[word](_within(samples, matches, now - ago, window), window, matches)
        samples, matches = self._samples(word), self._matches()
        return lambda now: {_of(s): s.value for s in _within(samples, matches, now, _FRESH)}

    def _inside(self) -> Node:
        self._expect("(")
        node = self.sets()
        self._expect(")")
        return node

    def _names(self) -> list[str]:
        self._expect("(")
        names = []
        while not self._took(")"):
            names.append(self.tokens.pop(0))
            self._took(",")
        return names

    def _matches(self) -> list[tuple[str, str, str]]:
        matches = []
        if self._took("{"):
            while not self._took("}"):
                name, sign, value = (self.tokens.pop(0) for _ in range(3))
                matches.append((name, sign, value.strip('"')))
                self._took(",")
        return matches

    def _window(self) -> tuple[float, float]:
        self._expect("[")
        window = _minutes(self.tokens.pop(0))
        self._expect("]")
        return window, _minutes(self.tokens.pop(0)) if self._took("offset") else 0.0

    def _samples(self, name: str) -> Sequence[Sample]:
        if name.endswith("_bucket"):
            measured = self._samples(name.removesuffix("_bucket"))
            return [each for sample in measured for each in _buckets(sample)]
        counted = name if name in self._series else name.removesuffix("_count")
        return sorted(self._series.get(counted, ()), key=_minute)

    def _peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def _took(self, word: str) -> bool:
        return self._peek() == word and bool(self.tokens.pop(0))

    def _expect(self, word: str) -> None:
        if not self._took(word):
            raise ValueError(f"{self._peek()!r} (expected {word!r})")


def _minutes(text: str) -> float:
    return float(text[:-1]) * _MINUTES[text[-1]]


def _minute(sample: Sample) -> float:
    return sample.minute


def _of(sample: Sample) -> Labels:
    return frozenset(sample.labels.items())


def _within(
    samples: Sequence[Sample], matches: Sequence[tuple[str, str, str]], until: float, window: float
) -> list[Sample]:
    """Returns the samples of a window. A label that a sample does not have, such as the kind of resource,
    matches."""
    first, last = (bisect_right(samples, minute, key=_minute) for minute in (until - window, until))
    return [
        sample
        for sample in samples[first:last]
        if all(_matches(sample.labels[n], sign, v) for n, sign, v in matches if n in sample.labels)
    ]


def _matches(value: str, sign: str, wanted: str) -> bool:
    same = bool(re.fullmatch(wanted, value)) if "~" in sign else value == wanted
    return same is not sign.startswith("!")


def _totals(samples: Sequence[Sample]) -> dict[Labels, list[float]]:
    found: dict[Labels, list[float]] = defaultdict(list)
    for sample in samples:
        found[_of(sample)].append(sample.value)
    return found


_Over = Callable[[Sequence[Sample], float, Sequence[tuple[str, str, str]]], Vector]
_OVER: dict[str, _Over] = {
    "increase": lambda samples, _, __: {each: sum(values) for each, values in _totals(samples).items()},
    "rate": lambda samples, window, _: {
        each: sum(values) / (window * 60) for each, values in _totals(samples).items()
    },
    "avg_over_time": lambda samples, _, __: {
        each: sum(values) / len(values) for each, values in _totals(samples).items()
    },
    "absent_over_time": lambda samples, _, __: {} if samples else {_NUMBER: 1.0},
}


def _buckets(sample: Sample) -> list[Sample]:
    first = bisect_left(_BOUNDS, sample.value)
    bounds = [*map(str, _BOUNDS[first:]), "inf"]
    return [Sample(sample.minute, {**sample.labels, "le": bound}) for bound in bounds]


def _summed(function: Callable[[Sequence[float]], float], by: Sequence[str], node: Node) -> Node:
    def evaluate(now: float) -> Vector:
        groups: dict[Labels, list[float]] = defaultdict(list)
        for labels, value in node(now).items():
            groups[_only(labels, by)].append(value)
        return {labels: function(values) for labels, values in groups.items()}

    return evaluate


def _only(labels: Labels, names: Sequence[str]) -> Labels:
    return frozenset((name, value) for name, value in labels if name in names)


def _quantile(share: float, node: Node) -> Node:
    """Returns the upper bound of the bucket that holds the quantile."""

    def evaluate(now: float) -> Vector:
        groups: dict[Labels, dict[float, float]] = defaultdict(dict)
        for labels, value in node(now).items():
            bound = next(value for name, value in labels if name == "le")
            groups[frozenset(each for each in labels if each[0] != "le")][float(bound)] = value
        return {
            labels: min(bound for bound, value in counts.items() if value >= share * counts[math.inf])
            for labels, counts in groups.items()
        }

    return evaluate


def _pairs(left: Vector, right: Vector) -> list[tuple[Labels, float, float]]:
    if right.keys() == {_NUMBER}:
        return [(labels, value, right[_NUMBER]) for labels, value in left.items()]
    if left.keys() == {_NUMBER}:
        return [(labels, left[_NUMBER], value) for labels, value in right.items()]
    return [(labels, left[labels], right[labels]) for labels in left.keys() & right.keys()]


def _counted(function: Callable[[float, float], float], left: Node, right: Node) -> Node:
    return lambda now: {labels: function(a, b) for labels, a, b in _pairs(left(now), right(now))}


def _filtered(function: Callable[[float, float], bool], left: Node, right: Node) -> Node:
    return lambda now: {labels: a for labels, a, b in _pairs(left(now), right(now)) if function(a, b)}


def _combined(word: str, on: Sequence[str] | None, left: Node, right: Node) -> Node:
    def key(labels: Labels) -> Labels:
        return labels if on is None else _only(labels, on)

    def evaluate(now: float) -> Vector:
        first, second = left(now), right(now)
        ours, theirs = {key(labels) for labels in first}, {key(labels) for labels in second}
        if word == "or":
            return first | {labels: value for labels, value in second.items() if key(labels) not in ours}
        kept = word == "and"
        return {labels: value for labels, value in first.items() if (key(labels) in theirs) is kept}

    return evaluate
