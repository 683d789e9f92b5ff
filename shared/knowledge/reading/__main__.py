"""`python -m shared.knowledge.reading NAME TYPE`: reads a file from standard input, in a process of its own.

Standard output is one JSON object: {"blocks": […]}, or {"refused": "the rest of a sentence"}.
"""

from __future__ import annotations

import json
import resource
import sys

from shared.formats.files import Unreadable
from shared.knowledge.reading import read

#: Bytes of memory and seconds of a processor; the system ends a process that takes more.
MEMORY, SECONDS = 1024 * 1024 * 1024, 60
#: Bytes of text that are kept of one file.
_TEXT = 20 * 1024 * 1024


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    _, name, media_type = sys.argv
    try:
        blocks = list(read(sys.stdin.buffer.read(), name, media_type))
        if sum(len(block.text) for block in blocks) > _TEXT:
            raise Unreadable("has too much text: split it")
        said: object = {"blocks": blocks}
    except Unreadable as refused:
        said = {"refused": str(refused)}
    except MemoryError:
        said = {"refused": "takes too much memory to read: split it, or save it anew"}
    except Exception as error:
        # Libraries raise all kinds of errors for files that are not as they should be.
        said = {"refused": f"cannot be read ({type(error).__name__}): open it and save it anew"}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
