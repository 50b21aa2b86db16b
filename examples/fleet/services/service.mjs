// What the Node programs of this fleet share: one log line per event, a port from the command line, a clean start and end.

/** One line per event on standard output: `ledger listening port=7801`. */
export function createLog(name) {
  return (event, fields = {}) => {
    const words = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`);
    process.stdout.write(`${name} ${event}${words.join('')}\n`);
  };
}

/** Ends a bad start: says what was wrong, exit code 1. */
export function refuse(log, because) {
  log('refused-to-start', { because });
  process.exit(1);
}

/** The word after an option, e.g. `--data FILE`. */
export function optionValue(argv, option) {
  const at = argv.indexOf(option);
  return at === -1 ? undefined : argv[at + 1];
}

/** The port: `--port N` before the environment before the default. */
export function portFrom(argv, fromEnvironment, fallback) {
  const written = optionValue(argv, '--port') ?? fromEnvironment ?? String(fallback);
  const port = Number(written);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  process.stderr.write(`port '${written}' is not a number from 1 to 65535\n`);
  process.exit(1);
}

/** Runs `end` once on SIGTERM or SIGINT. */
export function onStop(end) {
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => end(signal));
}

/** The JSON body of a request, up to 64 KiB. */
export async function readJson(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 65_536) throw new SyntaxError('the body is longer than 64 KiB');
  }
  return JSON.parse(text);
}

/** Listens on 127.0.0.1 with an `http.Server` or an express app; ends cleanly on SIGTERM. */
export function serve(app, { port, log, onClosed }) {
  const server = app.listen(port, '127.0.0.1');
  server.on('listening', () => log('listening', { port, pid: process.pid }));
  server.on('error', (error) => {
    refuse(
      log,
      error.code === 'EADDRINUSE'
        ? `port ${port} is already in use; pass another with --port`
        : error.message,
    );
  });
  onStop((signal) => {
    log('stopping', { signal });
    server.close(() => {
      onClosed?.();
      process.exit(0);
    });
    server.closeIdleConnections();
    // A client that keeps its connection busy must not keep us from ending.
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}
