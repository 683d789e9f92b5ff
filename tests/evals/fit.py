"""Fits the weights of shared/knowledge/ranking.json on the tuned half: `python -m tests.evals.fit`."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from shared.knowledge import ranking
from shared.knowledge.index import Index, segments
from shared.knowledge.vectors import embed
from shared.language.detection import detect
from shared.language.spelling import spelled
from tests.evals.cases import EMBEDDER, Case, cases, tenant

#: Entries of each question that the weights are fitted on: the likeliest, by the sum of all measures.
_CANDIDATES = 15
_KINDS = ("fact", "unknown", "near_miss")


@dataclass(frozen=True)
class Question:
    """A question with its measures, and for each entry whether it answers it."""

    case: Case
    measures: dict[str, NDArray[np.float64]]
    right: NDArray[np.bool_]

    def candidates(self, names: list[str]) -> NDArray[np.int64]:
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
            done.append(Question(case, measures, np.isin(names, case.entries)))
    return done


def fit(found: list[Question], names: list[str]) -> dict[str, Any]:
    """Returns the weights for these measures."""
    rows, answers = [], []
    for question in found:
        chosen = question.candidates(names)
        measures = {name: question.measures[name] for name in names}
        rows.append(ranking.columns(measures, len(question.case.ask.split()))[chosen])
        answers.append(question.right[chosen])
    features = np.concatenate(rows)
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(C=0.3, max_iter=3_000).fit((features - mean) / scale, np.concatenate(answers))
    weights = {"mean": mean, "scale": scale, "weight": model.coef_[0]}
    return {name: [round(float(v), 4) for v in each] for name, each in weights.items()} | {
        "bias": round(float(model.intercept_[0]), 4)
    }


def main() -> int:
    found = asyncio.run(questions([case for case in cases("tuned") if case.kind in _KINDS]))
    fitted = {"words": fit(found, list(ranking.MEASURES[:4])), "meaning": fit(found, list(ranking.MEASURES))}
    ranking._WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
