"""Whose children of ours a signal has stopped, or lets go on: the kernel tells only the parent. Only builtin modules, as in spawner.py."""
import _signal
import posix


MOST_AT_ONCE = 64


class Stops:
    """`fd` is readable when there may be some; so it is when a child has ended, which others tell of."""

    def __init__(self):
        self.fd, self.told = posix.pipe2(posix.O_NONBLOCK | posix.O_CLOEXEC)
        _signal.set_wakeup_fd(self.told, warn_on_full_buffer=False)
        # With a handler, be it an idle one: ignored, the kernel would throw the ends of children away.
        _signal.signal(_signal.SIGCHLD, lambda number, frame: None)

    def read(self):
        """Yields pids. What each is doing now may have changed again: whoever wants to know has to look."""
        try:
            posix.read(self.fd, 4096)
        except BlockingIOError:
            pass  # read already
        try:
            for _ in range(MOST_AT_ONCE):
                seen = posix.waitid(posix.P_ALL, 0, posix.WSTOPPED | posix.WCONTINUED | posix.WNOHANG)
                if seen is None:
                    return
                yield seen.si_pid
        except ChildProcessError:
            return  # there are none
        posix.write(self.told, b"\0")  # perhaps there are more: after the others have had their turn
