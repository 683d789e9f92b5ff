"""Child processes that do not outlive us, in whatever way we end."""

from __future__ import annotations

#: Becomes the command, and leaves a watcher in its process group: when our end of the pipe to its input
#: closes, because we stopped it or because we died, the watcher kills the group. `$$` is the group's id.
_LEASHED = 'exec 3<&0; (read _ <&3; kill -9 -$$) & exec "$@" 3<&- </dev/null'


def leashed(*command: str) -> tuple[str, ...]:
    """The command on a leash: to be started in a session of its own, with a pipe as its standard input."""
    return ("/bin/sh", "-c", _LEASHED, "sh", *command)
