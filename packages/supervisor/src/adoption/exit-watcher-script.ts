/**
 * Waits for processes that are not our children: Node has no pidfd, Python 3.9 and later has. Lines in:
 * `add PID START_TICKS`, `drop PID`. Lines out: `ready` or `unsupported WHY` once, then `exit PID`. The start time is
 * compared after the pidfd is open, so a reused pid is told as an exit at once. Ends when its input closes.
 */
export const EXIT_WATCHER_SCRIPT = `
import os, selectors, sys

def started(pid):
    with open("/proc/%d/stat" % pid) as stat:
        return int(stat.read().rsplit(")", 1)[1].split()[19])

def say(text):
    sys.stdout.write(text + "\\n")
    sys.stdout.flush()

try:
    os.close(os.pidfd_open(os.getpid()))
except (AttributeError, OSError) as problem:
    say("unsupported %s" % problem)
    sys.exit(0)

watched = {}
waiting = selectors.DefaultSelector()
waiting.register(0, selectors.EVENT_READ, None)

def drop(pid):
    fd = watched.pop(pid, None)
    if fd is not None:
        waiting.unregister(fd)
        os.close(fd)

def add(pid, ticks):
    drop(pid)
    try:
        fd = os.pidfd_open(pid)
    except OSError:
        return say("exit %d" % pid)
    try:
        is_same = started(pid) == ticks
    except (OSError, ValueError, IndexError):
        is_same = False
    if not is_same:
        os.close(fd)
        return say("exit %d" % pid)
    watched[pid] = fd
    waiting.register(fd, selectors.EVENT_READ, pid)

say("ready")
rest = b""
while True:
    for key, _ in waiting.select():
        if key.data is not None:
            drop(key.data)
            say("exit %d" % key.data)
            continue
        data = os.read(0, 65536)
        if not data:
            sys.exit(0)
        lines = (rest + data).split(b"\\n")
        rest = lines.pop()
        for line in lines:
            words = line.split()
            if words[:1] == [b"add"]:
                add(int(words[1]), int(words[2]))
            elif words[:1] == [b"drop"]:
                drop(int(words[1]))
`;
