"""The file of ends, which whoever comes next reads. Only builtin modules, as in spawner.py."""
import posix

from proc import read

EXITS_LIMIT_BYTES = 1 << 20
# More than 2,000 of the longest lines; read as one piece, because memory once used stays with this program.
EXITS_KEPT_BYTES = 192 << 10


class Exits:
    """The file of ends: appended, and cut to its newest lines when it has grown long."""

    def __init__(self, path):
        self.path = path
        self.boot = read("/proc/sys/kernel/random/boot_id").decode().strip()
        self.is_settled = True

    def open(self):
        """Locked against whoever else cuts it; a lock that cannot be had now is done without."""
        while True:
            fd = posix.open(self.path, posix.O_RDWR | posix.O_APPEND | posix.O_CREAT | posix.O_CLOEXEC, 0o600)
            try:
                posix.lockf(fd, posix.F_TLOCK, 0)
                if posix.stat(self.path).st_ino == posix.fstat(fd).st_ino:
                    return fd
            except FileNotFoundError:
                pass  # replaced this very moment
            except OSError:
                return fd
            posix.close(fd)

    def add(self, line):
        self.is_settled = False
        fd = self.open()
        try:
            posix.write(fd, ("%s %s\n" % (self.boot, line)).encode())
            size = posix.fstat(fd).st_size
            if size > EXITS_LIMIT_BYTES:
                self.cut(fd, size)
        finally:
            posix.close(fd)

    def settle(self):
        """To disk, once for all that ended together."""
        if self.is_settled:
            return
        self.is_settled = True
        try:
            fd = self.open()
            try:
                posix.fsync(fd)
            finally:
                posix.close(fd)
        except OSError:
            pass  # nothing more can be done for it

    def cut(self, fd, size):
        kept = posix.pread(fd, EXITS_KEPT_BYTES, size - EXITS_KEPT_BYTES)
        beside = self.path + ".new"
        new = posix.open(beside, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_CLOEXEC, 0o600)
        try:
            posix.write(new, kept[kept.find(b"\n") + 1 :])
            posix.fsync(new)
        finally:
            posix.close(new)
        posix.rename(beside, self.path)
