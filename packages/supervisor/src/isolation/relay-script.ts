/**
 * Runs inside a sandbox that has no network but its own loopback: carries every connection made there to the gate's
 * socket outside. Arguments: SOCKET, doors, `--`, a command or nothing. A door is `PORT=` (handed on as it comes),
 * `PORT=HOST:PORT` (asks the gate for that place first), either with `6:` before it for one on the IPv6 loopback, or with `@FD`
 * for PORT when it listens already. With a
 * command it becomes that, and a grandchild stays as the relay, so that the command has no child it did not make. Only
 * modules that are part of the interpreter: `socket` and `selectors` would double what its start costs (10 to 19 ms). The
 * command is always the second process of its sandbox; the relay ends with it, or the sandbox would outlive both.
 */
export const RELAY_SCRIPT = `
import _signal, _socket, os, sys

os.umask(0o077)
cut = sys.argv.index("--")
path, entries, command = sys.argv[1], sys.argv[2:cut], sys.argv[cut + 1:]
listening = []
for entry in entries:
    port, _, target = entry.partition("=")
    if port.startswith("@"):
        listening.append((_socket.socket(fileno=int(port[1:])), target))
        continue
    family, host = (_socket.AF_INET6, "::1") if port.startswith("6:") else (_socket.AF_INET, "127.0.0.1")
    try:
        door = _socket.socket(family, _socket.SOCK_STREAM)
        door.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        door.bind((host, int(port.split(":")[-1])))
        door.listen(64)
        listening.append((door, target))
    except OSError as problem:
        os.write(2, ("dreamnet: port %s inside the sandbox: %s\\n" % (port, problem)).encode())

helper = os.fork() if command else 0
if helper:
    os.waitpid(helper, 0)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGXFSZ"):
        _signal.signal(getattr(_signal, name), _signal.SIG_DFL)
    os.environ.pop("PWD", None)
    os.environ.pop("PERL_BADLANG", None)
    try:
        os.execvp(command[0], command)
    except OSError as problem:
        os.write(2, ("%s: %s\\n" % (command[0], problem)).encode())
        os._exit(127)
if command and os.fork():
    os._exit(0)

nothing = os.open("/dev/null", os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(nothing, fd)
for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"):
    _signal.signal(getattr(_signal, name), _signal.SIG_IGN)

import select, time

LIMIT = 65536
ANSWER_WITHIN = 10
IN, OUT = select.EPOLLIN, select.EPOLLOUT
turns = select.epoll()
ends = {}
asked = {}

class End:
    def __init__(self, sock):
        self.sock, self.fd, self.peer, self.wanted = sock, sock.fileno(), None, 0
        self.waiting, self.is_over, self.is_shut, self.answer = b"", False, False, None
        sock.setblocking(False)
        ends[self.fd] = self

def settle(end):
    """Reads while the other side has taken everything; writes what waits for this one."""
    is_held = end.is_over or end.peer.waiting or end.peer.answer is not None
    wanted = (0 if is_held else IN) | (OUT if end.waiting else 0)
    if wanted == end.wanted:
        return
    if not end.wanted:
        turns.register(end.fd, wanted)
    elif wanted:
        turns.modify(end.fd, wanted)
    else:
        turns.unregister(end.fd)
    end.wanted = wanted

def drop(end):
    for one in (end, end.peer):
        asked.pop(one, None)
        if ends.pop(one.fd, None):
            one.sock.close()

def step(end, can_read, can_write):
    if end.answer is not None:
        return agree(end)
    if can_write and end.waiting:
        end.waiting = end.waiting[end.sock.send(end.waiting):]
    if can_read and not end.peer.waiting:
        data = end.sock.recv(LIMIT)
        if data:
            end.peer.waiting = data
        else:
            end.is_over = True
    for one in (end, end.peer):
        if one.peer.is_over and not one.waiting and not one.is_shut:
            one.is_shut = True
            one.sock.shutdown(_socket.SHUT_WR)
    if end.is_shut and end.peer.is_shut:
        return drop(end)
    settle(end)
    settle(end.peer)

def agree(gate):
    """Byte by byte: what follows the answer is for the one inside. Nobody else waits meanwhile."""
    while not gate.answer.endswith(b"\\r\\n\\r\\n"):
        try:
            piece = gate.sock.recv(1)
        except BlockingIOError:
            return
        gate.answer += piece
        if not piece:
            return drop(gate)
    if not gate.answer.startswith(b"HTTP/1.1 200"):
        return drop(gate)
    gate.answer = None
    asked.pop(gate)
    settle(gate)
    settle(gate.peer)

def welcome(door, target):
    inner = _socket.socket(fileno=door._accept()[0])
    gate = _socket.socket(_socket.AF_UNIX)
    try:
        gate.setblocking(False)
        gate.connect(path)
        if target:
            gate.send(("CONNECT %s HTTP/1.1\\r\\n\\r\\n" % target).encode())
    except OSError:
        inner.close()
        gate.close()
        return
    pair = End(inner), End(gate)
    pair[0].peer, pair[1].peer = pair[1], pair[0]
    if target:
        pair[1].answer, asked[pair[1]] = b"", time.monotonic() + ANSWER_WITHIN
    for end in pair:
        settle(end)

def overdue():
    """Seconds to the next answer that is overdue, none when none is awaited; the oldest question comes first."""
    while asked:
        gate, until = next(iter(asked.items()))
        left = until - time.monotonic()
        if left > 0:
            return left
        drop(gate)

doors = {door.fileno(): (door, target) for door, target in listening}
for fd in doors:
    turns.register(fd, IN)
try:
    command_end = os.pidfd_open(2)
    turns.register(command_end, IN)
except (AttributeError, OSError):
    command_end = -1
while True:
    events = turns.poll(overdue())
    for fd, mask in events:
        if fd == command_end:
            os._exit(0)
        end = ends.get(fd)
        if end:
            try:
                step(end, mask & ~OUT and end.wanted & IN, mask & ~IN and end.wanted & OUT)
            except OSError:
                drop(end)
    # Last, so that no number of a connection that has just ended means a new one within this turn.
    for fd, mask in events:
        if fd in doors:
            try:
                welcome(*doors[fd])
            except OSError:
                pass
`;

