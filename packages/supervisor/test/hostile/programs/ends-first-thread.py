# Double-forks, leads a session of its own, and ends its first thread: to the kernel a zombie that runs. Argument: a word to be found by.
import ctypes, os, threading, time

EXIT_THREAD = 60 if os.uname().machine == "x86_64" else 93

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        threading.Thread(target=time.sleep, args=(1000,)).start()
        print("hidden", flush=True)
        ctypes.CDLL(None).syscall(EXIT_THREAD, 0)
    os._exit(0)
os.wait()
time.sleep(1000)
