"""The socket by which the next daemon finds the spawner. Only builtin modules, as in spawner.py."""
import _socket
import posix
import select
import sys


class Listener:
    """Registered with the poll of the one who made it while it is open."""

    def __init__(self, folder, name, ready):
        self.folder = folder
        self.name = name
        self.ready = ready
        self.socket = None
        self.fd = None  # while it is open
        self.inode = None

    def open(self):
        """By the folder's descriptor: the path of a socket has at most 107 bytes."""
        folder = posix.open(self.folder, posix.O_RDONLY | posix.O_CLOEXEC)
        before = posix.umask(0o177)
        try:
            listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0)
            beside = "%s.%d" % (self.name, posix.getpid())
            listener.bind("/proc/self/fd/%d/%s" % (folder, beside))
            self.inode = posix.stat(beside, dir_fd=folder).st_ino
            listener.listen(8)
            listener.setblocking(False)
            posix.rename(beside, self.name, src_dir_fd=folder, dst_dir_fd=folder)
            self.socket = listener
            self.fd = listener.fileno()
            self.ready.register(self.fd, select.EPOLLIN)
        finally:
            posix.umask(before)
            posix.close(folder)

    def close(self):
        if self.socket is None:
            return
        self.ready.unregister(self.fd)
        self.socket.close()
        self.socket = self.fd = None
        path = self.folder + "/" + self.name
        try:
            if posix.stat(path).st_ino == self.inode:
                posix.unlink(path)
        except OSError:
            pass  # the folder is gone, or another one's socket took its place

    def accept(self):
        """Answers the descriptor of a daemon of our own user or of root; None when there is none."""
        try:
            fd, _ = self.socket._accept()
        except OSError:
            return None  # it went away before it was taken
        peer = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, fd)
        user = int.from_bytes(peer.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)[4:8], sys.byteorder)
        peer.detach()
        if user in (0, posix.getuid()):
            return fd
        posix.close(fd)
        return None
