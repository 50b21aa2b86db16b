"""SIGTERM and SIGINT for the process that took them, and for no process it forks."""

import os
import signal
import threading
from typing import Any, Callable, Dict

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """A handler of signals. A fork inherits it, but neither the threads that stop an agent nor its work."""

    _is_watching_forks = False

    def __init__(self, on_signal: Callable[[int], None]) -> None:
        self._on_signal = on_signal
        self._owner = os.getpid()
        self._before: Dict[int, Any] = {}

    def take(self) -> None:
        """From the main thread only, as Python has it."""
        self._owner = os.getpid()
        for number in SIGNALS:
            before = signal.signal(number, self)
            # None is a handler that was not set from Python, which nobody can give back.
            self._before[number] = signal.SIG_DFL if before is None or before is self else before
        if not StopSignals._is_watching_forks:
            StopSignals._is_watching_forks = True
            os.register_at_fork(before=hold_back, after_in_parent=let_through, after_in_child=give_back_all)

    def give_back(self, number: int) -> None:
        """As it was before `take`."""
        signal.signal(number, self._before.get(number, signal.SIG_DFL))

    def __call__(self, number: int, _frame: Any) -> None:
        if self._owner == os.getpid():
            self._on_signal(number)
            return
        # It came between the fork and what is done after it, or by a handler of the author's own.
        self.give_back(number)
        os.kill(os.getpid(), number)


_held = threading.local()


def hold_back() -> None:
    """Python forgets in a fork what came to its handlers before: a signal that comes in the middle waits instead."""
    _held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def let_through() -> None:
    """Of the thread that forked, as it was."""
    signal.pthread_sigmask(signal.SIG_SETMASK, _held.mask)


def give_back_all() -> None:
    """In a process that was just forked: a handler that was set over the agent's stays."""
    for number in SIGNALS:
        handler = signal.getsignal(number)
        if isinstance(handler, StopSignals):
            handler.give_back(number)
    let_through()
