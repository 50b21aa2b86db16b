"""What is done once for each start: the program is looked for and begun, its FIFO is made. Only builtin modules, as in spawner.py."""
import posix

# What execvp(3) looks through for a program without PATH.
USUAL_PATH = b"/bin:/usr/bin"
ENOENT, ENOEXEC, EACCES = 2, 8, 13
LOG_FLAGS = posix.O_WRONLY | posix.O_APPEND | posix.O_CREAT
# 32 and 33 are the C library's own.
DEFAULT_SIGNALS = [number for number in range(1, 65) if number not in (9, 19, 32, 33)]


def program_of(name, path):
    """The file that execvp(3) would run, by the PATH the process is given and from its working directory."""
    if b"/" in name:
        return name
    problem = ENOENT
    for folder in path.split(b":"):
        file = (folder or b".") + b"/" + name
        if posix.access(file, posix.X_OK) and posix.stat(file).st_mode & 0o170000 == 0o100000:
            return file
        if posix.access(file, posix.F_OK):
            problem = EACCES
    raise OSError(problem, "")


def spawn(cwd, out, err, arguments, variables):
    """Answers the pid, or raises OSError with the step it failed at as its text."""
    step = "cwd"
    try:
        posix.chdir(cwd)
        step = "program"
        program = program_of(arguments[0], variables.get(b"PATH", USUAL_PATH))
        actions = [
            (posix.POSIX_SPAWN_OPEN, 0, b"/dev/null", posix.O_RDONLY, 0),
            (posix.POSIX_SPAWN_OPEN, 1, out, LOG_FLAGS, 0o600),
            (posix.POSIX_SPAWN_OPEN, 2, err, LOG_FLAGS, 0o600),
        ]
        given = {"file_actions": actions, "setsid": True, "setsigmask": [], "setsigdef": DEFAULT_SIGNALS}
        try:
            return posix.posix_spawn(program, arguments, variables, **given)
        except OSError as problem:
            if problem.errno != ENOEXEC:
                raise
            return posix.posix_spawn(b"/bin/sh", [b"/bin/sh", program] + arguments[1:], variables, **given)
    except OSError as problem:
        if step == "program" and not (can_append(out) and can_append(err)):
            step = "log"
        raise OSError(problem.errno, step)
    finally:
        posix.chdir("/")


def can_append(path):
    try:
        posix.close(posix.open(path, LOG_FLAGS | posix.O_CLOEXEC, 0o600))
        return True
    except OSError:
        return False


def make_fifo(path, uid, gid):
    try:
        posix.unlink(path)
    except OSError:
        pass  # there is none yet
    try:
        posix.mkfifo(path, 0o600)
        if uid >= 0:
            posix.chown(path, uid, gid)
    except OSError:
        pass  # whoever is to wait on it cannot, and says so
