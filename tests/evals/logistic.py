"""Fitting of a logistic model, as it is stored."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression


def weights(
    features: NDArray[np.float64],
    answers: NDArray[np.bool_],
    *,
    strength: float,
    counts: NDArray[np.float64] | None = None,
) -> dict[str, Any]:
    """Returns the weights for rows of features, each of which counts as much as `counts` says, or alike."""
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(C=strength, max_iter=3_000)  # type: ignore[no-untyped-call]
    model.fit((features - mean) / scale, answers, sample_weight=counts)
    found = {"mean": mean, "scale": scale, "weight": model.coef_[0]}
    return {name: [round(float(v), 4) for v in each] for name, each in found.items()} | {
        "bias": round(float(model.intercept_[0]), 4)
    }
