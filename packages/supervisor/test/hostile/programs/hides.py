# Double-forks, leads a session of its own, empties its environment, and lives on. Argument: a word to be found by.
import os, sys, time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(1000)", sys.argv[1]], {})
    os._exit(0)
os.wait()
print("hidden", flush=True)
time.sleep(1000)
