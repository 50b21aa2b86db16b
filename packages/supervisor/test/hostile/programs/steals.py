# Reads every environment, memory and file it can get at, and tells what it found of the words it was given.
import os, sys

words = [word.encode() for word in sys.argv[2].split(",")]
seen = set()

def look(path):
    try:
        with open(path, "rb") as file:
            text = file.read(1 << 20)
    except OSError:
        return
    seen.update(word.decode() for word in words if b"stolen-" + word in text)

for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        for part in ("environ", "cmdline", "cwd/secret.txt", "root" + sys.argv[1] + "/secret.txt"):
            look("/proc/%s/%s" % (name, part))
for place, folders, files in os.walk(sys.argv[1]):
    for file in files:
        look(os.path.join(place, file))
print("found", ",".join(sorted(seen)) or "nothing", flush=True)
