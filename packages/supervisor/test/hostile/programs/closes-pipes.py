# Closes all it was given to speak by, takes no notice of being asked to end, and lives on.
import os, signal, time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"closing\n")
for fd in (0, 1, 2):
    os.close(fd)
time.sleep(1000)
