# Tries every way to HOST:PORT it knows: plainly, through the proxy by other words, by the tunnel of another port.
import os, socket, sys, urllib.parse

host, port = sys.argv[1].rsplit(":", 1)
proxy = urllib.parse.urlsplit(os.environ.get("http_proxy", "http://127.0.0.1:3128"))

def plainly():
    return socket.create_connection((host, int(port)), 3)

def by_proxy(request):
    link = socket.create_connection((proxy.hostname, proxy.port), 3)
    link.sendall(request.encode())
    return link

def datagram():
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.connect((host, int(port)))
    link.send(b"x")
    return link

ways = {
    "plainly": plainly,
    "connect": lambda: by_proxy("CONNECT %s:%s HTTP/1.1\r\n\r\n" % (host, port)),
    "absolute": lambda: by_proxy("GET http://%s:%s/ HTTP/1.1\r\nHost: x\r\n\r\n" % (host, port)),
    "userinfo": lambda: by_proxy("GET http://%s@%s:%s/ HTTP/1.1\r\n\r\n" % (sys.argv[2], host, port)),
    "second line": lambda: by_proxy("CONNECT %s\r\nHost: %s:%s HTTP/1.1\r\n\r\n" % (sys.argv[2], host, port)),
    "number": lambda: by_proxy("CONNECT 2130706433:%s HTTP/1.1\r\n\r\n" % port),
    "hex": lambda: by_proxy("CONNECT 0x7f.1:%s HTTP/1.1\r\n\r\n" % port),
    "mapped": lambda: by_proxy("CONNECT [::ffff:127.0.0.1]:%s HTTP/1.1\r\n\r\n" % port),
}
for name, way in ways.items():
    try:
        with way() as link:
            link.settimeout(3)
            link.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b""
            while len(answer) < 65536:
                piece = link.recv(4096)
                if not piece:
                    break
                answer += piece
        print("OUT" if b"served" in answer else "held", name, flush=True)
    except OSError:
        print("held", name, flush=True)
print("tried", len(ways), flush=True)
import time
time.sleep(1000)
