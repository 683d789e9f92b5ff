"""Deliberate mutations of the guards and tools that keep models honest (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutating import Edit

_GUARDS, _TOOLS = "shared.answers.assistant.guards", "shared.answers.assistant.tools"
_ASSISTANT, _CACHED = "shared.answers.assistant", "shared.answers.cached"

MODEL_MUTANTS: dict[str, list[Edit]] = {
    "claims-unguarded": [
        Edit(_GUARDS, "in claimed(said, evidence.published)}", "in ()}"),
    ],
    "any-tool-backs-any-claim": [
        Edit(_GUARDS, "each.kinds <= evidence.claims for", "bool(evidence.claims) for"),
    ],
    "values-unguarded": [
        Edit(_GUARDS, "    _links,\n    _values,\n", "    _links,\n"),
    ],
    "links-unguarded": [
        Edit(_GUARDS, "    _links,\n    _values,\n", "    _values,\n"),
    ],
    "leaks-unguarded": [
        Edit(_GUARDS, "    _leaks,\n    _links,\n", "    _links,\n"),
    ],
    "sentences-without-subject": [
        Edit(_GUARDS, "claims.get(each, _has_subject(each, evidence))]", "claims.get(each, True)]"),
    ],
    "orders-are-questions": [
        Edit(
            f"{_GUARDS}.evidence",
            "return [each for each in asked if not steering.steers(each)]",
            "return found",
        ),
    ],
    "results-of-all-turns": [
        Edit(
            f"{_ASSISTANT}.calls",
            "results: list[Result] = field(default_factory=list)",
            "results: list[Result] = field(default_factory=lambda all_of_them=[]: all_of_them)",
        ),
    ],
    "facts-by-models": [
        Edit(f"{_TOOLS}.remember", 'if not words or f" {words} " not in f" {said} ":', "if not words:"),
    ],
    "call-of-a-tool-dropped": [
        Edit(
            _ASSISTANT,
            "calls = tuple(dict.fromkeys(reason for result in results for reason in result.calls))",
            "calls = tuple[HandoffReason, ...]()",
        ),
    ],
    "acts-of-a-tool-dropped": [
        Edit(
            _ASSISTANT,
            "acts = [act for result in results for act in result.acts]",
            "acts = list[object]()",
        ),
    ],
    "personal-answers-cached": [
        Edit(
            _CACHED,
            "(memory.facts or memory.summary or conversation.session.verified)",
            "conversation.session.verified",
        ),
    ],
}
