"""Lines of JSON that the daemon reads by level and time."""

import json
import sys
import threading
from datetime import datetime, timezone
from typing import Any, Optional, TextIO


class Log:
    """Writes to a stream, and goes on when nobody reads it."""

    def __init__(self, name: str, stream: Optional[TextIO]) -> None:
        self._name, self._stream = name, stream
        self._lock = threading.RLock()

    def __call__(self, level: str, message: str, **fields: Any) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": now, "level": level, "msg": message, "agent": self._name}
        try:
            # First what must be there: a field of the caller's cannot take its place.
            text = json.dumps({**line, **fields, **line}, default=str)
        except (TypeError, ValueError, RecursionError):
            text = json.dumps({**line, "unreadable": "its fields are not JSON"})
        stream = self._stream if self._stream is not None else sys.stdout
        try:
            with self._lock:
                stream.write(text + "\n")
                stream.flush()
        except (OSError, ValueError):
            # Its reader went away; what it misses is in nobody's log.
            pass

    def debug(self, message: str, **fields: Any) -> None:
        self("debug", message, **fields)

    def info(self, message: str, **fields: Any) -> None:
        self("info", message, **fields)

    def warn(self, message: str, **fields: Any) -> None:
        self("warn", message, **fields)

    def error(self, message: str, **fields: Any) -> None:
        self("error", message, **fields)
