"""Transcriptions: a form with a sound (RFC 7578), and the words in it."""

from __future__ import annotations

import hashlib
from typing import Any

from shared.errors import ConfigurationError
from shared.formats import wire
from shared.llm import Completion, Failure, File, ModelFailed, Text, Usage
from shared.llm._failures import garbled
from shared.llm._reading import cost

#: Endings of names by media type: vendors tell the format by them.
ENDINGS = {
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/mp4": "m4a",
    "audio/m4a": "m4a",
    "audio/x-m4a": "m4a",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/webm": "webm",
    "audio/flac": "flac",
}


def form(model: str, sound: File, language: str) -> tuple[str, bytes]:
    """Returns the content type and the body of the form; `language` "" leaves it to the model.

    Raises ModelFailed if vendors do not take such a sound.
    """
    kind = sound.media_type.partition(";")[0].strip().lower()
    if kind not in ENDINGS:
        wrong = ConfigurationError(f"openai_compatible: transcribes no {wire.label(kind)}")
        raise ModelFailed(Failure.BAD_REQUEST, "openai_compatible_media") from wrong
    between = hashlib.sha256(sound.data).hexdigest()  # must not stand in the sound itself
    fields = {"model": model, "response_format": "json", **({"language": language} if language else {})}
    lines = [
        f'--{between}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file = (
        f'--{between}\r\nContent-Disposition: form-data; name="file"; filename="voice.{ENDINGS[kind]}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    body = "".join([*lines, file]).encode() + sound.data + f"\r\n--{between}--\r\n".encode()
    return f"multipart/form-data; boundary={between}", body


def read(found: dict[str, Any], model: str) -> Completion:
    """Returns the words. Raises ModelFailed if there are none.

    Some models are paid by tokens, others by time: https://platform.openai.com/docs/api-reference/audio
    """
    text = found.get("text")
    if not isinstance(text, str):
        raise garbled("openai_compatible")
    if not text.strip():
        raise ModelFailed(Failure.EMPTY, "openai_compatible_empty")
    used = found.get("usage")
    tokens = wire.whole_number(wire.inside(used, "input_tokens"))
    heard = wire.whole_number(wire.inside(used, "input_token_details", "audio_tokens"))
    length = wire.inside(used, "seconds")
    by_time = isinstance(length, int | float) and not isinstance(length, bool) and 0 < length < 1_000_000
    usage = Usage(
        tokens,
        wire.whole_number(wire.inside(used, "output_tokens")),
        audio=min(heard, tokens),
        cost=cost(used),
        seconds=float(length) if by_time and not tokens else 0.0,
    )
    return Completion([Text(text.strip())], "done", usage, wire.words(found, "model") or model)
