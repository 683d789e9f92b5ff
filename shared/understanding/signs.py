"""Signs in a text: how likely it is an emergency, an opt-out, a request for a human, or small talk.

Two machines, both fitted by `make fit` on the examples in infra/understanding, which native speakers review:

- by letters: the groups of letters and the words of a text, weighted; plain Python, half a millisecond;
- by nearest examples: the likeness of the text's vector to those of the examples, if there is an embedder.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.language.folding import folded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FITTED = Path(__file__).parent / "fitted"
#: Number of places for groups of letters and words, which share a place by their checksum.
PLACES = 1 << 16
#: Most characters of a text that are read.
LIMIT = 2_000


class Sign(StrEnum):
    EMERGENCY = "emergency"
    #: Emergencies that need words of care: they are signs of an emergency as well.
    DESPAIR = "despair"
    ABUSE = "abuse"
    OPT_OUT = "optout"
    HUMAN = "human"
    THANKS = "thanks"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    SMALL_TALK = "smalltalk"
    COMPLAINT = "complaint"


def by_letters(text: str) -> dict[Sign, float]:
    """Returns the probability of each sign by the text's letters and words."""
    weights, parameters = _letters()
    places = list(groups(text))
    share = math.sqrt(len(places) or 1)
    found = {}
    for number, sign in enumerate(Sign):
        scale, bias = parameters[number]
        start = number * PLACES
        score = scale * sum(weights[start + place] for place in places) / share + bias
        found[sign] = _probability(score)
    return found


def by_nearest(vector: NDArray[np.float32]) -> dict[Sign, float]:
    """Returns the probability of each sign by the examples nearest to the text's vector."""
    import numpy as np

    fitted = _nearest()
    near = np.exp(-fitted["gamma"] * (2 - 2 * (fitted["vectors"] @ vector)))
    scores = near @ fitted["weights"] + fitted["bias"]
    likely = 1 / (1 + np.exp(fitted["slope"] * scores + fitted["offset"]))
    return {sign: float(likely[number]) for number, sign in enumerate(Sign)}


def groups(text: str) -> Iterator[int]:
    """Yields the place of each group of two to five letters, each word and each pair of words, once."""
    words = folded(text[:LIMIT]).split()
    found = {f"w:{word}" for word in words} | {f"b:{a} {b}" for a, b in pairwise(words)}
    for word in words:
        marked = f" {word} "
        for length in range(2, 6):
            found |= {marked[start : start + length] for start in range(max(1, len(marked) - length + 1))}
    yield from {zlib.crc32(group.encode(errors="replace")) % PLACES for group in found}


def _probability(score: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@cache
def _letters() -> tuple[memoryview, list[tuple[float, float]]]:
    """Returns the weights, one signed byte for each sign and place, and each sign's scale and bias."""
    import json

    head, _, body = (FITTED / "letters.bin").read_bytes().partition(b"\n")
    parameters = [(float(scale), float(bias)) for scale, bias in json.loads(head)["signs"]]
    return memoryview(zlib.decompress(body)).cast("b"), parameters


@cache
def _nearest() -> Mapping[str, Any]:
    import numpy as np

    with np.load(FITTED / "nearest.npz") as stored:
        found = {name: stored[name].astype(np.float32) for name in stored.files if name != "of"}
    vectors = found["vectors"]
    found["vectors"] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return found
