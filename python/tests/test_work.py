import unittest

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


if __name__ == "__main__":
    unittest.main()