/**
 * Opens the doors of the relay, lets it start beside the command, and becomes the command: whoever connects before
 * the relay is up waits in the queue of its door. Perl is up in 1.4 ms where Python takes 8; it uses no module, which
 * would cost more than that. Arguments: PYTHON, the relay's script, SOCKET, doors, `--`, the command.
 */
export const DOOR_SCRIPT = `
$^F = 255;
umask 077;
my @given;
while (@ARGV) { my $word = shift @ARGV; last if $word eq '--'; push @given, $word; }
my ($python, $script, $path, @entries) = @given;
my (@doors, @named);
for my $entry (@entries) {
  my ($port, $target) = split /=/, $entry, 2;
  my ($number) = $port =~ /([0-9]+)$/;
  my $address = pack('S n C4 x8', 2, $number, 127, 0, 0, 1);
  $address = pack('S n N x15 C N', 10, $number, 0, 1, 0) if $port =~ /^6:/;
  my $door;
  if (socket($door, unpack('S', $address), 1, 0) && bind($door, $address) && listen($door, 64)) {
    push @doors, $door;
    push @named, '@' . fileno($door) . '=' . $target;
  } else {
    print STDERR "dreamnet: port $port inside the sandbox: $!\\n";
  }
}
my $helper = fork;
if (defined $helper && $helper == 0) {
  my $relay = fork;
  exit 0 unless defined $relay && $relay == 0;
  exec $python, '-I', '-S', '-c', $script, $path, @named, '--';
  exit 127;
}
waitpid $helper, 0;
close $_ for @doors;
$SIG{$_} = 'DEFAULT' for qw(TERM INT HUP QUIT USR1 USR2 PIPE);
delete $ENV{$_} for qw(PWD PERL_BADLANG);
exec { $ARGV[0] } @ARGV;
print STDERR "$ARGV[0]: $!\\n";
exit 127;
`;
