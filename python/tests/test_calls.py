import errno
import io
import json
import unittest
from http.server import ThreadingHTTPServer
from unittest import mock

from dreamnet_agent import calls
from dreamnet_agent.log import Log
from dreamnet_agent.work import Work


class CallServerTest(unittest.TestCase):
    def test_one_without_free_descriptors_rests_before_it_tries_again_and_says_so_once(self):
        out, rests = io.StringIO(), []
        server = calls.CallServer(("127.0.0.1", 0), Work(), Log("worker", out), {})
        self.addCleanup(server.server_close)
        full = OSError(errno.EMFILE, "Too many open files")
        with mock.patch.object(calls.time, "sleep", rests.append):
            with mock.patch.object(ThreadingHTTPServer, "get_request", side_effect=[full, full, ("one", "caller"), full]):
                for is_full in (True, True, False, True):
                    if is_full:
                        self.assertRaises(OSError, server.get_request)
                    else:
                        self.assertEqual(("one", "caller"), server.get_request())
        self.assertEqual([calls.ACCEPT_REST_S] * 3, rests)
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        self.assertEqual(["error", "error"], [line["level"] for line in lines])
        self.assertIn("Too many open files", lines[0]["msg"])

    def test_a_caller_that_went_away_before_it_was_heard_holds_nobody_up(self):
        out, rests = io.StringIO(), []
        server = calls.CallServer(("127.0.0.1", 0), Work(), Log("worker", out), {})
        self.addCleanup(server.server_close)
        gone = OSError(errno.ECONNABORTED, "Software caused connection abort")
        with mock.patch.object(calls.time, "sleep", rests.append):
            with mock.patch.object(ThreadingHTTPServer, "get_request", side_effect=[gone]):
                self.assertRaises(OSError, server.get_request)
        self.assertEqual(([], ""), (rests, out.getvalue()))


if __name__ == "__main__":
    unittest.main()
