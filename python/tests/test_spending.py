import io
import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dreamnet_agent import SpendingRefused
from dreamnet_agent.destination import read_destination
from dreamnet_agent.log import Log
from dreamnet_agent.spending import SpendingDesk

# Real sockets on 127.0.0.1; a test fails after this long, seconds.
PATIENCE = 20


class Daemon(ThreadingHTTPServer):
    """Answers as it is told, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, answers):
        self.answers, self.asked, self.freeze = answers, [], threading.Event()
        super().__init__(("127.0.0.1", 0), Exchange)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.server_address[1]


class Exchange(BaseHTTPRequestHandler):
    def do_GET(self):
        is_frozen = self.server.freeze.wait(PATIENCE)
        self.answer(200, {"frozen": {"by": "admin", "reason": "it burns"} if is_frozen else None})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, json.loads(body), self.headers["authorization"]))
        self.answer(*self.server.answers(self.path))

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def granting(path):
    return (201, {"id": "spend-1"}) if path == "/api/reservations" else (200, {})


class SpendingTest(unittest.TestCase):
    def desk(self, answers):
        daemon = Daemon(answers)
        self.addCleanup(daemon.server_close)
        self.addCleanup(daemon.shutdown)
        self.addCleanup(daemon.freeze.set)
        self.out = io.StringIO()
        return SpendingDesk(read_destination(daemon.url, "t"), Log("a", self.out)), daemon

    def test_what_is_granted_is_settled_with_what_was_used(self):
        desk, daemon = self.desk(granting)
        with desk.reserve({"tokens": 2000}) as spend:
            spend.used(tokens=812)
        self.assertEqual(
            daemon.asked,
            [
                ("/api/reservations", {"tokens": 2000}, "Bearer t"),
                ("/api/reservations/spend-1/settle", {"tokens": 812}, "Bearer t"),
            ],
        )

    def test_what_fails_in_the_middle_counts_as_reserved_and_what_is_released_does_not(self):
        desk, daemon = self.desk(granting)
        with self.assertRaises(KeyError):
            with desk.reserve({"tokens": 1}):
                raise KeyError("a fault of the author's")
        with desk.reserve({"tokens": 1}) as spend:
            spend.release()
        paths = [path.rsplit("/", 1)[1] for path, *_ in daemon.asked]
        self.assertEqual(paths, ["reservations", "settle", "reservations", "release"])
        self.assertEqual(daemon.asked[1][1], {})

    def test_a_refusal_is_raised_with_its_code_and_time(self):
        error = {"code": "DN_BUDGET_EXCEEDED", "message": "no", "details": {"resetAt": 5000}}
        desk, _ = self.desk(lambda _: (429, {"error": error}))
        with self.assertRaises(SpendingRefused) as caught:
            desk.reserve({"tokens": 1})
        self.assertEqual((caught.exception.code, caught.exception.reset_at), ("DN_BUDGET_EXCEEDED", 5.0))

    def test_a_daemon_that_is_not_there_or_is_none_refuses_and_without_one_nothing_is_counted(self):
        for url in ("http://127.0.0.1:9", "nonsense"):
            with self.assertRaises(SpendingRefused) as caught:
                SpendingDesk(read_destination(url, None), Log("a", io.StringIO())).reserve({"tokens": 1})
            self.assertEqual(caught.exception.code, "DN_BUDGET_UNREACHABLE")
        desk, _ = self.desk(lambda _: (200, {}))
        with self.assertRaises(SpendingRefused):
            desk.reserve({"tokens": 1})
        with SpendingDesk(None, Log("a", io.StringIO())).reserve({"tokens": 1}) as spend:
            self.assertIsNone(spend.id)

    def test_a_freeze_is_heard_while_something_is_spent(self):
        desk, daemon = self.desk(granting)
        with desk.reserve({"tokens": 1}) as spend:
            self.assertFalse(spend.frozen.is_set())
            daemon.freeze.set()
            self.assertTrue(spend.frozen.wait(PATIENCE))

    def test_what_cannot_be_told_is_logged_and_not_raised(self):
        desk, _ = self.desk(lambda path: granting(path) if path == "/api/reservations" else (503, {}))
        with desk.reserve({"tokens": 1}) as spend:
            spend.used(tokens=1)
        self.assertIn("it answered 503", self.out.getvalue())


if __name__ == "__main__":
    unittest.main()
