import json
import unittest
from decimal import Decimal
from fractions import Fraction

from dreamnet_agent.work import Work


class WorkTest(unittest.TestCase):
    def test_a_report_counts_up_and_tells_what_is_in_flight(self):
        work = Work()
        work.begin()
        first = work.report("a")
        self.assertEqual((1, 1, 1), (first["seq"], first["inFlight"], first["progress"]))
        work.end()
        second = work.report("a")
        self.assertEqual((2, 0, 2), (second["seq"], second["inFlight"], second["progress"]))

    def test_the_end_of_the_last_work_that_was_told_is_said_once_and_no_other(self):
        said = []
        work = Work(on_idle=lambda: said.append(1))
        work.begin()
        work.end()
        self.assertEqual((0, False), (len(said), work.is_idle_untold))
        work.begin()
        tool = work.open_tool("search", None, None)
        work.report("a")
        work.close_tool(tool)
        self.assertEqual((0, False), (len(said), work.is_idle_untold))
        work.end()
        self.assertEqual((1, True), (len(said), work.is_idle_untold))
        work.report("a")
        self.assertFalse(work.is_idle_untold)

    def test_a_coloured_error_is_told_without_what_the_daemon_would_refuse_the_report_for(self):
        work = Work()
        work.say("error", "\x1b[31mno disk\x1b[39m\r\n\tat \x9b1")
        self.assertEqual(" [31mno disk [39m \n\tat  1", work.report("a")["details"])

    def test_of_the_open_tools_the_one_that_may_go_on_for_longest_is_told(self):
        work = Work(now=lambda: 1000.0)
        search = work.open_tool("search", None, 1)
        build = work.open_tool("build", None, None)
        self.assertEqual({"name": "build", "startedAt": 1000000}, work.report("a")["openToolCall"])
        work.close_tool(build)
        self.assertEqual(1000, work.report("a")["openToolCall"]["deadlineMs"])
        work.close_tool(search)
        self.assertNotIn("openToolCall", work.report("a"))

    def test_the_same_call_has_the_same_signature_without_its_arguments(self):
        work = Work()
        for q in ("private", "private", "other"):
            work.close_tool(work.open_tool("search", {"q": q}, None))
        one, same, other = [call["signature"] for call in work.report("a")["calls"]]
        self.assertEqual(one, same)
        self.assertNotEqual(one, other)
        self.assertNotIn("private", one)

    def test_what_a_lost_report_told_goes_with_the_next_one(self):
        work = Work()
        work.set_metric("rows", 1)
        work.set_metric("cost", 2)
        work.close_tool(work.open_tool("search", None, None))
        lost = work.report("a")
        work.set_metric("rows", 9)
        work.failed(lost)
        again = work.report("a")
        self.assertEqual({"rows": 9, "cost": 2}, again["metrics"])
        self.assertEqual(lost["calls"], again["calls"])
        self.assertNotIn("metrics", work.report("a"))

    def test_what_is_no_finite_number_is_no_metric(self):
        work = Work()
        work.set_metric("rows", float("nan"))
        work.set_metric("cost", float("inf"))
        self.assertNotIn("metrics", work.report("a"))

    def test_not_ready_is_a_warning_with_its_reason_and_an_error_stays_one(self):
        work = Work()
        work.set_ready(False, "its model loads")
        report = work.report("a")
        self.assertEqual(("warn", "its model loads"), (report["status"], report["details"]))
        work.say("error", "no disk")
        self.assertEqual("error", work.report("a")["status"])

    def test_a_metric_that_the_daemon_would_refuse_is_left_out_and_the_others_are_told(self):
        misfits = []
        work = Work(on_misfit=misfits.append)
        work.set_metric("good", 1)
        for name in ("", "two\nlines", "x" * 201, "a\u2028b", "\U0001f600" * 101):
            work.set_metric(name, 1)
        work.set_metric("text", "12")
        work.set_metric("endless", float("inf"))
        work.set_metric("huge", 10**400)
        work.set_metric("half", 0.5)
        work.set_metric("\U0001f600" * 100, 2)
        self.assertEqual({"good": 1, "half": 0.5, "\U0001f600" * 100: 2}, work.report("a")["metrics"])
        self.assertEqual(
            [
                "'' its name is empty: it is left out",
                "'two lines' its name has control characters: it is left out",
                "'xxxxxxxxxxx its name is longer than 200 characters: it is left out",
                "'a b' its name has control characters: it is left out",
                "'\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600"
                " its name is longer than 200 characters: it is left out",
                "'text' its value is no finite number: it is left out",
                "'endless' its value is no finite number: it is left out",
                "'huge' its value is no finite number: it is left out",
            ],
            ["%s %s" % (one.found[:12], one.why) for one in misfits],
        )

    def test_more_than_a_thousand_metrics_are_told_in_several_reports_and_more_than_ten_thousand_are_not_kept(self):
        misfits = []
        work = Work(on_misfit=misfits.append)
        for index in range(2500):
            work.set_metric("m%d" % index, index)
        self.assertEqual([1000, 1000, 500, 0], [len(work.report("a").get("metrics", {})) for _ in range(4)])
        self.assertEqual([], misfits)
        for index in range(10050):
            work.set_metric("id-%d" % index, index)
        self.assertEqual(50, len(misfits))

    def test_a_tool_of_a_strange_name_or_deadline_is_seen_to_run(self):
        misfits = []
        work = Work(now=lambda: 1000.0, on_misfit=misfits.append)
        first = work.open_tool("search\n" + "x" * 300, None, float("inf"))
        report = work.report("a")
        self.assertEqual("search " + "x" * 193, report["openToolCall"]["name"])
        self.assertEqual(365 * 86400 * 1000, report["openToolCall"]["deadlineMs"])
        self.assertNotIn("\n", report["calls"][0]["signature"])
        self.assertEqual(["tool", "deadline_s"], [one.field for one in misfits])
        work.close_tool(first)
        work.open_tool("", None, float("nan"))
        self.assertEqual({"name": "unnamed", "startedAt": 1000000}, work.report("a")["openToolCall"])

    def test_a_status_of_another_word_is_told_as_a_warning(self):
        misfits = []
        work = Work(on_misfit=misfits.append)
        work.say("warning", "the queue is long")
        report = work.report("a")
        self.assertEqual(("warn", "the queue is long"), (report["status"], report["details"]))
        self.assertEqual([("status", "'warning'")], [(one.field, one.found) for one in misfits])

    def test_details_are_cut_where_the_daemon_counts(self):
        work = Work()
        work.say("warn", "\U0001f600" * 1500)
        self.assertEqual("\U0001f600" * 1000, work.report("a")["details"])

    def test_after_a_report_that_the_daemon_refused_the_next_one_tells_nothing_but_that_the_agent_lives(self):
        work = Work()
        work.set_metric("rows", 1)
        work.open_tool("search", None, None)
        work.say("warn", "slow")
        work.report("a")
        work.set_metric("rows", 2)
        work.refused()
        plain = work.report("a")
        self.assertEqual(["at", "inFlight", "progress", "seq", "status", "subsystem"], sorted(plain))
        full = work.report("a")
        self.assertEqual(({"rows": 2}, "search", "slow"), (full["metrics"], full["openToolCall"]["name"], full["details"]))

    def test_whatever_is_a_number_is_a_metric(self):
        class Scalar:
            def __float__(self):
                return 1.5

        work = Work()
        for name, value in (("cost", Decimal("0.02")), ("share", Fraction(1, 4)), ("scalar", Scalar()), ("is", True)):
            work.set_metric(name, value)
        told = work.report("a")["metrics"]
        self.assertEqual({"cost": 0.02, "share": 0.25, "scalar": 1.5, "is": 1}, told)
        json.dumps(told)

    def test_an_error_as_the_reason_of_a_state_is_told_with_what_it_says(self):
        class Mute:
            def __str__(self):
                raise TypeError("no")

        work = Work()
        work.say("error", ValueError("boom"))
        self.assertEqual("boom", work.report("a")["details"])
        work.say("error", KeyError())
        self.assertEqual("KeyError", work.report("a")["details"])
        work.say("error", Mute())
        self.assertEqual("Mute", work.report("a")["details"])
        work.set_ready(False, ValueError("its index is gone"))
        self.assertEqual("its index is gone", work.details)


if __name__ == "__main__":
    unittest.main()
