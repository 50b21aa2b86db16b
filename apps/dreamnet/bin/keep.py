"""keep.py STATE -- COMMAND...: starts the daemon of a state folder again whenever it dies, and never a second one.

It is the subreaper of all it starts: agents whose daemon has died become its children, so it can wait for them, and
writes how each ended to STATE/exits, one a line: BOOT PID START_TICKS CODE SIGNAL EPOCH_MS, '-' for none.
The line is written before the process is reaped, so whoever sees the process gone finds the line.

A daemon that runs already is watched and replaced once it dies. The daemon's standard input is a pipe that is held
here and never written to: its end tells the daemon that this process is gone.
"""
import ctypes
import os
import select
import signal
import sys
import time

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)
# Delays before the starts that follow one quick death after another; beyond them each start is a trial.
BACKOFF_SECONDS = (0, 0.1, 0.2, 0.4, 0.8)
TRIAL_EVERY_SECONDS = 30
# A daemon that lived so long was well: its death is the first again.
HEALTHY_SECONDS = 30
# A second signal this much later is meant, and not the terminal's copy of the first.
SAME_SIGNAL_SECONDS = 1
EXITS_LIMIT_BYTES = 1 << 20
EXITS_KEPT_LINES = 2000
# The C library gives each thread of the daemon its own heap, and what a thread has given back stays there: with 200 agents that is
# 8 MB. It reads this at its start only. Agents do not inherit it: they get what is bound.
FEW_HEAPS = ("MALLOC_ARENA_MAX", "2")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on; empty when there is no such process."""
    return read("/proc/%d/stat" % pid).rpartition(b")")[2].split()


def start_ticks(pid):
    fields = stat_fields(pid)
    return int(fields[19]) if len(fields) > 19 and fields[0] not in (b"Z", b"X") else None


def say(text):
    try:
        os.write(2, ("dreamnet keeper: %s\n" % text).encode())
    except OSError:
        return  # nobody reads it any more, which is no reason to end


class Exits:
    """The file of ends: appended, brought to disk, cut to its newest lines when it has grown long."""

    def __init__(self, path):
        self.path = path
        self.boot = read("/proc/sys/kernel/random/boot_id").decode().strip()

    def open(self):
        """Locked, because the spawner writes and cuts it, too; a lock that cannot be had now is done without."""
        while True:
            fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.lockf(fd, os.F_TLOCK, 0)
                if os.stat(self.path).st_ino == os.fstat(fd).st_ino:
                    return fd
            except FileNotFoundError:
                pass  # replaced this very moment
            except OSError:
                return fd
            os.close(fd)

    def add(self, pid, ticks, code, name):
        line = "%s %d %s %s %s %d\n" % (self.boot, pid, ticks, code, name, time.time() * 1000)
        fd = self.open()
        try:
            os.write(fd, line.encode())
            return fd
        except OSError:
            os.close(fd)
            raise

    def settle(self, fd):
        try:
            os.fsync(fd)
            size = os.fstat(fd).st_size
            if size > EXITS_LIMIT_BYTES:
                self.cut(fd, size)
        finally:
            os.close(fd)

    def cut(self, fd, size):
        beside = self.path + ".new"
        # By the locked descriptor: closing another one of the file would give the lock up.
        with open(beside, "wb") as file:
            file.write(b"".join(os.pread(fd, size, 0).splitlines(True)[-EXITS_KEPT_LINES:]))
            file.flush()
            os.fsync(file.fileno())
        os.rename(beside, self.path)


class Keeper:
    def __init__(self, state, command):
        self.state = state
        self.command = command
        self.exits = Exits(os.path.join(state, "exits"))
        self.daemon = None  # pid
        self.pidfd = None  # of a daemon that is not our child
        self.status = None  # how the daemon ended: (code, signal), None for a daemon that is not our child
        self.was_ready = False
        self.quick_deaths = 0
        self.asked_at = None
        self.is_told = True  # nobody has asked yet
        self.lifeline = os.pipe()
        self.wake, wake_end = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.on_end_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def on_end_signal(self, *_):
        """The daemon ends its fleet; a terminal's Ctrl-C may reach us twice, the daemon must hear it once."""
        now = time.monotonic()
        if self.asked_at is not None and now - self.asked_at < SAME_SIGNAL_SECONDS:
            return
        self.asked_at = now
        self.is_told = False
        self.tell()

    def tell(self):
        """Once for each time we were asked; as soon as there is a daemon, should that have been while one was started."""
        if self.daemon is None or self.is_told:
            return
        self.is_told = True
        try:
            os.kill(self.daemon, signal.SIGTERM)
        except ProcessLookupError:
            pass  # it has ended by itself; the loop sees that next

    def wait(self, seconds=None):
        """Until something happens or the time is up."""
        watched = [self.wake] if self.pidfd is None else [self.wake, self.pidfd]
        ready = select.select(watched, [], [], seconds)[0]
        if self.wake in ready:
            try:
                os.read(self.wake, 4096)
            except BlockingIOError:
                pass  # select may tell of bytes that another read has taken
        self.reap()
        if self.pidfd in ready:
            os.close(self.pidfd)
            self.pidfd = self.daemon = None

    def reap(self):
        while True:
            try:
                seen = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if seen is None:
                return
            pid, number = seen.si_pid, seen.si_status
            code, name = (number, None) if seen.si_code == os.CLD_EXITED else (None, signal.Signals(number).name)
            fd = self.record(pid, code, name)
            os.waitpid(pid, 0)
            if fd is not None:
                self.settle(fd)
            if pid == self.daemon:
                self.daemon, self.status = None, (code, name)

    def record(self, pid, code, name):
        """Only leaders of a session: every agent is one, and what an agent's own children did is not asked for."""
        fields = stat_fields(pid)
        if len(fields) < 20 or int(fields[3]) != pid:
            return None
        try:
            return self.exits.add(pid, fields[19].decode(), "-" if code is None else code, name or "-")
        except OSError as problem:
            say("the end of process %d could not be written down: %s" % (pid, problem))
            return None

    def settle(self, fd):
        try:
            self.exits.settle(fd)
        except OSError as problem:
            say("%s: %s" % (self.exits.path, problem))

    def recorded_daemon(self):
        """The pid the daemon wrote when it listened; removed when it ends in order."""
        text = read(os.path.join(self.state, "daemon.json")).partition(b'"pid":')[2]
        digits = text[: len(text) - len(text.lstrip(b"0123456789"))]
        return int(digits) if digits else None

    def find_running(self):
        """A daemon that runs already: its claim on the state folder names pid and start time."""
        try:
            claims = os.listdir(os.path.join(self.state, "daemon.lock"))
        except OSError:
            return False
        boot = self.exits.boot[:8]
        for claim in claims:
            parts = claim.split("-")
            if len(parts) != 3 or parts[0] != boot or start_ticks(int(parts[1])) != int(parts[2]):
                continue
            pid = int(parts[1])
            try:
                self.pidfd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            if start_ticks(pid) == int(parts[2]):
                self.daemon, self.status = pid, None
                return True
            os.close(self.pidfd)
            self.pidfd = None
        return False

    def start(self):
        self.daemon = os.posix_spawnp(
            self.command[0],
            self.command,
            dict([FEW_HEAPS], **os.environ),
            file_actions=[(os.POSIX_SPAWN_DUP2, self.lifeline[0], 0)],
            setpgroup=0,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGHUP],
        )
        self.status = None

    def live(self):
        """One life of the daemon. Answers its pid and how long it lived."""
        pid, began = self.daemon, time.monotonic()
        self.tell()
        while self.daemon is not None:
            self.wait()
        lived = time.monotonic() - began
        crashed = self.recorded_daemon() == pid
        return pid, lived, crashed

    def run(self):
        while True:
            if self.find_running():
                say("the daemon runs already, with pid %d; it is kept from now on" % self.daemon)
                self.was_ready = True
            else:
                self.start()
            pid, lived, crashed = self.live()
            code, name = self.status or (None, None)
            self.was_ready = self.was_ready or crashed
            if self.asked_at is not None:
                return code or 0
            # Ended in order, or refused before it ever served: bad input is not mended by trying again.
            if not crashed and (code == 0 or self.status is None or not self.was_ready and name is None):
                return code or 0
            how = "by %s" % name if name else "with code %s" % code if code is not None else "how is not known"
            self.pause(pid, how, lived)
            if self.asked_at is not None:
                say("ended while no daemon ran; agents that run go on until the next 'dreamnet up'")
                return 0

    def pause(self, pid, how, lived):
        self.quick_deaths = 0 if lived >= HEALTHY_SECONDS else self.quick_deaths + 1
        at = max(0, self.quick_deaths - 1)
        is_trial = at >= len(BACKOFF_SECONDS)
        seconds = TRIAL_EVERY_SECONDS if is_trial else BACKOFF_SECONDS[at]
        seconds *= 0.75 + os.urandom(1)[0] / 512  # so that many fleets do not come back in step
        say(
            "the daemon (pid %d) has ended, %s, after %.1f s; starting it again%s"
            % (pid, how, lived, " in %.1f s, on trial" % seconds if is_trial else "")
        )
        until = time.monotonic() + seconds
        while self.asked_at is None and time.monotonic() < until:
            self.wait(max(0, until - time.monotonic()))


def main(arguments):
    if not hasattr(os, "pidfd_open") or not hasattr(os, "waitid"):
        say("needs Python 3.9 or newer on Linux")
        return 2
    state, _, *command = arguments
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0) != 0:
        say("the kernel does not let it wait for agents: %s" % os.strerror(ctypes.get_errno()))
    return Keeper(os.path.abspath(state), command).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
