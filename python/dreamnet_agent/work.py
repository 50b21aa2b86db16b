"""What an agent is doing, from which its heartbeats and its /ping are made. No thread, no network."""

import hashlib
import json
import re
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from .report_limits import Misfit, OnMisfit, cut, plain_text, show
from .report_limits import fit_deadline, fit_details, fit_metric, fit_status, fit_tool_name

# The daemon looks at so many calls of a report, and takes so many characters of details.
MOST_CALLS = 100
LONGEST_DETAILS = 2000
# The daemon refuses a report with more metrics: the others go with the next one.
MOST_METRICS = 1000
# With more names waiting each has something in it that is no name, such as an id.
MOST_WAITING = 10000
# Such as the colours of an error: the daemon refuses a whole report for one of them.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# How long the daemon lets a tool call run that names no deadline, seconds.
DEFAULT_DEADLINE_S = 600.0


class Work:
    """Safe to use from every thread."""

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        on_idle: Callable[[], None] = lambda: None,
        on_misfit: OnMisfit = lambda misfit: None,
    ) -> None:
        """`on_idle` is called when `is_idle_untold` has become true; it must return at once.

        `on_misfit` is called with what the daemon would refuse, each time it is said.
        """
        self._now = now
        self._on_idle = on_idle
        self._on_misfit = on_misfit
        self._is_plain = False
        self._is_told_busy = False
        # A signal's handler may come in the middle of any of these methods, in the same thread.
        self._lock = threading.RLock()
        self._calls = 0
        self._moved = 0
        self._seq = 0
        self._status: Tuple[str, Optional[str]] = ("ok", None)
        self._readiness: Tuple[bool, Optional[str]] = (True, None)
        self._tools: Dict[int, Tuple[str, float, Optional[float]]] = {}
        self._tool_number = 0
        self._signatures: List[str] = []
        self._metrics: Dict[str, float] = {}
        self.last_moved_at = now()

    @property
    def in_flight(self) -> int:
        """Calls being worked on, or tools that run without one: a tool mostly runs within a call."""
        return max(self._calls, len(self._tools))

    @property
    def is_idle_untold(self) -> bool:
        """The daemon was told of work in flight, and there is none any more: whoever is to end it waits for that."""
        return self._is_told_busy and self.in_flight == 0

    @property
    def is_ready(self) -> bool:
        return self._readiness[0]

    @property
    def details(self) -> Optional[str]:
        """Why it is not ready, or how it is."""
        is_ready, why = self._readiness
        return self._status[1] if is_ready else why or "it is not ready"

    def move(self) -> None:
        with self._lock:
            self._moved += 1
            self.last_moved_at = self._now()

    def begin(self) -> None:
        with self._lock:
            self._calls += 1
            self.move()

    def end(self) -> None:
        with self._lock:
            self._calls -= 1
            self._ended()

    def say(self, status: str, details: Any) -> None:
        self._status = (fit_status(status, self._on_misfit), fit_details(details))

    def set_ready(self, is_ready: bool, why_not: Any) -> None:
        self._readiness = (is_ready, fit_details(why_not))

    def set_metric(self, name: str, value: Any) -> None:
        metric = fit_metric(name, value, self._on_misfit)
        if metric is None:
            return
        with self._lock:
            is_one_too_many = name not in self._metrics and len(self._metrics) >= MOST_WAITING
            if not is_one_too_many:
                self._metrics[metric[0]] = metric[1]
        if is_one_too_many:
            self._on_misfit(Misfit("metric", "ten thousand others wait: it is left out", show(name)))

    def open_tool(self, name: str, args: Any, deadline_s: Optional[float]) -> int:
        """Notes a tool call; the number ends it."""
        name, deadline_s = fit_tool_name(name, self._on_misfit), fit_deadline(deadline_s, self._on_misfit)
        with self._lock:
            self._tool_number += 1
            self._tools[self._tool_number] = (name, self._now(), deadline_s)
            self._signatures = (self._signatures + [signature_of(name, args)])[-MOST_CALLS:]
            self.move()
            return self._tool_number

    def close_tool(self, number: int) -> None:
        with self._lock:
            if self._tools.pop(number, None) is not None:
                self._ended()

    def _ended(self) -> None:
        self.move()
        if self.is_idle_untold:
            self._on_idle()

    def report(self, subsystem: str) -> Dict[str, Any]:
        """The next report. What it takes along is given back by `failed`."""
        with self._lock:
            self._seq += 1
            self._is_told_busy = self.in_flight > 0
            status = self._status[0]
            report: Dict[str, Any] = {
                "subsystem": subsystem,
                # An agent that is not ready said so itself: that is no fault, and no good state either.
                "status": status if self.is_ready or status == "error" else "warn",
                "at": round(self._now() * 1000),
                "seq": self._seq,
                "inFlight": self.in_flight,
                "progress": self._moved,
            }
            if self._is_plain:
                self._is_plain = False
            else:
                self._take_along(report)
            return report

    def _take_along(self, report: Dict[str, Any]) -> None:
        if self.details is not None:
            report["details"] = CONTROL.sub(" ", cut(self.details, LONGEST_DETAILS))
        if self._tools:
            report["openToolCall"] = self._longest()
        if self._signatures:
            report["calls"] = [{"signature": one} for one in self._signatures]
            self._signatures = []
        if self._metrics:
            report["metrics"] = {name: self._metrics[name] for name in list(self._metrics)[:MOST_METRICS]}
            self._metrics = {name: value for name, value in self._metrics.items() if name not in report["metrics"]}

    def failed(self, report: Dict[str, Any]) -> None:
        """The report did not arrive: its calls and metrics go with the next one."""
        with self._lock:
            before = [call["signature"] for call in report.get("calls", [])]
            self._signatures = (before + self._signatures)[-MOST_CALLS:]
            self._metrics = {**report.get("metrics", {}), **self._metrics}

    def refused(self) -> None:
        """The daemon refused what a report tells: it is not told again, and the next one tells only that the agent lives."""
        self._is_plain = True

    def _longest(self) -> Dict[str, Any]:
        """The one that may go on for longest: as long as it is open the agent is not hanging."""
        tools = self._tools.values()
        name, started_at, deadline_s = max(tools, key=lambda one: one[1] + (one[2] or DEFAULT_DEADLINE_S))
        told: Dict[str, Any] = {"name": name, "startedAt": round(started_at * 1000)}
        if deadline_s is not None:
            told["deadlineMs"] = deadline_s * 1000
        return told


def signature_of(name: str, args: Any) -> str:
    """What a tool is called with may be private; that it is the same again is not."""
    try:
        text = json.dumps(args, sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):
        text = plain_text(args)
    return name + "#" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
