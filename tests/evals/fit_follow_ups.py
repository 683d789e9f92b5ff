"""Fits the weights of follow-ups, on those of the tuned half and on questions that change the subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from shared.knowledge.follow_ups import columns
from shared.knowledge.index import Index
from shared.knowledge.ranking import log_odds
from shared.knowledge.vectors import embed
from shared.language.detection import detect
from shared.understanding.following import follows, together
from tests.evals.cases import EMBEDDER, Case, cases, tenant
from tests.evals.logistic import weights

#: Questions of each tenant that change the subject, and how much one of them counts.
_CHANGES, _COUNTS = 75, 0.3
#: Entries of each case that the weights are fitted on.
_CANDIDATES = 15


async def follow_ups(name: str) -> dict[str, Any]:
    """Returns the weights for readings by `words` alone, or by their `meaning` too."""
    rows, answers, counts = [], [], []
    for which in sorted({case.tenant for case in cases("tuned")}):
        file = tenant(which)
        await embed(file.knowledge, EMBEDDER)
        index = Index(file.knowledge, EMBEDDER.name)
        for case in _cases(which):
            language = detect(file.tenant, case.ask, file.tenant.languages[0])
            before = "\n".join(case.before[-2:])
            readings = []
            for text in (case.ask, together(before, case.ask), before):
                vectors = await EMBEDDER.embed(index.texts(text, language)) if name == "meaning" else None
                readings.append(index.confidences(text, language, vectors)[1])
            spread = [(odds - odds.mean()) / (odds.std() + 1e-6) for odds in map(log_odds, readings)]
            chosen = np.argsort(-np.sum(spread, axis=0))[:_CANDIDATES]
            rows.append(columns(readings, case.ask, index.topics)[chosen])
            answers.append(np.isin([entry.entry for entry in file.knowledge], case.entries)[chosen])
            counts.append(np.full(len(chosen), 1.0 if case.kind == "follow_up" else _COUNTS))
    features, right = np.concatenate(rows), np.concatenate(answers)
    return weights(features, right, strength=0.3, counts=np.concatenate(counts))


def _cases(which: str) -> Iterator[Case]:
    """Yields the tenant's follow-ups, and questions of their own after another one."""
    mine = [case for case in cases("tuned") if case.tenant == which]
    yield from (case for case in mine if case.kind == "follow_up")
    random, alone = Random(1), [case for case in mine if case.kind == "fact" and follows(case.ask)]  # noqa: S311
    for case in random.sample(alone, min(_CHANGES, len(alone))):
        other = random.choice([each for each in alone if each.language == case.language])
        yield replace(case, before=[other.ask])
