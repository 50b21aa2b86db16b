"""spawner.py FOLDER NAME EXITS VERSION: starts processes for the daemon of a state folder, and stays their parent.

Descriptor 3 is a socket to the daemon that started it; later daemons connect to FOLDER/NAME. One at a time: a new
connection ends the one before, and what that one had asked for and was not begun is never begun.

Frames in, each a length of four bytes (little-endian), a letter and fields with a zero byte between them:
  s  REQUEST CWD OUT ERR COUNT ARGUMENT... VARIABLE=VALUE...   start a process
  f  PATH UID GID  make a FIFO, of the user's when UID is not -1; what is there is replaced
  w  PID TICKS     tell when a process ends that may be anybody's
  d  PID           no longer
  r  PID           its end was heard: it may be reaped
  p                still there?
  q                end as soon as no process of ours is left; take no daemon any more
Lines out:
  hello VERSION PID | unsupported WHY | unreachable WHY
  started REQUEST PID TICKS | failed REQUEST cwd|log|program ERRNO
  ended PID TICKS CODE SIGNAL EPOCH_MS, '-' for none | gone PID | unwatched PID
  own PID, when asked to watch a child of ours | stirred PID, of those: a signal has stopped it, or it goes on
  pong

Before a process is reaped its end is written to EXITS, also while there is no daemon: BOOT PID TICKS CODE SIGNAL EPOCH_MS.
A process that has ended stays a zombie until the daemon has heard of it, so that its number and its group are nobody else's.
Without a daemon and without processes it ends. Only builtin modules: every import would be there for ever.
"""
import _signal
import posix
import select
import sys
import time

# Run with -I, which leaves the program's own folder out; and nothing is written into it.
sys.path.insert(0, __file__.rpartition("/")[0])
sys.dont_write_bytecode = True

from exits import Exits
from listener import Listener
from proc import start_ticks
from start import make_fifo, spawn
from stops import Stops

LINK = 3
MOST_FRAME_BYTES = 16 << 20
MOST_UNREAD_BYTES = 4 << 20
READ_BYTES = 1 << 16
ESRCH, EINVAL = 3, 22
# INSTANCE/ID/GENERATION, by which the daemon knows its own.
MARK = b"DREAMNET_PROCESS"
SIGNAL_NAMES = {
    getattr(_signal, name): name
    for name in sorted(dir(_signal), reverse=True)
    if name[:3] == "SIG" and name[3] != "_" and name not in ("SIGCLD", "SIGPOLL")
}


