"""An agent that tells the daemon how it is, serves capabilities over HTTP, and stops gracefully."""

import errno
import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, SupportsFloat, TextIO, Union

from .calls import CallServer, Handler
from .destination import Destination, read_destination
from .log import Log
from .report_limits import Misfit, plain_text
from .reporter import Courier, Reporter
from .spare import until_my_turn
from .spending import Spend, SpendingDesk
from .stop_signals import StopSignals
from .warm_up import warm_up
from .work import Work

DEFAULT_PORT = 8080  # as AgentCore's contract says
# How often the server looks whether it is to end: seldom, for each look costs CPU time.
SERVER_LOOK_S = 0.5
STOP_LOOK_S = 0.02
# Refusals of which each has another reason end here.
MOST_SAID = 100
# What the one before it had started may hold the port for a moment after its end.
PORT_PATIENCE_S = 2.0
PORT_LOOK_S = 0.005


class Agent:
    """Without a daemon it is the same agent: nothing is told, nothing fails.

    Every argument may be left out: name, port and the daemon's address are in the environment the daemon gives.
    `port` 0 takes a free one. `stop_s` is how long calls in flight may go on after SIGTERM; the daemon's own deadline
    is 5 seconds. An agent that speaks a protocol on standard output takes `log_to=sys.stderr`.
    """

    def __init__(
        self,
        name: Optional[str] = None,
        port: Optional[int] = None,
        host: Optional[str] = None,
        heartbeat_s: float = 5.0,
        stop_s: float = 4.0,
        log_to: Optional[TextIO] = None,
    ) -> None:
        env = os.environ
        given = env.get("PORT", "")
        self.name = name or env.get("DREAMNET_AGENT") or "agent"
        self.log = Log(self.name, log_to)
        self._place = (
            host or env.get("HOST") or "127.0.0.1",
            port if port is not None else int(given) if given.isdigit() else DEFAULT_PORT,
        )
        self._stop_s = stop_s
        self._said: Set[str] = set()
        self._work = Work(on_idle=self._idle, on_misfit=self._on_misfit)
        url = env.get("DREAMNET_URL")
        to = read_destination(url, env.get("DREAMNET_TOKEN")) if url else None
        self._spending = SpendingDesk(to, self.log)
        self._handlers: Dict[str, Handler] = {}
        self._cleaners: List[Callable[[], Any]] = []
        self._server: Optional[CallServer] = None
        self._stop_lock = threading.Lock()
        self._is_stopping = self._is_stopped = False
        self._signals = StopSignals(self._on_signal)
        self._started_in: Optional[int] = None
        # What `run` waits at: a signal that comes just before it waits interrupts no sleep.
        self._wake = os.pipe()
        self.reports = self._reporter(to, heartbeat_s)

    @property
    def port(self) -> Optional[int]:
        """The port it listens on; None before `start` and when nothing is served."""
        return self._server.server_address[1] if self._server else None

    def serve(self, capability: str) -> Callable[[Handler], Handler]:
        """Serves a capability with the function below: JSON in, one JSON value out.

        What it raises, an exit too, is answered as a 500 and logged; so is a generator, NaN and whatever else is not JSON,
        with the code DN_AGENT_ANSWER_NOT_JSON.
        """

        def keep(handler: Handler) -> Handler:
            self._handlers[capability] = handler
            return handler

        return keep

    def start(self) -> None:
        """Waits for its turn when it is a spare, then listens, sends heartbeats, and stops on SIGTERM and SIGINT.

        Raises OSError when the port is taken.
        """
        if threading.current_thread() is threading.main_thread():
            self._signals.take()
        self._started_in = os.getpid()
        # Of this process alone: what it starts itself must not wait.
        spare = os.environ.pop("DREAMNET_SPARE", None)
        if spare and self._handlers:
            self._warm_up()
        has_waited = until_my_turn(spare)
        if self._handlers:
            self._server = self._listen(PORT_PATIENCE_S if has_waited else 0)
            serve = self._server.serve_forever
            threading.Thread(target=serve, args=(SERVER_LOOK_S,), name="dreamnet-calls", daemon=True).start()
        if self.reports:
            self.reports.start()

    def _warm_up(self) -> None:
        try:
            server = CallServer(("127.0.0.1", 0), Work(), self.log, {"warm-up": lambda given, call: {}})
        except OSError:
            return  # no loopback: slower at its first call, and a spare all the same
        warm_up(server)

    def _listen(self, patience_s: float) -> CallServer:
        until = time.monotonic() + patience_s
        while True:
            try:
                return CallServer(self._place, self._work, self.log, self._handlers)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() >= until:
                    raise
                time.sleep(PORT_LOOK_S)

    def run(self) -> None:
        """Starts, and waits until it was told to stop."""
        self.start()
        while not self._is_stopped:
            os.read(self._wake[0], 1)
        if self._is_stopping:
            raise SystemExit(0)

    def progress(self) -> None:
        """Says that work moved: call it at each step of something long."""
        self._work.move()

    def status(self, status: str, details: Union[str, BaseException, None] = None) -> None:
        """Says how it is, "ok", "warn" or "error", and why; told to the daemon within a second."""
        self._work.say(status, details)
        self._news()

    def ready(self, is_ready: bool, details: Union[str, BaseException, None] = None) -> None:
        """Takes calls, or refuses them with 503."""
        self._work.set_ready(is_ready, details)
        self._news()

    def metric(self, name: str, value: SupportsFloat) -> None:
        """A number that is kept as the agent's history; the last value goes with the next heartbeat.

        Whatever `float()` takes is one, such as a `Decimal`, but no text.
        """
        self._work.set_metric(name, value)

    @contextmanager
    def tool(self, name: str, args: Any = None, deadline_s: Optional[float] = None) -> Iterator[None]:
        """Tells that a tool runs: who waits for one is not hanging, who repeats one with the same arguments loops.

        Arguments are told as a digest only. The deadline is 10 minutes unless it is given.
        """
        number = self._work.open_tool(name, args, deadline_s)
        self._news()
        try:
            yield
        finally:
            self._work.close_tool(number)

    def reserve(self, capability: Optional[str] = None, **wanted: Any) -> Spend:
        """Asks before `tokens`, `money` ("0.02 USD"), `calls` or `wallTime` (ms) are spent: `with agent.reserve(tokens=2000)`.

        Without a daemon it is granted and not counted; a daemon that does not answer refuses. `holdFor` is how long it is
        held, in ms. Raises SpendingRefused with the daemon's reason: do not spend.
        """
        return self._spending.reserve(wanted if capability is None else {**wanted, "capability": capability})

    def on_stop(self, clean: Callable[[], Any]) -> Callable[[], Any]:
        """Is called once when the agent stops, after its calls have ended; the last one given is the first."""
        self._cleaners.append(clean)
        return clean

    def stop(self) -> None:
        """Refuses new calls, waits for those in flight, cleans up. Idempotent; does not end the program.

        In a process that the agent forked it does nothing: what is to be stopped is the parent's.
        """
        if self._started_in not in (None, os.getpid()):
            return
        with self._stop_lock:
            if self._is_stopped:
                return
            self._work.set_ready(False, "it is stopping")
            if self._server:
                self._wind_down(self._server)
            if self.reports:
                self.reports.stop()
            for clean in reversed(self._cleaners):
                try:
                    clean()
                except Exception as error:  # one that fails does not keep the others from their turn
                    self.log.error("stopping: %s" % plain_text(error))
            self._is_stopped = True
            os.write(self._wake[1], b".")

    def _wind_down(self, server: CallServer) -> None:
        server.shutdown()
        server.server_close()
        until = time.monotonic() + self._stop_s
        while self._work.in_flight and time.monotonic() < until:
            time.sleep(STOP_LOOK_S)
        server.cancelled.set()

    def _on_signal(self, number: int) -> None:
        """The first one stops the agent in a thread, for its locks may be held right here; then the program ends."""
        if self._is_stopped:
            raise SystemExit(0)
        if self._is_stopping:
            os._exit(128 + number)
        self._is_stopping = True
        threading.Thread(target=self._stop_and_end, args=(number,), name="dreamnet-stop", daemon=True).start()

    def _stop_and_end(self, number: int) -> None:
        self.stop()
        # Python runs handlers in the main thread only: this is how it is woken to leave, whatever it waits for.
        signal.pthread_kill(threading.main_thread().ident, number)

    def _news(self) -> None:
        if self.reports:
            self.reports.soon()

    def _idle(self) -> None:
        if self.reports:
            self.reports.soon_if()

    def _reporter(self, to: Union[Destination, str, None], every_s: float) -> Optional[Reporter]:
        if to is None:
            return None
        if isinstance(to, str):
            self.log.warn("%s; nothing is reported" % to)
            return None
        courier = Courier(to.url, to.token)

        def on_change(why: Optional[str]) -> None:
            if why is None:
                self.log.info("the daemon takes reports again")
            else:
                self.log.warn("the daemon takes no reports: %s" % why)

        def on_unfit(why: str) -> None:
            work.refused()
            self._warn_once(why, "the daemon refused a report, which is dropped: %s" % why)

        work = self._work
        return Reporter(
            lambda: work.report(self.name),
            courier,
            work.failed,
            on_change,
            every_s,
            is_news=lambda: work.is_idle_untold,
            on_unfit=on_unfit,
        )

    def _on_misfit(self, misfit: Misfit) -> None:
        field, why, found = misfit
        text = "the daemon would not take %s %s: %s; this is said once" % (field, found, why)
        self._warn_once("%s: %s" % (field, why), text, field=field)

    def _warn_once(self, kind: str, text: str, **fields: Any) -> None:
        """Each kind of mistake is said once: the one who makes it makes it again and again."""
        if kind in self._said or len(self._said) >= MOST_SAID:
            return
        self._said.add(kind)
        self.log.warn(text, **fields)
