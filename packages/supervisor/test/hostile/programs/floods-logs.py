# Writes as fast as anybody takes it, to both streams and with a line end only now and then. Argument: MiB a stream.
import os, sys, time

block = b"x" * (1 << 20)
for count in range(int(sys.argv[1])):
    for fd in (1, 2):
        os.write(fd, block)
    if count % 16 == 0:
        os.write(1, b"\n")
os.write(1, b"\nflooded\n")
time.sleep(1000)
