# Takes memory without end in as many processes as it is told, so that no limit of a single one helps.
import os, sys, time

for _ in range(int(sys.argv[1]) - 1):
    if os.fork() == 0:
        break
hoard = []
while True:
    hoard.append(bytearray(b"x") * (1 << 20))
    time.sleep(0.001)