class Spawner:
    def __init__(self, folder, name, exits, version):
        self.ready = select.epoll()
        self.listener = Listener(folder, name, self.ready)
        self.exits = Exits(exits)
        self.stops = Stops()
        self.ready.register(self.stops.fd, select.EPOLLIN)
        self.version = version
        self.children = {}  # pid -> ticks; our own that run, or have ended and were not heard of
        self.ended = set()  # of those, the zombies
        self.marks = {}  # pid -> b"ID/GENERATION", of our own that carry one
        self.pidfds = {}  # pid -> pidfd, of everything waited for
        self.waiting_on = {}  # pidfd -> pid
        self.link = None  # descriptor of the daemon's connection
        self.farewells = []  # descriptors of connections that are over and not closed here yet
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self.is_full = False  # the daemon's end takes no more for now

    def admit(self):
        fd = self.listener.accept()
        if fd is not None:
            self.connect(fd)

    def connect(self, fd):
        self.disconnect()
        posix.set_blocking(fd, False)
        self.link = fd
        self.is_full = False
        self.ready.register(fd, select.EPOLLIN | select.EPOLLRDHUP)
        self.say("hello %s %d" % (self.version, posix.getpid()))

    def disconnect(self):
        """What was asked for and not begun is dropped with the connection; nobody hears of ends, so all are reaped."""
        if self.link is None:
            return
        self.ready.unregister(self.link)
        self.farewells.append(self.link)
        self.link = None
        self.incoming.clear()
        self.outgoing.clear()
        for pid in list(self.ended):
            self.reap(pid)
        for pid in [pid for pid in self.pidfds if pid not in self.children]:
            self.unwatch(pid)

    def take_leave(self):
        while self.farewells:
            posix.close(self.farewells.pop())

    def say(self, line):
        if self.link is None:
            return
        self.outgoing += line.encode() + b"\n"
        self.send()

    def send(self):
        try:
            while self.outgoing:
                del self.outgoing[: posix.write(self.link, self.outgoing)]
        except BlockingIOError:
            if len(self.outgoing) > MOST_UNREAD_BYTES:
                return self.disconnect()
        except OSError:
            return self.disconnect()
        if self.is_full != bool(self.outgoing):
            self.is_full = not self.is_full
            wanted = select.EPOLLOUT if self.is_full else 0
            self.ready.modify(self.link, select.EPOLLIN | select.EPOLLRDHUP | wanted)

    def receive(self):
        try:
            data = posix.read(self.link, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            return self.disconnect()
        self.incoming += data

    def next_frame(self):
        """Answers whether there was a whole one."""
        if len(self.incoming) < 4:
            return False
        length = int.from_bytes(self.incoming[:4], "little")
        if length > MOST_FRAME_BYTES:
            self.disconnect()
            return False
        if len(self.incoming) < 4 + length:
            return False
        frame = bytes(self.incoming[4 : 4 + length])
        del self.incoming[: 4 + length]
        try:
            self.take(frame[:1], frame[1:].split(b"\0"))
        except (ValueError, IndexError):
            self.disconnect()  # not a daemon of ours
        return True

    def take(self, kind, fields):
        if kind == b"s":
            self.start(fields)
        elif kind == b"f":
            make_fifo(fields[0], int(fields[1]), int(fields[2]))
        elif kind == b"r":
            self.reap(int(fields[0]))
        elif kind == b"w":
            self.watch(int(fields[0]), int(fields[1]))
        elif kind == b"d":
            self.drop(int(fields[0]))
        elif kind == b"p":
            self.say("pong")
        elif kind == b"q":
            self.listener.close()
            self.disconnect()

    def start(self, fields):
        request, cwd, out, err, count = fields[:5]
        end = 5 + int(count)
        variables = dict(entry.split(b"=", 1) for entry in fields[end:] if b"=" in entry)
        name = request.decode()
        try:
            # Room for its pidfd, before it is started.
            posix.close(posix.dup(2))
        except OSError as problem:
            return self.say("failed %s program %d" % (name, problem.errno))
        try:
            pid = spawn(cwd, out, err, fields[5:end], variables)
        except OSError as problem:
            return self.say("failed %s %s %d" % (name, problem.strerror, problem.errno))
        try:
            self.wait_for(pid)
        except OSError as problem:
            # Nobody would hear of its end.
            posix.kill(pid, _signal.SIGKILL)
            posix.waitpid(pid, 0)
            return self.say("failed %s program %d" % (name, problem.errno))
        self.children[pid] = start_ticks(pid) or 0
        self.marks[pid] = variables.get(MARK, b"").partition(b"/")[2]
        self.say("started %s %d %d" % (name, pid, self.children[pid]))

    def wait_for(self, pid):
        fd = posix.pidfd_open(pid, 0)
        self.pidfds[pid] = fd
        self.waiting_on[fd] = pid
        self.ready.register(fd, select.EPOLLIN)

    def unwatch(self, pid):
        fd = self.pidfds.pop(pid, None)
        if fd is not None:
            del self.waiting_on[fd]
            self.ready.unregister(fd)
            posix.close(fd)

    def watch(self, pid, ticks):
        """The start time is compared after the pidfd is open: a number that is another's by now has ended."""
        if self.children.get(pid) == ticks:
            # Of one that has ended the daemon was told, and has not heard it yet.
            return None if pid in self.ended else self.say("own %d" % pid)
        self.unwatch(pid)
        try:
            self.wait_for(pid)
        except OSError as problem:
            return self.say("%s %d" % ("gone" if problem.errno in (ESRCH, EINVAL) else "unwatched", pid))
        if start_ticks(pid) != ticks:
            self.unwatch(pid)
            self.say("gone %d" % pid)

    def drop(self, pid):
        if pid not in self.children:
            self.unwatch(pid)

    def has_ended(self, pid):
        ticks = self.children.get(pid)
        if ticks is None:
            self.unwatch(pid)
            return self.say("gone %d" % pid)
        seen = posix.waitid(posix.P_PID, pid, posix.WEXITED | posix.WNOWAIT | posix.WNOHANG)
        if seen is None:
            return  # told too early: the pidfd tells again
        self.unwatch(pid)
        code, name = "-", "-"
        if seen.si_code == posix.CLD_EXITED:
            code = seen.si_status
        else:
            name = SIGNAL_NAMES.get(seen.si_status) or "SIG%d" % seen.si_status
        line = "%d %d %s %s %d" % (pid, ticks, code, name, time.time() * 1000)
        # The daemon first, so that it works while this is written; reaped is the process only afterwards.
        self.say("ended " + line)
        try:
            self.exits.add(("%s %s" % (line, self.marks.get(pid, b"").decode("utf-8", "replace"))).rstrip())
        except OSError:
            pass  # a full disk: the daemon was told all the same
        self.ended.add(pid)
        if self.link is None:
            self.reap(pid)

    def reap(self, pid):
        if pid in self.ended:
            self.ended.discard(pid)
            del self.children[pid]
            self.marks.pop(pid, None)
            posix.waitpid(pid, 0)

    def run(self):
        while self.link is not None or self.children:
            # One request at a time, so that an end is heard of between two starts.
            is_more = self.next_frame()
            for fd, events in self.ready.poll(0 if is_more else -1):
                if fd in self.waiting_on:
                    self.has_ended(self.waiting_on[fd])
                elif fd == self.listener.fd:
                    self.admit()
                elif fd == self.stops.fd:
                    self.tell_stops()
                elif fd == self.link:
                    self.hear(events)
            # With a daemon there is one who writes it down, too.
            if self.link is None:
                self.exits.settle()
            if self.link is not None or self.children:
                self.take_leave()
        # A daemon that has closed its end waits for ours: then nothing is written into its folder any more.
        self.listener.close()
        self.take_leave()

    def tell_stops(self):
        for pid in self.stops.read():
            if pid in self.children:
                self.say("stirred %d" % pid)

    def hear(self, events):
        if events & (select.EPOLLHUP | select.EPOLLRDHUP | select.EPOLLERR):
            return self.disconnect()
        if events & select.EPOLLOUT:
            self.send()
        # A daemon that does not read is not read from.
        if self.link is not None and events & select.EPOLLIN and len(self.outgoing) < READ_BYTES:
            self.receive()


def close_inherited():
    """What whoever started the daemon left open is not for the processes."""
    for name in posix.listdir("/proc/self/fd"):
        fd = int(name)
        if fd > LINK:
            try:
                posix.close(fd)
            except OSError:
                pass  # the one that the folder was read with


def main(folder, name, exits, version):
    if not hasattr(posix, "pidfd_open") or not hasattr(posix, "posix_spawn"):
        posix.write(LINK, b"unsupported it is older than 3.9\n")
        return
    close_inherited()
    posix.set_inheritable(LINK, False)
    for number in (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP, _signal.SIGPIPE):
        _signal.signal(number, _signal.SIG_IGN)
    try:
        posix.close(posix.pidfd_open(posix.getpid(), 0))
    except OSError as problem:
        posix.write(LINK, ("unsupported no pidfd: %s\n" % problem.strerror).encode())
        return
    spawner = Spawner(folder, name, exits, version)
    spawner.connect(LINK)
    try:
        spawner.listener.open()
    except OSError as problem:
        spawner.say("unreachable %s" % problem.strerror)
    posix.chdir("/")
    spawner.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
