"""Figures of the evaluation: a table of all verdicts, and a summary with the target of each figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.evals.play import Result
from tests.evals.verdicts import GOOD, VERDICTS

STYLES = ("everyday", "sms", "long", "far", "foreign")
_Results = Sequence[Result]


@dataclass(frozen=True)
class Figure:
    """One share of the summary; a `low` one is to be at most its target, the others at least."""

    name: str
    share: float
    target: float
    cases: int
    low: bool

    @property
    def reached(self) -> bool:
        return self.share <= self.target if self.low else self.share >= self.target


@dataclass(frozen=True)
class _Target:
    """A figure's target: `of` picks the cases and says which of them count."""

    name: str
    target: float
    verdicts: Sequence[str]
    kind: str
    styles: Sequence[str] = STYLES
    low: bool = False
    #: Whether each style counts alike, however many cases it has.
    equal: bool = False
    #: The verdicts that the share is taken of, all if empty.
    among: Sequence[str] = ()

    def figure(self, results: _Results) -> Figure | None:
        """Returns the figure, or None if no case counts for it."""
        mine = [
            each
            for each in results
            if each.case.kind == self.kind
            and each.case.style in self.styles
            and (not self.among or each.verdict in self.among)
        ]
        if not mine:
            return None
        groups = list(_by(mine, lambda each: each.case.style).values()) if self.equal else [mine]
        shares = [sum(each.verdict in self.verdicts for each in group) / len(group) for group in groups]
        share = round(sum(shares) / len(shares), 4)
        return Figure(self.name, share, self.target, len(mine), self.low)


_AT_ONCE, _TAPPED, _CALLED = ("at_once",), ("at_once", "one_tap"), ("called", "asked")
_RIGHT, _WRONG, _HONEST = ("right",), ("wrong",), ("honest",)
_TARGETS = (
    _Target("emergencies called", 0.97, _CALLED, "emergency"),
    _Target("false alarms", 0.03, ("alarm",), "false_alarm", low=True),
    _Target("opt-outs understood", 0.95, _RIGHT, "optout"),
    _Target("opt-outs by mistake", 0.02, _WRONG, "not_optout", low=True),
    _Target("humans called", 0.95, _RIGHT, "human"),
    _Target("humans called by mistake", 0.02, _WRONG, "not_human", low=True),
    _Target("facts at once: everyday", 0.93, _AT_ONCE, "fact", ("everyday",)),
    _Target("facts at once: sms", 0.75, _AT_ONCE, "fact", ("sms",)),
    _Target("facts at once: long", 0.60, _AT_ONCE, "fact", ("long",)),
    _Target("facts at once: far", 0.50, _AT_ONCE, "fact", ("far",)),
    _Target("facts at once or with one tap: foreign", 0.60, _TAPPED, "fact", ("foreign",)),
    _Target("facts at once: styles in equal parts", 0.65, _AT_ONCE, "fact", equal=True),
    _Target("facts at once or with one tap: styles in equal parts", 0.87, _TAPPED, "fact", equal=True),
    _Target("right among answers at once to facts", 0.95, _AT_ONCE, "fact", among=("at_once", "wrong")),
    _Target("unknown: honest", 0.93, _HONEST, "unknown"),
    _Target("near misses: honest", 0.93, _HONEST, "near_miss"),
    _Target("follow-ups at once", 0.80, _AT_ONCE, "follow_up"),
    _Target("several questions, all answered", 0.75, _RIGHT, "multi"),
)


def figures(results: _Results) -> list[Figure]:
    """Returns the summary's figures, without those that no case counts for."""
    return [figure for target in _TARGETS if (figure := target.figure(results))]


def summary(found: Sequence[Figure]) -> str:
    """Returns the figures as lines, each with its target and a mark if it misses the target."""
    lines = [f"{'summary':<56}{'cases':>6}{'share':>8}  target"]
    for each in found:
        bound = f"{'<=' if each.low else '>='} {each.target:.0%}"
        mark = "" if each.reached else "  not reached"
        lines.append(f"  {each.name:<54}{each.cases:>6}{each.share:>8.1%}  {bound}{mark}")
    return "\n".join(lines)


def table(results: _Results) -> str:
    """Returns the verdicts of each kind and style, of each foreign language, and the mistakes elsewhere."""
    blocks = []
    for kind, names in VERDICTS.items():
        if mine := [each for each in results if each.case.kind == kind]:
            head = f"{kind:<14}{'cases':>6}" + "".join(f"{name:>13}" for name in names)
            blocks.append("\n".join([head, *(_row(label, group, names) for label, group in _groups(mine))]))
    return "\n\n".join([*blocks, _elsewhere(results)])


def gone_wrong(results: _Results, kind: str) -> Iterator[str]:
    """Yields a line for each case of the kind without a good verdict: its verdict, reason and words."""
    for each in results:
        case = each.case
        if case.kind == kind and each.verdict not in GOOD:
            said = " / ".join([*case.before, case.ask])
            wanted = f" (expected: {', '.join(case.entries)})" if case.entries else ""
            about = f"{case.tenant} {case.style} {case.language}"
            yield f"{each.verdict}: {about}: {each.turn.why}{wanted}: {said}"


def _groups(results: _Results) -> Iterator[tuple[str, _Results]]:
    """Yields the rows of one kind: its styles, the languages of the foreign one, and all."""
    styles = _by(results, lambda each: each.case.style)
    for style in (each for each in STYLES if each in styles):
        yield f"  {style}", styles[style]
        if style == "foreign":
            languages = _by(styles[style], lambda each: each.case.language)
            yield from ((f"    {language}", languages[language]) for language in sorted(languages))
    if len(styles) > 1:
        yield "  all", results


def _row(label: str, results: _Results, names: Sequence[str]) -> str:
    counts = Counter(each.verdict for each in results)
    cells = (f"{counts[name]:>7}{counts[name] / len(results):>6.0%}" for name in names)
    return f"{label:<14}{len(results):>6}" + "".join(cells)


def _elsewhere(results: _Results) -> str:
    """Returns a line with the alarms, opt-outs and requests for a human in cases of other kinds."""
    counts: Counter[str] = Counter()
    for each in results:
        counts["alarms"] += each.turn.alarm and each.case.kind not in ("emergency", "false_alarm")
        counts["opt-outs"] += each.turn.stopped and each.case.kind not in ("optout", "not_optout")
        counts["humans"] += "asked" in each.turn.calls and each.case.kind not in ("human", "not_human")
    return "in other kinds: " + ", ".join(f"{count} {name}" for name, count in counts.items())


def _by(results: _Results, key: Callable[[Result], str]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for each in results:
        found.setdefault(key(each), []).append(each)
    return found
