"""Lines of JSON that the daemon reads by level and time."""

import json
import sys
import threading
from datetime import datetime, timezone
from typing import Any, Dict, Optional, TextIO


class Log:
    """Writes to a stream, and goes on when nobody reads it."""

    def __init__(self, name: str, stream: Optional[TextIO]) -> None:
        self._name, self._stream = name, stream
        self._lock = threading.RLock()

    def __call__(self, level: str, message: str, /, **fields: Any) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": now, "level": level, "msg": message, "agent": self._name}
        try:
            # First what must be there: a field of the caller's cannot take its place.
            text = to_json({**line, **fields, **line})
        except (TypeError, ValueError, RecursionError):
            text = to_json({**line, "unreadable": "its fields are not JSON"})
        stream = self._stream if self._stream is not None else sys.stdout
        try:
            with self._lock:
                stream.write(writable(text, stream) + "\n")
                stream.flush()
        except (OSError, ValueError):
            # Its reader went away; what it misses is in nobody's log.
            pass

    def debug(self, /, message: str, **fields: Any) -> None:
        self("debug", message, **fields)

    def info(self, /, message: str, **fields: Any) -> None:
        self("info", message, **fields)

    def warn(self, /, message: str, **fields: Any) -> None:
        self("warn", message, **fields)

    def error(self, /, message: str, **fields: Any) -> None:
        self("error", message, **fields)


def to_json(value: Dict[str, Any]) -> str:
    """Letters as they are: whoever hides secrets in what agents write looks for them as they are written."""
    return json.dumps(value, default=str, ensure_ascii=False)


def writable(text: str, stream: TextIO) -> str:
    """The text with escapes of JSON for what the stream cannot write, as in an ASCII locale or of half a character."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        return "".join(one if is_writable(one, encoding) else json.dumps(one)[1:-1] for one in text)


def is_writable(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
        return True
    except UnicodeEncodeError:
        return False
