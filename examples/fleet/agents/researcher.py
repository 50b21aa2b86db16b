"""researcher: an MCP server over stdio with one tool, `data.analysis`. Standard library only.

It speaks both eras of the protocol: `initialize` / `ping` (revisions up to 2025-11-25) and
`server/discover` with per-request `_meta` (revision 2026-07-28).

It is single-threaded on purpose: while it computes it answers nothing, as many real agents do. Such a process
is silent but busy, and must not be taken for a dead one.
"""

import json
import random
import signal
import statistics
import sys
import time

MODERN = ["2026-07-28"]
LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
META = "io.modelcontextprotocol/"
SERVER = {"name": "researcher", "version": "1.0.0"}
CAPABILITIES = {"tools": {"listChanged": False}}
LONGEST_WORK_SECONDS = 600
LARGEST_NUMBER = 1e100  # its square still fits a float, so no result overflows

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
UNSUPPORTED_VERSION = -32022

TOOL = {
    "name": "data.analysis",
    "title": "Describe a series of numbers",
    "description": "Mean, median, spread and quartiles of a series. With work_seconds it also bootstraps a 95 % "
    "confidence interval of the mean, computing for that long.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "numbers": {"type": "array", "items": {"type": "number"}, "minItems": 1},
            "work_seconds": {"type": "number", "minimum": 0, "maximum": LONGEST_WORK_SECONDS},
        },
        "required": ["numbers"],
        "additionalProperties": False,
    },
    "annotations": {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False},
}


class RpcError(Exception):
    """An answer of kind error: JSON-RPC code, message and optional data."""

    def __init__(self, code, message, data=None):
        super().__init__(message)
        self.body = {"code": code, "message": message, **({} if data is None else {"data": data})}


def log(event, **fields):
    """One line per event on standard error; standard output belongs to the protocol."""
    words = " ".join(f"{key}={value}" for key, value in fields.items())
    print(f"researcher {event} {words}".rstrip(), file=sys.stderr, flush=True)


def is_number(value):
    """JSON's numbers; false for true, NaN and Infinity, which Python's reader lets through."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


def describe(numbers):
    """Descriptive statistics of at least one number."""
    several = len(numbers) > 1
    quartiles = statistics.quantiles(numbers, n=4) if several else [numbers[0]] * 3
    return {
        "count": len(numbers),
        "sum": sum(numbers),
        "mean": statistics.fmean(numbers),
        "median": statistics.median(numbers),
        "stdev": statistics.stdev(numbers) if several else 0.0,
        "min": min(numbers),
        "max": max(numbers),
        "quartiles": quartiles,
    }


def bootstrap(numbers, seconds):
    """95 % interval of the mean by resampling; more seconds, more resamples. Really computes all that time."""
    until = time.monotonic() + seconds
    source = random.Random(20260728)
    means = []
    while time.monotonic() < until or not means:
        means.append(statistics.fmean(source.choices(numbers, k=len(numbers))))
        if len(means) > 200_000:  # enough for the interval; bounds memory on long runs
            means = sorted(means)[::2]
    means.sort()
    last = len(means) - 1
    return {"low": means[round(last * 0.025)], "high": means[round(last * 0.975)], "seconds": seconds}


def analyse(arguments):
    """The tool itself. Wrong arguments are a tool error, which a caller can read and mend."""
    numbers = arguments.get("numbers")
    seconds = arguments.get("work_seconds", 0)
    if not isinstance(numbers, list) or not numbers or not all(map(is_number, numbers)):
        return tool_error(f"numbers must be a non-empty list of numbers, none beyond {LARGEST_NUMBER:g}")
    if not is_number(seconds) or not 0 <= seconds <= LONGEST_WORK_SECONDS:
        return tool_error(f"work_seconds must be a number from 0 to {LONGEST_WORK_SECONDS}")
    log("analysing", count=len(numbers), work_seconds=seconds)
    result = describe(numbers)
    if seconds > 0:
        result["meanInterval95"] = bootstrap(numbers, seconds)
    return {"content": [{"type": "text", "text": json.dumps(result)}], "structuredContent": result, "isError": False}


def tool_error(text):
    return {"content": [{"type": "text", "text": text}], "isError": True}


def initialize(params):
    asked = params.get("protocolVersion")
    version = asked if asked in LEGACY else LEGACY[0]
    log("initialized", era="legacy", version=version)
    return {"protocolVersion": version, "capabilities": CAPABILITIES, "serverInfo": SERVER}


def discover(_params):
    return {"supportedVersions": MODERN, "capabilities": CAPABILITIES, "ttlMs": 60_000, "cacheScope": "public"}


def list_tools(_params):
    return {"tools": [TOOL], "ttlMs": 60_000, "cacheScope": "public"}


def call_tool(params):
    if params.get("name") != TOOL["name"]:
        raise RpcError(INVALID_PARAMS, f"Unknown tool: {params.get('name')}")
    arguments = params.get("arguments", {})
    if not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "arguments must be an object")
    return analyse(arguments)


LEGACY_METHODS = {
    "initialize": initialize,
    "ping": lambda _params: {},
    "tools/list": list_tools,
    "tools/call": call_tool,
}
MODERN_METHODS = {"server/discover": discover, "tools/list": list_tools, "tools/call": call_tool}


def answer(method, params):
    """The result of one request, in the era it was asked in."""
    meta = params.get("_meta")
    version = meta.get(META + "protocolVersion") if isinstance(meta, dict) else None
    is_modern = version is not None
    if is_modern and version not in MODERN:
        raise RpcError(UNSUPPORTED_VERSION, "Unsupported protocol version", {"supported": MODERN, "requested": version})
    handler = (MODERN_METHODS if is_modern else LEGACY_METHODS).get(str(method))
    if handler is None:
        raise RpcError(METHOD_NOT_FOUND, f"Method not found: {method}")
    result = handler(params)
    if is_modern:
        result = {"resultType": "complete", **result, "_meta": {META + "serverInfo": SERVER}}
    return result


def handle(line):
    """One line in, one message out; None for a notification or a reply, which want no answer."""
    try:
        message = json.loads(line)
    except ValueError:
        return {"jsonrpc": "2.0", "id": None, "error": RpcError(PARSE_ERROR, "Not JSON").body}
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return {"jsonrpc": "2.0", "id": None, "error": RpcError(INVALID_REQUEST, "Not a JSON-RPC 2.0 message").body}
    if "id" not in message or "method" not in message:
        return None
    params = message.get("params") or {}
    try:
        if not isinstance(params, dict):
            raise RpcError(INVALID_PARAMS, "params must be an object")
        return {"jsonrpc": "2.0", "id": message["id"], "result": answer(message["method"], params)}
    except RpcError as error:
        return {"jsonrpc": "2.0", "id": message["id"], "error": error.body}


def main():
    def stop(number, _frame):
        log("stopped", signal=signal.Signals(number).name)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log("ready", python=sys.version.split()[0])
    # readline, not iteration: iteration reads ahead and would delay the first answer.
    for line in iter(sys.stdin.readline, ""):
        reply = handle(line) if line.strip() else None
        if reply is not None:
            sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()
    log("stopped", reason="stdin-closed")


if __name__ == "__main__":
    main()
