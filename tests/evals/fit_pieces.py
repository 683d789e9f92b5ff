"""Fits the weights of shared/knowledge/piece_ranking.json: `python -m tests.evals.fit_pieces [--check]`.

There are no sources with questions to fit on, so the entries of the tenants stand for pieces: without their
questions, and each language apart, since a source is mostly in one. `--check` counts the frozen half instead.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.knowledge import ranking
from shared.knowledge.index import segments
from shared.knowledge.piece_index import PieceIndex
from shared.knowledge.vectors import packed
from shared.language.detection import detect
from shared.language.spelling import spelled
from shared.models.source import SourcePiece
from shared.models.tenant import Embedded
from shared.tenants.documents import TenantDocuments
from tests.evals.cases import EMBEDDER, Case, Half, cases, tenant
from tests.evals.logistic import weights

_FOLDS = 5
_KINDS = ("fact", "unknown", "near_miss")


@dataclass(frozen=True)
class Question:
    """A question with the measures of its candidates, which of them are right, and what each lacks."""

    case: Case
    measures: dict[str, NDArray[np.float64]]
    right: NDArray[np.bool_]
    lacks: list[list[float]]

    def columns(self) -> NDArray[np.float64]:
        return ranking.columns(self.measures, len(self.case.ask.split()))


async def pieces(file: TenantDocuments, language: str) -> list[SourcePiece]:
    """Returns the entries in one language as pieces of a source, with vectors."""
    found = [
        SourcePiece(
            tenant=entry.tenant,
            piece=entry.entry,
            source="entries",
            item="entries",
            title=f"{file.tenant.name} › {entry.topic.get(language, '')}",
            topic=entry.topic.get(language, ""),
            text=entry.wordings[language].answer,
            language=language,
            digest=entry.entry,
        )
        for entry in file.knowledge
        if language in entry.wordings
    ]
    vectors = await EMBEDDER.embed([f"{piece.title}\n{piece.text}" for piece in found])
    for place, piece in enumerate(found):
        piece.embedded = Embedded(of=EMBEDDER.name, vectors=packed(vectors[place : place + 1]))
    return found


async def questions(half: Half) -> dict[str, list[Question]]:
    """Returns the questions of a half: by `words` alone, and by `meaning` too."""
    asked = [case for case in cases(half) if case.kind in _KINDS and not case.before]
    done: dict[str, list[Question]] = {"words": [], "meaning": []}
    for name in sorted({case.tenant for case in asked}):
        file = tenant(name)
        for language in file.tenant.languages:
            index = PieceIndex(await pieces(file, language), EMBEDDER.name)
            for case in (each for each in asked if each.tenant == name and each.language == language):
                read = detect(file.tenant, case.ask, file.tenant.languages[0])
                vectors = await EMBEDDER.embed([spelled(part, read) for part in segments(case.ask)])
                for kind, given in (("words", None), ("meaning", vectors)):
                    numbers, measures = index.measures(case.ask, read, given)
                    ids = [index.pieces[number].piece for number in numbers]
                    lacks = [index.lacks(case.ask, read, int(number)) for number in numbers]
                    if ids:
                        done[kind].append(Question(case, measures, np.isin(ids, case.entries), lacks))
    return done


def ranks(found: Sequence[Question]) -> dict[str, Any]:
    """Returns the weights of the model that orders pieces."""
    rows, answers = [each.columns() for each in found], [each.right for each in found]
    return weights(np.concatenate(rows), np.concatenate(answers), strength=0.3)


def judged(question: Question, fitted: ranking.Weights) -> tuple[NDArray[np.float64], bool]:
    """Returns the features of the first piece for the second model, and whether it is right."""
    confidences = ranking.probabilities(fitted, question.columns())
    best = int(confidences.argmax())
    return ranking.lead(confidences, question.lacks[best]), bool(question.right[best])


def certain(found: Sequence[Question]) -> dict[str, Any]:
    """Returns the weights of the model that judges the first piece."""
    folds = np.random.RandomState(0).permutation(len(found)) % _FOLDS
    rows, answers = [], []
    for fold in range(_FOLDS):
        others = [each for each, place in zip(found, folds, strict=True) if place != fold]
        fitted = ranking.stored(ranks(others))
        for question in (each for each, place in zip(found, folds, strict=True) if place == fold):
            row, right = judged(question, fitted)
            rows.append(row)
            answers.append(right)
    return weights(np.stack(rows), np.array(answers), strength=0.1)


def check(found: Sequence[Question], name: str) -> str:
    """Returns a line: the share of facts found first, answered at once, and answered wrongly."""
    fitted = ranking.fitted(ranking.PIECES)
    rows = [(each.case.kind, *judged(each, fitted[name])) for each in found]
    sure = ranking.probabilities(fitted[f"certain_{name}"], np.stack([row for _, row, _ in rows]))
    told = sure >= 0.6
    fact = np.array([kind == "fact" for kind, _, _ in rows])
    right = np.array([right for _, _, right in rows])
    shares = {
        "found first": right[fact].mean(),
        "told": (told & right)[fact].mean(),
        "told wrongly": (told & ~right)[fact].mean(),
        "told though unknown": told[~fact].mean(),
    }
    return f"{name}: " + ", ".join(f"{what} {share:.3f}" for what, share in shares.items())


def main() -> int:
    if "--check" in sys.argv:
        for name, found in asyncio.run(questions("frozen")).items():
            print(check(found, name))  # noqa: T201
        return 0
    fitted: dict[str, Any] = {}
    for name, found in asyncio.run(questions("tuned")).items():
        fitted |= {name: ranks(found), f"certain_{name}": certain(found)}
    ranking.PIECES.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
