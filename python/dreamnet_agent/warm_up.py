"""The first call takes longer than the second: a spare has it behind it before its turn comes."""

import http.client
import threading
from http.server import HTTPServer

CALLS = 3
LIMIT_S = 1.0


def warm_up(server: HTTPServer) -> None:
    """Answers a few calls of its own on a server that is not the agent's; it is closed afterwards.

    Without a loopback nothing answers: a spare that is slower at its first call is a spare all the same.
    """
    threading.Thread(target=server.serve_forever, args=(0.01,), name="dreamnet-warm-up", daemon=True).start()
    try:
        for _ in range(CALLS):
            caller = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=LIMIT_S)
            caller.request("POST", "/invocations", b"{}", {"Content-Type": "application/json"})
            caller.getresponse().read()
            caller.close()
    except (OSError, http.client.HTTPException):
        pass  # it is needed neither to wait nor to serve
    finally:
        server.shutdown()
        server.server_close()
