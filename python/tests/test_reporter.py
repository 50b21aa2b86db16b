import io
import json
import os
import threading
import unittest
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

from dreamnet_agent import Agent
from dreamnet_agent.reporter import REFUSED, TAKEN, UNFIT, UNREACHABLE, Courier, Reporter, next_report_s


class PacingTest(unittest.TestCase):
    def test_without_a_daemon_it_backs_off_to_five_seconds(self):
        waits = [next_report_s(UNREACHABLE, 5, failures, 0) for failures in range(1, 9)]
        self.assertEqual([0.5, 1, 2, 4, 5, 5, 5, 5], waits)

    def test_chance_halves_a_wait_at_most_and_a_refusal_waits_up_to_a_minute(self):
        self.assertEqual(1, next_report_s(UNREACHABLE, 5, 3, 1))
        self.assertEqual([0.5, 60], [next_report_s(REFUSED, 5, failures, 0) for failures in (1, 20)])
        self.assertEqual(5, next_report_s(TAKEN, 5, 0, 0.5))

    def test_a_daemon_that_was_away_for_days_does_not_overflow_the_wait(self):
        self.assertEqual(5, next_report_s(UNREACHABLE, 5, 100000, 0))


class ReporterTest(unittest.TestCase):
    def test_the_first_refusal_after_an_absence_is_tried_again_at_once_for_it_may_be_one_of_a_start(self):
        outcomes = [(UNREACHABLE, "refused")] * 5 + [(REFUSED, "404"), (TAKEN, None)]
        waits, done = [], threading.Event()

        class Unwaiting(Reporter):
            def _rest(self, sent_at, wait_s, failures):
                waits.append((wait_s, failures))
                if not outcomes:
                    self.stop()
                    done.set()

        Unwaiting(lambda: {}, lambda _report: outcomes.pop(0), lambda _report: None, lambda _why: None, 5).start()
        self.assertTrue(done.wait(10))
        self.assertEqual([1, 2, 3, 4, 5, 1, 0], [failures for _, failures in waits])
        self.assertLessEqual(waits[5][0], 0.5)

    def test_it_reports_on_the_beat_and_says_each_change_once(self):
        outcomes = [(UNREACHABLE, "refused"), (TAKEN, None), (TAKEN, None)]
        changes, lost, done = [], [], threading.Event()

        def deliver(_report):
            outcome = outcomes.pop(0)
            if not outcomes:
                done.set()
                reporter.stop()
            return outcome

        reporter = Reporter(lambda: {"seq": len(outcomes)}, deliver, lost.append, changes.append, 0.01)
        reporter.start()
        self.assertTrue(done.wait(10))
        self.assertEqual([{"seq": 3}], lost)
        self.assertEqual(["refused", None], changes)

    def test_what_may_be_over_by_then_is_told_long_before_the_beat_if_it_still_is_so(self):
        told, answers, second = [], [False, True], threading.Event()

        def deliver(_report):
            told.append(1)
            if len(told) == 2:
                second.set()
            return TAKEN, None

        def is_news():
            answer = answers.pop(0)
            # Not so this time: it comes up again a little later.
            if not answer:
                threading.Timer(0.05, reporter.soon_if).start()
            return answer

        reporter = Reporter(lambda: {}, deliver, told.append, told.append, 3600, is_news=is_news)
        reporter.start()
        reporter.soon_if()
        self.assertTrue(second.wait(30))
        reporter.stop()
        self.assertEqual([], answers)

    def test_what_the_daemon_does_not_take_is_not_kept_for_the_next_report_and_said_with_its_field(self):
        answers, told, log = [400, 202], [], io.StringIO()
        done = threading.Event()

        class Daemon(BaseHTTPRequestHandler):
            def do_POST(self):
                told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                said = {"error": {"code": "DN_REPORT_INVALID", "message": "metrics.rows: expected a finite number"}}
                body = json.dumps(said).encode()
                self.send_response(answers.pop(0) if answers else 202)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                if len(told) == 2:
                    done.set()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Daemon)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = "http://127.0.0.1:%d" % server.server_address[1]
        with mock.patch.dict(os.environ, {"DREAMNET_URL": url, "DREAMNET_AGENT": "worker"}, clear=True):
            agent = Agent(log_to=log)
        self.addCleanup(agent.stop)
        agent.metric("rows", 12)
        agent.reports.start()
        self.assertTrue(done.wait(20))
        self.assertEqual([{"rows": 12}, None], [report.get("metrics") for report in told])
        self.assertIn("400 DN_REPORT_INVALID: metrics.rows: expected a finite number", log.getvalue())

    def test_no_report_and_nobody_who_hears_of_it_ends_the_reports(self):
        went, done, said = [], threading.Event(), []

        def next_report():
            went.append(1)
            if len(went) == 1:
                raise TypeError("no such field")
            return {}

        def deliver(_report):
            if len(went) == 2:
                raise ValueError("Invalid header value")
            done.set()
            return TAKEN, None

        def on_unfit(why):
            said.append(why)
            raise OSError("its log is gone")

        reporter = Reporter(next_report, deliver, went.append, went.append, 0.01, on_unfit=on_unfit)
        self.addCleanup(reporter.stop)
        reporter.start()
        self.assertTrue(done.wait(20))
        self.assertEqual(["TypeError: no such field", "ValueError: Invalid header value"], said)

    def test_what_is_no_json_is_no_report(self):
        outcome, why = Courier("http://127.0.0.1:1", None)({"metrics": {"cost": Decimal("0.02")}})
        self.assertEqual(UNFIT, outcome)
        self.assertIn("Decimal", why)

    def test_what_is_no_address_is_refused_when_it_is_made(self):
        for address in ("nonsense", "ftp://127.0.0.1", "http://"):
            with self.assertRaises(ValueError):
                Courier(address, None)

    def test_nobody_there_is_an_outcome(self):
        outcome, why = Courier("http://127.0.0.1:1", None)({})
        self.assertEqual(UNREACHABLE, outcome)
        self.assertIn("refused", why)


if __name__ == "__main__":
    unittest.main()
