"""Asks the daemon before something is spent, and tells it afterwards what was."""

import http.client
import json
import threading
import time
from typing import Any, Dict, Optional, Set, Tuple, Union
from urllib.parse import urlsplit

from .destination import Destination
from .log import Log

# The daemon writes to its disk before it answers; one that takes longer is as good as away.
TIMEOUT_S = 10.0
# The daemon answers after 25 seconds when there is nothing to say.
WAIT_S = 40.0
RETRY_S = 1.0


class SpendingRefused(Exception):
    """Something may not be spent. `code` says why, `reset_at` when there is room again (epoch seconds, or None)."""

    def __init__(self, code: str, message: str, reset_at: Optional[float] = None) -> None:
        super().__init__(message)
        self.code, self.reset_at = code, reset_at


class Spend:
    """The permission to spend; ends with the `with` block. What is not told to be used counts as reserved."""

    def __init__(self, desk: "SpendingDesk", number: Optional[str]) -> None:
        self.id = number
        # Set within a second when spending is frozen: break off the call of the model.
        self.frozen = threading.Event()
        self._desk = desk
        self._used: Dict[str, Any] = {}
        self._verb = "settle"

    def used(self, **amounts: Any) -> None:
        """What was really spent: `tokens`, `money` such as "0.02 USD", `calls`, `wallTime` in ms."""
        self._verb, self._used = "settle", amounts

    def release(self) -> None:
        """Nothing was spent."""
        self._verb, self._used = "release", {}

    def __enter__(self) -> "Spend":
        return self

    def __exit__(self, *_: Any) -> None:
        self._desk.end(self, self._verb, self._used)


class SpendingDesk:
    """Without a daemon's address nothing is asked and nothing limits; with one that is none everything is refused."""

    def __init__(self, to: Union[Destination, str, None], log: Log) -> None:
        self._to, self._log = to, log
        self._lock = threading.Lock()
        self._open: Set[Spend] = set()
        self._is_watching = False

    def reserve(self, wanted: Dict[str, Any]) -> Spend:
        """Raises SpendingRefused."""
        if self._to is None:
            return Spend(self, None)
        status, body, why = self._ask("POST", "/api/reservations", wanted, TIMEOUT_S)
        if status != 201 or not isinstance(body.get("id"), str):
            raise refusal(status, body, why)
        spend = Spend(self, body["id"])
        with self._lock:
            self._open.add(spend)
            is_first, self._is_watching = not self._is_watching, True
        if is_first:
            threading.Thread(target=self._watch, name="dreamnet-freeze", daemon=True).start()
        return spend

    def end(self, spend: Spend, verb: str, used: Dict[str, Any]) -> None:
        """Tells once more after a failure; then it stays as it was reserved, never too little for the budget."""
        with self._lock:
            self._open.discard(spend)
        if spend.id is None:
            return
        path = "/api/reservations/%s/%s" % (spend.id, verb)
        status, body, why = self._ask("POST", path, used, TIMEOUT_S)
        if status == 0 or status >= 500:
            status, body, why = self._ask("POST", path, used, TIMEOUT_S)
        if status != 200:
            told = refusal(status, body, why)
            self._log.warn("what was reserved counts as spent, for it could not be told what was: %s" % told)

    def _watch(self) -> None:
        """One question is open to the daemon while something is being spent, however many there are."""
        while True:
            with self._lock:
                if not self._open:
                    self._is_watching = False
                    return
            status, body, _ = self._ask("GET", "/api/freeze/wait", None, WAIT_S)
            if status == 200 and body.get("frozen"):
                with self._lock:
                    for spend in self._open:
                        spend.frozen.set()
                    self._open.clear()
            elif status != 200:
                time.sleep(RETRY_S)

    def _ask(
        self, method: str, path: str, value: Optional[Dict[str, Any]], timeout_s: float
    ) -> Tuple[int, Dict[str, Any], str]:
        """Status 0 is no answer."""
        if not isinstance(self._to, Destination):
            return 0, {}, self._to or "nobody is to be asked"
        connection: Optional[http.client.HTTPConnection] = None
        try:
            parts = urlsplit(self._to.url)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.hostname, parts.port, timeout=timeout_s)
            headers = {"authorization": "Bearer " + self._to.token} if self._to.token else {}
            if value is not None:
                headers["content-type"] = "application/json"
            body = None if value is None else json.dumps(value)
            connection.request(method, parts.path.rstrip("/") + path, body, headers)
            answer = connection.getresponse()
            found = json.loads(answer.read() or b"{}")
            return answer.status, found if isinstance(found, dict) else {}, ""
        except (OSError, http.client.HTTPException, ValueError, TypeError, RecursionError) as error:
            return 0, {}, str(error) or type(error).__name__
        finally:
            if connection:
                connection.close()


def refusal(status: int, body: Dict[str, Any], why: str) -> SpendingRefused:
    """Whatever is no permission is a refusal."""
    error = body.get("error")
    if isinstance(error, dict) and isinstance(error.get("code"), str):
        reset_at = (error.get("details") or {}).get("resetAt")
        is_known = isinstance(reset_at, (int, float))
        return SpendingRefused(error["code"], str(error.get("message")), reset_at / 1000 if is_known else None)
    reason = why if status == 0 else "it answered %d" % status
    return SpendingRefused("DN_BUDGET_UNREACHABLE", "the daemon could not be asked: " + reason)
