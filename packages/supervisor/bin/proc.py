"""What the kernel tells of processes and of itself. Only builtin modules, as in spawner.py."""
import posix


def read(path):
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        return posix.read(fd, 4096)
    finally:
        posix.close(fd)


def start_ticks(pid):
    """When it began, in ticks since boot; None for a process that is gone."""
    try:
        return int(read("/proc/%d/stat" % pid).rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None
