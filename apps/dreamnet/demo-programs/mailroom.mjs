// A small HTTP service for the demo. While the file MUTE_FILE exists it does what a wedged service does: it accepts
// connections and never answers. A new process takes the file away at its start, as a restart clears a wedge.
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT, MUTE_FILE } = process.env;
rmSync(MUTE_FILE, { force: true });
const server = createServer((request, response) => {
  if (existsSync(MUTE_FILE)) return;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ status: 'ok', asked: request.url }));
});
server.on('error', (error) => {
  process.stderr.write(`mailroom: ${error.message}\n`);
  process.exit(1);
});
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`mailroom: listening on ${PORT}\n`));
process.on('SIGTERM', () => process.exit(0));
