"""Child processes that are killed when this process ends, for any reason."""

from __future__ import annotations

#: Becomes the command, with a watcher in its process group: when our end of its input pipe closes (we closed
#: it, or this process ended), the watcher kills the group. `$$` is the group's id.
_WATCHED = 'exec 3<&0; (read _ <&3; kill -9 -$$) & exec "$@" 3<&- </dev/null'


def leashed(*command: str) -> tuple[str, ...]:
    """Returns the command with its watcher. Start it in a session of its own, with a pipe as its standard
    input."""
    return ("/bin/sh", "-c", _WATCHED, "sh", *command)
