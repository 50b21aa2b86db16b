"""AgentCore's container contract: GET /ping, POST /invocations."""

import errno
import json
import os
import socket
import threading
import time
import traceback
import weakref
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, MutableSet, NamedTuple, Optional, Tuple

from .report_limits import plain_text
from .work import Work

LONGEST_BODY_BYTES = 32 * 1024 * 1024
# The caller's capability, when an agent serves several.
CAPABILITY_HEADER = "dreamnet-capability"
SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id"
# In the body and in the log when a handler gave something that is not one JSON value.
NOT_JSON = "DN_AGENT_ANSWER_NOT_JSON"
# A caller that sends half a request is given up after this, seconds.
READ_TIMEOUT_S = 30.0
# The process or the machine has no room for one connection more.
NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
# The caller goes on to wait at the port, so the next try would come at once: who spins looks as if it worked.
ACCEPT_REST_S = 0.25


class Call(NamedTuple):
    """What is known of one call while it is worked on."""

    capability: str
    # The caller's session, when it named one.
    session_id: Optional[str]
    # Set when the agent stops and its deadline has passed.
    cancelled: threading.Event


Handler = Callable[[Any, Call], Any]


class CallServer(ThreadingHTTPServer):
    """Answers calls, each in a thread of its own that does not keep the program alive."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: Tuple[str, int], work: Work, log: Any, handlers: Dict[str, Handler]) -> None:
        self.work, self.log, self.handlers = work, log, handlers
        self.cancelled = threading.Event()
        self._has_said_full = False
        super().__init__(address, _Exchange)
        _listening.add(self)

    def get_request(self) -> Tuple[socket.socket, Any]:
        """Raises OSError when no connection can be taken, of which the loop that calls it says and does nothing."""
        try:
            taken = super().get_request()
        except OSError as error:
            if error.errno in NO_ROOM:
                if not self._has_said_full:
                    self._has_said_full = True
                    self.log("error", "no call can be taken: %s" % error)
                time.sleep(ACCEPT_REST_S)
            raise
        self._has_said_full = False
        return taken

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away in the middle is no fault of the agent's."""


_listening: MutableSet[CallServer] = weakref.WeakSet()


def let_go_of_ports() -> None:
    """In a process that was just forked: it has no thread that would answer, and must not hold the port when the agent is gone."""
    for server in list(_listening):
        server.socket.close()
    _listening.clear()


# What is executed instead inherits no socket (PEP 446); a fork inherits all.
os.register_at_fork(after_in_child=let_go_of_ports)


class _Exchange(BaseHTTPRequestHandler):
    server: CallServer
    timeout = READ_TIMEOUT_S

    def do_GET(self) -> None:
        work = self.server.work
        if self.path.split("?", 1)[0] != "/ping":
            self._refuse(404, "there are GET /ping and POST /invocations")
            return
        updated = {"time_of_last_update": int(work.last_moved_at)}
        if work.is_ready:
            self._answer(200, {"status": "HealthyBusy" if work.in_flight else "Healthy", **updated})
        else:
            self._answer(503, {"status": "Unhealthy", "reason": work.details, **updated})

    def do_POST(self) -> None:
        body = self._read_body()
        if body is None:
            return
        handlers, work = self.server.handlers, self.server.work
        only = next(iter(handlers)) if len(handlers) == 1 else ""
        capability = self.headers.get(CAPABILITY_HEADER) or only
        if self.path.split("?", 1)[0] != "/invocations":
            self._refuse(404, "there are GET /ping and POST /invocations")
        elif capability not in handlers:
            self._refuse(404, "there is no '%s' here: %s" % (capability, ",".join(handlers)))
        elif not work.is_ready:
            self._refuse(503, work.details or "it is not ready")
        else:
            try:
                given = json.loads(body) if body else None
            except ValueError:
                self._refuse(400, "the body is not JSON")
                return
            self._call(capability, given)

    def _call(self, capability: str, given: Any) -> None:
        work = self.server.work
        call = Call(capability, self.headers.get(SESSION_HEADER), self.server.cancelled)
        work.begin()
        try:
            output = self.server.handlers[capability](given, call)
        except BaseException as error:  # of a call, an exit too is no more than its answer: who ends an agent sends a signal
            why = reason_of(error)
            self.server.log("error", "%s failed: %s" % (capability, why), stack=traceback.format_exc())
            self._refuse(500, why)
        else:
            self._answer_call(capability, output)
        finally:
            work.end()

    def _answer_call(self, capability: str, output: Any) -> None:
        try:
            # What Python alone reads, such as NaN, is not JSON.
            text = json.dumps(output, allow_nan=False)
        except Exception as error:
            why = reason_of(error)
            self.server.log("error", "%s failed: %s" % (capability, why), code=NOT_JSON)
            self._refuse(500, why, NOT_JSON)
        else:
            self._send(200, text.encode())

    def _read_body(self) -> Optional[bytes]:
        length = self.headers.get("content-length", "")
        if not length.isdigit():
            self._refuse(411, "a call says its length")
            return None
        if int(length) > LONGEST_BODY_BYTES:
            self._refuse(413, "a call is at most %d bytes" % LONGEST_BODY_BYTES)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            # What came may be JSON all the same, and would be another call than the one that was meant.
            self._refuse(400, "the body was cut off: %d of %d bytes came" % (len(body), int(length)))
            return None
        return body

    def _refuse(self, status: int, message: str, code: Optional[str] = None) -> None:
        self._answer(status, {"error": {"message": message} if code is None else {"code": code, "message": message}})

    def _answer(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Each request in the log would bury what the agent says."""


def reason_of(error: BaseException) -> str:
    """What it says; of an exit and an interrupt, whose words alone say little, what it is too."""
    name, text = type(error).__name__, plain_text(error)
    if isinstance(error, Exception):
        return text or name
    return "%s: %s" % (name, text) if text else name
