"""Fits the weights of shared/knowledge/ranking.json on the tuned half: `python -m tests.evals.fit`.

The second model is fitted on confidences of questions that the first one was not fitted on.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.knowledge import ranking
from shared.knowledge.index import Index, segments
from shared.knowledge.vectors import embed
from shared.language.detection import detect
from shared.language.spelling import spelled
from tests.evals.cases import EMBEDDER, Case, cases, tenant
from tests.evals.fit_follow_ups import follow_ups
from tests.evals.logistic import weights

#: Entries of each question that the weights are fitted on: the likeliest, by the sum of all measures.
_CANDIDATES = 15
#: Parts of the questions for the second model.
_FOLDS = 5
_KINDS = ("fact", "unknown", "near_miss")


@dataclass(frozen=True)
class Question:
    """A question with its measures, and for each entry whether it answers it and what it lacks."""

    case: Case
    measures: dict[str, NDArray[np.float64]]
    right: NDArray[np.bool_]
    lacks: Callable[[int], list[float]]

    def columns(self, names: Sequence[str]) -> NDArray[np.float64]:
        measures = {name: self.measures[name] for name in names}
        return ranking.columns(measures, len(self.case.ask.split()))

    def candidates(self, names: Sequence[str]) -> NDArray[np.int64]:
        spread = [(m - m.mean()) / (m.std() + 1e-6) for m in (self.measures[name] for name in names)]
        return np.argsort(-np.sum(spread, axis=0))[:_CANDIDATES]


async def questions(found: list[Case]) -> list[Question]:
    """Returns the measures of the cases that are one question."""
    embedder, done = EMBEDDER, []
    for name in sorted({case.tenant for case in found}):
        file = tenant(name)
        await embed(file.knowledge, embedder)
        index = Index(file.knowledge, embedder.name)
        names = [entry.entry for entry in file.knowledge]
        for case in (each for each in found if each.tenant == name):
            language = detect(file.tenant, case.ask, file.tenant.languages[0])
            vectors = await embedder.embed([spelled(part, language) for part in segments(case.ask)])
            matches = index._words.matches(spelled(case.ask, language), language)
            measures = index.measures(case.ask, language, matches, vectors)
            lacks = partial(index.lacks, case.ask, language)
            done.append(Question(case, measures, np.isin(names, case.entries), lacks))
    return done


def ranks(found: Sequence[Question], names: Sequence[str]) -> dict[str, Any]:
    """Returns the weights of the model that orders entries by these measures."""
    rows, answers = [], []
    for question in found:
        chosen = question.candidates(names)
        rows.append(question.columns(names)[chosen])
        answers.append(question.right[chosen])
    return weights(np.concatenate(rows), np.concatenate(answers), strength=0.3)


def certain(found: Sequence[Question], names: Sequence[str]) -> dict[str, Any]:
    """Returns the weights of the model that judges the first entry."""
    folds = np.random.RandomState(0).permutation(len(found)) % _FOLDS
    rows, answers = [], []
    for fold in range(_FOLDS):
        others = [each for each, place in zip(found, folds, strict=True) if place != fold]
        fitted = ranking.stored(ranks(others, names))
        for question in (each for each, place in zip(found, folds, strict=True) if place == fold):
            confidences = ranking.probabilities(fitted, question.columns(names))
            best = int(confidences.argmax())
            rows.append(ranking.lead(confidences, question.lacks(best)))
            answers.append(question.right[best])
    return weights(np.stack(rows), np.array(answers), strength=0.1)


def main() -> int:
    """Fits the models one after the other: that of follow-ups reads the confidences of the first."""
    found = asyncio.run(questions([case for case in cases("tuned") if case.kind in _KINDS]))
    fitted = {
        "words": ranks(found, ranking.BY_WORDS),
        "meaning": ranks(found, ranking.MEASURES),
        "certain_words": certain(found, ranking.BY_WORDS),
        "certain_meaning": certain(found, ranking.MEASURES),
    }
    _write(fitted)
    _write(fitted | {f"follow_up_{name}": asyncio.run(follow_ups(name)) for name in ("words", "meaning")})
    return 0


def _write(fitted: dict[str, Any]) -> None:
    ranking._WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    ranking.fitted.cache_clear()


if __name__ == "__main__":
    sys.exit(main())
