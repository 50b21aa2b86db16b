import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import unittest
import urllib.error
import urllib.request
from unittest import mock

from dreamnet_agent import Agent, SpendingRefused
from dreamnet_agent.destination import Destination, read_destination

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Real threads and sockets on 127.0.0.1; a test fails after this long, seconds.
PATIENCE = 20


def prepare(**environment):
    out = io.StringIO()
    with mock.patch.dict(os.environ, environment, clear=True):
        return Agent(port=0, log_to=out), out


def ask(agent, path, body=None, headers=None):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    url = "http://127.0.0.1:%d%s" % (agent.port, path)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=PATIENCE) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


class AgentTest(unittest.TestCase):
    def start(self, agent):
        self.addCleanup(agent.stop)
        agent.start()

    def test_ping_says_healthy_busy_while_a_call_runs_and_unhealthy_with_the_reason(self):
        agent, _ = prepare()
        begun, go, answers = threading.Event(), threading.Event(), []

        @agent.serve("wait")
        def wait(given, call):
            begun.set()
            go.wait(PATIENCE)
            return "done"

        self.start(agent)
        self.assertEqual("Healthy", ask(agent, "/ping")[1]["status"])
        caller = threading.Thread(target=lambda: answers.append(ask(agent, "/invocations", {})))
        caller.start()
        begun.wait(PATIENCE)
        self.assertEqual("HealthyBusy", ask(agent, "/ping")[1]["status"])
        go.set()
        caller.join(PATIENCE)
        self.assertEqual([(200, "done")], answers)
        agent.ready(False, "its index is rebuilt")
        status, told = ask(agent, "/ping")
        self.assertEqual((503, "its index is rebuilt"), (status, told["reason"]))
        self.assertEqual(503, ask(agent, "/invocations", {})[0])

    def test_a_call_gets_its_input_and_session_and_the_header_names_one_of_several(self):
        agent, _ = prepare()
        agent.serve("add")(lambda given, call: {"sum": given["a"] + given["b"]})
        agent.serve("session")(lambda given, call: call.session_id)
        self.start(agent)
        self.assertEqual(
            (200, {"sum": 5}),
            ask(agent, "/invocations", {"a": 2, "b": 3}, {"dreamnet-capability": "add"}),
        )
        headers = {
            "dreamnet-capability": "session",
            "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "s1",
        }
        self.assertEqual((200, "s1"), ask(agent, "/invocations", {}, headers))
        self.assertEqual(404, ask(agent, "/invocations", {})[0])

    def test_a_bad_body_and_a_handler_that_raises_are_answered_and_it_goes_on(self):
        agent, out = prepare()

        @agent.serve("fail")
        def fail(given, call):
            raise RuntimeError("no such file")

        self.start(agent)
        self.assertEqual(400, ask(agent, "/invocations", b'{"half')[0])
        self.assertEqual(404, ask(agent, "/nowhere")[0])
        self.assertEqual((500, {"error": {"message": "no such file"}}), ask(agent, "/invocations", {}))
        line = json.loads(out.getvalue())
        self.assertEqual(("error", "fail failed: no such file"), (line["level"], line["msg"]))
        self.assertEqual(200, ask(agent, "/ping")[0])

    def test_a_handler_that_asks_to_exit_is_answered_as_any_that_raises_and_it_goes_on(self):
        agent, out = prepare()
        raised = {"exit": SystemExit(3), "empty": SystemExit(), "interrupt": KeyboardInterrupt(), "close": GeneratorExit()}

        def raiser(error):
            def handler(given, call):
                raise error

            return handler

        for name, error in raised.items():
            agent.serve(name)(raiser(error))
        self.start(agent)
        why = {"exit": "SystemExit: 3", "empty": "SystemExit", "interrupt": "KeyboardInterrupt", "close": "GeneratorExit"}
        for name in raised:
            answer = ask(agent, "/invocations", {}, {"dreamnet-capability": name})
            self.assertEqual((500, {"error": {"message": why[name]}}), answer)
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        self.assertEqual(["%s failed: %s" % (name, why[name]) for name in raised], [line["msg"] for line in lines])
        for line in lines:
            self.assertEqual("error", line["level"])
            self.assertIn("in handler", line["stack"])
        self.assertEqual((200, "Healthy"), (lambda ping: (ping[0], ping[1]["status"]))(ask(agent, "/ping")))

    def test_an_error_that_cannot_be_told_as_text_is_answered_and_keeps_no_clean_up_from_its_turn(self):
        agent, out = prepare()
        cleaned = []

        class Mute(Exception):
            def __str__(self):
                raise ValueError("nothing to tell")

        @agent.serve("mute")
        def mute(given, call):
            raise Mute()

        @agent.on_stop
        def clean():
            cleaned.append(True)

        @agent.on_stop
        def fail():
            raise Mute()

        self.start(agent)
        self.assertEqual((500, {"error": {"message": "Mute"}}), ask(agent, "/invocations", {}))
        agent.stop()
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        self.assertEqual(["mute failed: Mute", "stopping: Mute"], [line["msg"] for line in lines])
        self.assertEqual([True], cleaned)

    def test_an_answer_that_is_not_json_is_refused_with_a_code_and_logged(self):
        agent, out = prepare()
        around = []
        around.append(around)
        outputs = {
            "nan": {"score": float("nan")},
            "infinity": [float("-inf")],
            "generator": (each for each in "ab"),
            "bytes": b"ab",
            "around": around,
        }
        for name, output in outputs.items():
            agent.serve(name)(lambda given, call, output=output: output)
        self.start(agent)
        for name in outputs:
            status, told = ask(agent, "/invocations", {}, {"dreamnet-capability": name})
            self.assertEqual((500, "DN_AGENT_ANSWER_NOT_JSON"), (status, told["error"].get("code")), name)
            line = json.loads(out.getvalue().splitlines()[-1])
            self.assertEqual(("error", "DN_AGENT_ANSWER_NOT_JSON"), (line["level"], line["code"]))
            self.assertEqual("%s failed: %s" % (name, told["error"]["message"]), line["msg"])
        self.assertEqual(200, ask(agent, "/ping")[0])

    def test_input_null_and_none_at_all_is_none(self):
        agent, _ = prepare()
        agent.serve("echo")(lambda given, call: {"given": given})
        self.start(agent)
        for body in (b"null", b""):
            self.assertEqual((200, {"given": None}), ask(agent, "/invocations", body))

    def test_a_call_whose_body_was_cut_off_is_refused_and_not_made(self):
        agent, _ = prepare()
        made = []
        agent.serve("note")(lambda given, call: made.append(given))
        self.start(agent)
        for announced, sent in ((7, b"12"), (100, b'{"a": 1}'), (1, b"")):
            with socket.create_connection(("127.0.0.1", agent.port), PATIENCE) as caller:
                caller.sendall(b"POST /invocations HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % announced + sent)
                caller.shutdown(socket.SHUT_WR)
                with caller.makefile("rb") as answer:
                    self.assertIn(b" 400 ", answer.readline())
                    self.assertIn(b"%d of %d bytes" % (len(sent), announced), answer.read())
        self.assertEqual([], made)
        self.assertEqual(200, ask(agent, "/ping")[0])

    def test_without_a_daemon_or_with_no_address_it_serves_all_the_same(self):
        for url in ("http://127.0.0.1:1", "nonsense"):
            agent, _ = prepare(DREAMNET_URL=url)
            agent.serve("echo")(lambda given, call: given)
            self.start(agent)
            self.assertEqual((200, {"a": 1}), ask(agent, "/invocations", {"a": 1}))

    def test_a_log_line_is_json_whatever_its_fields_are(self):
        agent, out = prepare(DREAMNET_AGENT="worker")
        around = {}
        around["self"] = around
        agent.log.info("counted", rows=3)
        agent.log.warn("odd", around=around)
        first, second = [json.loads(line) for line in out.getvalue().splitlines()]
        self.assertEqual(("info", "counted", "worker", 3), tuple(first[key] for key in ("level", "msg", "agent", "rows")))
        self.assertEqual(("warn", "its fields are not JSON"), (second["level"], second["unreadable"]))

    def test_stop_lets_the_call_end_and_cleans_up_in_reverse(self):
        agent, _ = prepare()
        begun, go, order = threading.Event(), threading.Event(), []

        @agent.serve("slow")
        def slow(given, call):
            begun.set()
            go.wait(PATIENCE)
            order.append("call")

        agent.on_stop(lambda: order.append("first"))
        agent.on_stop(lambda: order.append("second"))
        self.start(agent)
        caller = threading.Thread(target=ask, args=(agent, "/invocations", {}))
        caller.start()
        begun.wait(PATIENCE)
        stopper = threading.Thread(target=agent.stop)
        stopper.start()
        go.set()
        stopper.join(PATIENCE)
        caller.join(PATIENCE)
        agent.stop()
        self.assertEqual(["call", "second", "first"], order)

    def test_an_address_or_token_that_is_none_is_said_once_and_it_serves_on(self):
        no_address = "DREAMNET_URL is no address that begins with http:// or https://: "
        no_token = "DREAMNET_TOKEN has characters that no token has"
        for url, token, why in (
            ("localhost:7766", "t", no_address + "localhost:7766"),
            ("ftp://127.0.0.1", "t", no_address + "ftp://127.0.0.1"),
            ("http://127.0.0.1:no", "t", no_address + "http://127.0.0.1:no"),
            ("http://127.0.0.1:1", "a\rb", no_token),
            ("http://127.0.0.1:1", "a\u2013b", no_token),
        ):
            agent, out = prepare(DREAMNET_URL=url, DREAMNET_TOKEN=token)
            agent.serve("echo")(lambda given, call: given)
            self.start(agent)
            self.assertEqual((200, {"a": 1}), ask(agent, "/invocations", {"a": 1}))
            with self.assertRaises(SpendingRefused) as refused:
                agent.reserve(tokens=1)
            self.assertEqual("DN_BUDGET_UNREACHABLE", refused.exception.code)
            self.assertIn(why, str(refused.exception))
            lines = [json.loads(line)["msg"] for line in out.getvalue().splitlines()]
            self.assertEqual([why + "; nothing is reported"], lines)
            agent.stop()

    def test_blanks_and_line_ends_around_address_and_token_do_no_harm(self):
        self.assertEqual(
            Destination("http://127.0.0.1:1", "secret"), read_destination(" http://127.0.0.1:1/\r\n", "secret\r\n")
        )
        self.assertEqual(Destination("http://127.0.0.1:1", None), read_destination("http://127.0.0.1:1", "\n"))


class ProcessTest(unittest.TestCase):
    def spawn(self, program, **environment):
        child = subprocess.Popen(
            [sys.executable, "-c", program],
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": PACKAGE, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.stdout.close)
        self.addCleanup(lambda: child.poll() is None and child.kill())
        return child

    def test_sigterm_ends_it_with_0_after_its_clean_ups(self):
        child = self.spawn(
            "from dreamnet_agent import Agent\n"
            "agent = Agent(port=0)\n"
            "agent.serve('echo')(lambda given, call: given)\n"
            "agent.on_stop(lambda: print('cleaned', flush=True))\n"
            "agent.start(); print('up', flush=True); agent.run()\n"
        )
        self.assertEqual("up\n", child.stdout.readline())
        child.send_signal(signal.SIGTERM)
        self.assertEqual(0, child.wait(PATIENCE))
        self.assertEqual("cleaned\n", child.stdout.read())

    def test_sigterm_ends_one_that_has_a_loop_of_its_own(self):
        child = self.spawn(
            "from dreamnet_agent import Agent\n"
            "agent = Agent(port=0)\n"
            "agent.start(); print('up', flush=True)\n"
            "while True: agent.progress()\n"
        )
        self.assertEqual("up\n", child.stdout.readline())
        child.send_signal(signal.SIGTERM)
        self.assertEqual(0, child.wait(PATIENCE))

    def test_a_process_that_an_agent_forks_ends_by_a_signal_and_cleans_up_nothing(self):
        child = self.spawn(
            "import os, signal, time\n"
            "from dreamnet_agent import Agent\n"
            "agent = Agent(port=0)\n"
            "agent.on_stop(lambda: print('cleaned', flush=True))\n"
            "@agent.serve('fork')\n"
            "def fork(given, call):\n"
            "    child = os.fork()\n"
            "    if child == 0:\n"
            "        agent.stop()\n"
            "        time.sleep(%d)\n"
            "        os._exit(7)\n"
            "    os.kill(child, signal.SIGTERM)\n"
            "    return os.WTERMSIG(os.waitpid(child, 0)[1])\n"
            "agent.start(); print(agent.port, flush=True); agent.run()\n" % PATIENCE
        )
        agent = mock.Mock(port=int(child.stdout.readline()))
        self.assertEqual((200, signal.SIGTERM), ask(agent, "/invocations", {}))
        self.assertEqual(200, ask(agent, "/ping")[0])
        child.send_signal(signal.SIGTERM)
        self.assertEqual(0, child.wait(PATIENCE))
        self.assertEqual("cleaned\n", child.stdout.read())

    def test_the_port_is_free_once_the_agent_has_died_though_a_process_that_it_forked_lives(self):
        child = self.spawn(
            "import os, signal, time\n"
            "from dreamnet_agent import Agent\n"
            "agent = Agent(port=0)\n"
            "agent.serve('echo')(lambda given, call: given)\n"
            "agent.start()\n"
            "forked = os.fork()\n"
            "if forked == 0:\n"
            "    time.sleep(%d)\n"
            "    os._exit(0)\n"
            "print(agent.port, forked, flush=True); agent.run()\n" % PATIENCE
        )
        port, forked = map(int, child.stdout.readline().split())
        self.addCleanup(os.kill, forked, signal.SIGKILL)
        agent = mock.Mock(port=port)
        # Its own is not the parent's.
        self.assertEqual((200, 1), ask(agent, "/invocations", 1))
        child.kill()
        child.wait(PATIENCE)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))

    def test_a_spare_waits_for_its_turn(self):
        fifo = os.path.join(self.folder(), "turn")
        os.mkfifo(fifo)
        child = self.spawn(
            "from dreamnet_agent import Agent\n"
            "agent = Agent(port=0)\n"
            "agent.serve('echo')(lambda given, call: given)\n"
            "print('booted', agent.port, flush=True)\n"
            "agent.start(); print('serving', agent.port is not None, flush=True); agent.run()\n",
            DREAMNET_SPARE=fifo,
        )
        self.assertEqual("booted None\n", child.stdout.readline())
        with open(fifo, "w") as turn:
            turn.write("\n")
        self.assertEqual("serving True\n", child.stdout.readline())
        child.send_signal(signal.SIGTERM)
        self.assertEqual(0, child.wait(PATIENCE))

    def folder(self):
        import tempfile

        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name


if __name__ == "__main__":
    unittest.main()
