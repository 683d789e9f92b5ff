"""Fits the signs of shared/understanding on the examples in infra/understanding: `make fit`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.svm import SVC

from scripts.yaml_file import ROOT
from shared.embeddings.local import Local
from shared.understanding.signs import FITTED, PLACES, Sign, groups

EXAMPLES = ROOT / "infra" / "understanding"
TUNED = ROOT / "tests" / "evals" / "messages" / "tuned"
#: Width of an example's neighbourhood, and how strictly each example counts; chosen by cross-validation.
_GAMMA, _STRICT = 1.5, 5.0
#: Examples whose weights are all below this are left out of the fitted file.
_LIGHT = 0.05


@dataclass(frozen=True)
class Example:
    text: str
    signs: frozenset[Sign]


def examples() -> list[Example]:
    """Returns the examples of all files, each once; a counter-example has no signs."""
    found: dict[str, Example] = {}
    for path in sorted(EXAMPLES.glob("*.json")):
        intent = path.name.partition(".")[0]
        data = json.loads(path.read_bytes())
        for name, texts in data["examples"].items():
            signs = frozenset(sign for sign in Sign if sign in (intent, name))
            found |= {text: Example(text, signs) for text in texts}
        for text in data["counter"]:
            found.setdefault(text, Example(text, frozenset()))
    return list((found | _typed()).values())


def _typed() -> dict[str, Example]:
    """Returns the messages of the evaluation's tuned half, with the signs that their kinds stand for."""
    found = {}
    for path in sorted(TUNED.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
            signs = {case["kind"], case.get("class", "")}
            if case["kind"] == "smalltalk":
                continue  # the kind of small talk is not told
            found[case["ask"]] = Example(case["ask"], frozenset(sign for sign in Sign if sign in signs))
    return found


def digest() -> str:
    """Returns a digest of all examples, which the fitted files carry."""
    files = [*sorted(EXAMPLES.glob("*.json")), *sorted(TUNED.glob("*.yaml"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def places(texts: Sequence[str]) -> csr_matrix:
    """Returns a row per text with its groups of letters and words, of length 1."""
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        found = list(groups(text))
        rows += [row] * len(found)
        columns += found
        values += [max(len(found), 1) ** -0.5] * len(found)
    return csr_matrix((values, (rows, columns)), shape=(len(texts), PLACES))


def letters(found: Sequence[Example]) -> bytes:
    """Returns the weights of signs.by_letters."""
    rows, signs, body = places([each.text for each in found]), [], b""
    for sign in Sign:
        model = LogisticRegression(C=40, max_iter=3_000, class_weight={False: 1, True: 3})
        model.fit(rows, [sign in each.signs for each in found])
        scale = float(np.abs(model.coef_).max()) / 127
        body += np.round(model.coef_[0] / scale).astype(np.int8).tobytes()
        signs.append([scale, float(model.intercept_[0])])
    head = json.dumps({"of": digest(), "signs": signs})
    return head.encode() + b"\n" + zlib.compress(body, 9)


def nearest(found: Sequence[Example], vectors: NDArray[np.float32]) -> dict[str, Any]:
    """Returns the arrays of signs.by_nearest: the supporting examples and their weights for each sign."""
    likeness = np.exp(-_GAMMA * (2 - 2 * (vectors @ vectors.T)))
    weights, bias = np.zeros((len(found), len(Sign))), np.zeros(len(Sign))
    slope, offset = [], []
    for number, sign in enumerate(Sign):
        signed = np.array([sign in each.signs for each in found])
        model = SVC(C=_STRICT, kernel="precomputed", class_weight="balanced").fit(likeness, signed)
        weights[model.support_, number] = model.dual_coef_[0]
        bias[number] = model.intercept_[0]
        scores = cross_val_predict(model, likeness, signed, cv=3, method="decision_function")
        calibrated = LogisticRegression(C=1e3).fit(scores[:, None], signed)
        slope.append(-calibrated.coef_[0][0])
        offset.append(-calibrated.intercept_[0])
    used = np.abs(weights).max(axis=1) > _LIGHT
    bias += (likeness[:, ~used] @ weights[~used]).mean(axis=0)  # what the light ones add to any text
    kept = vectors[used]
    small = np.round(kept / np.abs(kept).max(axis=1, keepdims=True) * 127).astype(np.int8)
    numbers = {"bias": bias, "slope": slope, "offset": offset, "gamma": _GAMMA}
    arrays = {name: np.array(value, dtype=np.float32) for name, value in numbers.items()}
    return {"vectors": small, "weights": weights[used].astype(np.float16), "of": np.array(digest())} | arrays


def main() -> int:
    found = examples()
    embedder = Local()
    vectors = asyncio.run(embedder.embed([each.text for each in found]))
    write(FITTED / "letters.bin", letters(found))
    np.savez(FITTED / "nearest.npz", **nearest(found, vectors))
    sys.stdout.write(f"{len(found)} examples\n")
    return 0


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
