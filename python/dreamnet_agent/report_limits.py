"""What the daemon takes in a report: it refuses a whole one for a single field that is not like this."""

import math
import re
from typing import Any, Callable, NamedTuple, Optional, Tuple

LONGEST_NAME = 200
# Nothing in a name may move the cursor of a terminal or end the line.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# As good as none, seconds: a deadline must be a number that JSON has.
NO_DEADLINE_S = 365 * 86400.0
STATUSES = ("ok", "warn", "error", "unknown")
SHOWN = 60
# A larger whole number is none in JavaScript.
LARGEST_WHOLE = 2**53


class Misfit(NamedTuple):
    """Something an agent said that the daemon would refuse a whole report for."""

    # "metric", "tool", "deadline_s" or "status".
    field: str
    # What is wrong, and what was made of it: one of a few sentences.
    why: str
    # What was given, cut and without control characters.
    found: str


OnMisfit = Callable[[Misfit], None]


def fit_metric(name: Any, value: Any, on_misfit: OnMisfit) -> Optional[Tuple[str, float]]:
    """None when it cannot be told: another name would be another metric. Whatever has a `float()` is a number."""
    why = _name_problem(name)
    if why:
        on_misfit(Misfit("metric", why + ": it is left out", show(name)))
        return None
    number = math.nan if isinstance(value, (str, bytes, bytearray)) else _as_float(value)
    if not math.isfinite(number):
        on_misfit(Misfit("metric", "its value is no finite number: it is left out", show(name)))
        return None
    is_whole = number.is_integer() and abs(number) < LARGEST_WHOLE
    return name, int(number) if is_whole else number


def fit_tool_name(name: Any, on_misfit: OnMisfit) -> str:
    """A name for the tool under which the daemon sees that it runs, whatever it is called."""
    why = _name_problem(name)
    if not why:
        return str(name)
    on_misfit(Misfit("tool", why + ": it is told without that", show(name)))
    return cut(CONTROL.sub(" ", plain_text(name)), LONGEST_NAME) or "unnamed"


def fit_deadline(deadline_s: Any, on_misfit: OnMisfit) -> Optional[float]:
    """Seconds; None for the daemon's default."""
    if deadline_s is None:
        return None
    seconds = _as_float(deadline_s)
    if seconds == math.inf:
        on_misfit(Misfit("deadline_s", "it is told as a year", show(deadline_s)))
        return NO_DEADLINE_S
    # What is finite here may not be so in milliseconds.
    if seconds > 0 and math.isfinite(seconds * 1000):
        return seconds
    on_misfit(Misfit("deadline_s", "it is no number above 0: the default holds", show(deadline_s)))
    return None


def fit_status(status: Any, on_misfit: OnMisfit) -> str:
    """Another word is told as a warning: whoever says something is to be looked at."""
    if isinstance(status, str) and status in STATUSES:
        return status
    why = "it is none of ok, warn and error: it is told as warn"
    on_misfit(Misfit("status", why, show(status)))
    return "warn"


def fit_details(details: Any) -> Optional[str]:
    """What an agent gives as the reason of a state; of an error that says nothing the kind of error."""
    if details is None or isinstance(details, str):
        return details
    return plain_text(details) or type(details).__name__


def plain_text(value: Any) -> str:
    """Any value as text; never raises."""
    try:
        return str(value)
    except Exception:  # an object whose own method fails
        return type(value).__name__


def length_of(text: str) -> int:
    """In the units in which the daemon counts, UTF-16."""
    return len(text) + sum(1 for letter in text if letter > "\uffff")


def cut(text: str, longest: int) -> str:
    """The beginning of a text, of at most so many units of UTF-16."""
    short = text[:longest]
    while length_of(short) > longest:
        short = short[: len(short) - max(1, (length_of(short) - longest) // 2)]
    return short


def show(value: Any) -> str:
    text = plain_text(value)
    return "'%s'" % CONTROL.sub(" ", text if len(text) <= SHOWN else text[:SHOWN] + "…")


def _name_problem(name: Any) -> Optional[str]:
    if not isinstance(name, str):
        return "its name is no text"
    if not name:
        return "its name is empty"
    if length_of(name) > LONGEST_NAME:
        return "its name is longer than %d characters" % LONGEST_NAME
    return "its name has control characters" if CONTROL.search(name) else None


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except Exception:  # no number, or one that is too large; whatever its type raises
        return math.nan
