"""Sends reports on a beat, one at a time, whatever becomes of them."""

import http.client
import json
import random
import threading
import time
from typing import Any, Callable, Dict, Optional, Tuple
from urllib.parse import urlsplit

from .report_limits import plain_text

# A daemon that does not answer within this is not there.
TIMEOUT_S = 2.0
# News is told at once, but never more often than this.
SOONEST_S = 1.0
FIRST_RETRY_S = 0.5
# A daemon that comes back gives everybody a while to be heard, so nobody may be away for long. No further apart than
# heartbeats are: a fleet that finds nobody costs no more than one that is heard.
LONGEST_RETRY_S = 5.0
# What the daemon said no to, it says no to again.
LONGEST_AFTER_REFUSAL_S = 60.0
# Of a wait so much is left to chance, so that a fleet does not come back to a daemon at once.
CHANCE = 0.5

# These are about what the report tells.
UNFIT_STATUSES = (400, 413, 422)
# A refusal with its reason is shorter.
LONGEST_REFUSAL = 16384
LONGEST_REASON = 300

# Told again an unfit one would be refused again.
TAKEN, UNREACHABLE, REFUSED, UNFIT = "taken", "unreachable", "refused", "unfit"
Delivery = Tuple[str, Optional[str]]


def next_report_s(outcome: str, every_s: float, failures: int, chance: float) -> float:
    """When the next report is due, seconds from now; `failures` in a row ended like this one, itself included.

    Only those: of a daemon that was away for long the first refusal may be one of its start.
    """
    if outcome == TAKEN:
        return every_s
    # The daemon does not know the agent or its token: for good, or only until it has started.
    longest_s = LONGEST_RETRY_S if outcome == UNREACHABLE else LONGEST_AFTER_REFUSAL_S
    wait_s = min(FIRST_RETRY_S * 2 ** min(failures - 1, 16), longest_s)
    return wait_s * (1 - CHANCE * chance)


class Courier:
    """One connection to the daemon, opened again when it was lost."""

    def __init__(self, url: str, token: Optional[str]) -> None:
        """Raises ValueError when the address is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an http or https address")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
        self._path = parts.path.rstrip("/") + "/api/heartbeats"
        self._headers = {"content-type": "application/json"}
        if token is not None:
            self._headers["authorization"] = "Bearer " + token

    def __call__(self, report: Dict[str, Any]) -> Delivery:
        try:
            body = json.dumps(report, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            return UNFIT, "it is no JSON: %s" % error
        try:
            self._connection.request("POST", self._path, body, self._headers)
            answer = self._connection.getresponse()
            # It must be read to its end for the connection to be used again.
            said = answer.read()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            return UNREACHABLE, str(error) or type(error).__name__
        if 200 <= answer.status < 300:
            return TAKEN, None
        why = "the daemon answered %d%s" % (answer.status, reason_in(said[:LONGEST_REFUSAL]))
        if answer.status in UNFIT_STATUSES:
            return UNFIT, why
        return (UNREACHABLE if answer.status >= 500 or answer.status in (408, 429) else REFUSED), why


def reason_in(said: bytes) -> str:
    """The code of the refusal and its sentence, which names the field."""
    try:
        error = json.loads(said).get("error")
        return " %s: %s" % (error["code"], str(error["message"])[:LONGEST_REASON]) if error else ""
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""  # whoever answered is no daemon: the status says as much as there is


class Reporter:
    """A thread that ends with the program. It never raises, and holds nobody up."""

    def __init__(
        self,
        next_report: Callable[[], Dict[str, Any]],
        deliver: Callable[[Dict[str, Any]], Delivery],
        on_failed: Callable[[Dict[str, Any]], None],
        on_change: Callable[[Optional[str]], None],
        every_s: float,
        is_news: Callable[[], bool] = lambda: False,
        on_unfit: Callable[[str], None] = lambda why: None,
    ) -> None:
        """`is_news` is asked when the time of a `soon_if` has come.

        `on_unfit` is called instead of `on_failed` when the daemon does not take what the report tells; `on_change` with
        the first of a row of failures of one kind, and with None at the end of the row.
        """
        self._next, self._deliver = next_report, deliver
        self._is_news = is_news
        self._on_failed, self._on_change = on_failed, on_change
        self._on_unfit = on_unfit
        self._every_s = every_s
        # What was said last of a daemon that takes nothing.
        self._told = TAKEN
        self._wake = threading.Event()
        self._has_news = False
        self._is_over = False
        self.sent = 0
        self.failed = 0
        self.last_error: Optional[str] = None

    def start(self) -> None:
        threading.Thread(target=self._run, name="dreamnet-reporter", daemon=True).start()

    def soon(self) -> None:
        """There is news: it is told within a second, unless the daemon is not there anyway."""
        self._has_news = True
        self._wake.set()

    def soon_if(self) -> None:
        """As `soon`, of what may be over by then: told only if `is_news` says so when its time has come."""
        self._wake.set()

    def stop(self) -> None:
        self._is_over = True
        self._wake.set()

    def _run(self) -> None:
        failures, before = 0, TAKEN
        while not self._is_over:
            sent_at = time.monotonic()
            self._has_news = False
            self._wake.clear()
            outcome = self._send_safely()
            failures = 0 if outcome == TAKEN else failures + 1 if outcome == before else 1
            before = outcome
            self._rest(sent_at, next_report_s(outcome, self._every_s, failures, random.random()), failures)

    def _send_safely(self) -> str:
        """Whatever is wrong with one report, the agent goes on to be seen."""
        try:
            return self._send()
        except Exception as error:
            self.failed += 1
            self.last_error = "%s: %s" % (type(error).__name__, plain_text(error))
            try:
                self._on_unfit(self.last_error)
            except Exception:
                pass  # nobody hears of it: it is in `last_error`
            return UNFIT

    def _send(self) -> str:
        report = self._next()
        outcome, why = self._deliver(report)
        if outcome == TAKEN:
            self.sent += 1
        else:
            self.failed += 1
        self.last_error = why
        if outcome == UNFIT:
            self._on_unfit(why or "")
            return outcome
        if outcome != TAKEN:
            self._on_failed(report)
        if outcome != self._told:
            self._told = outcome
            self._on_change(why)
        return outcome

    def _rest(self, sent_at: float, wait_s: float, failures: int) -> None:
        until = time.monotonic() + wait_s
        while not self._is_over and time.monotonic() < until:
            if failures == 0 and self._wake.wait(until - time.monotonic()):
                self._wake.clear()
                # Told at once, unless the last report is younger than a second.
                told_at = min(until, max(time.monotonic(), sent_at + SOONEST_S))
                time.sleep(max(0.0, told_at - time.monotonic()))
                if self._has_news or self._is_news():
                    return
            elif failures > 0:
                # News does not hurry one whose daemon is away.
                time.sleep(min(SOONEST_S, max(0.0, until - time.monotonic())))
