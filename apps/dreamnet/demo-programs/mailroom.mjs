// A small HTTP service for the demo, which can be wedged.
import './wedge.mjs';
import { createServer } from 'node:http';

const { PORT } = process.env;
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ status: 'ok', asked: request.url }));
});
server.on('error', (error) => {
  process.stderr.write(`mailroom: ${error.message}\n`);
  process.exit(1);
});
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`mailroom: listening on ${PORT}\n`));
process.on('SIGTERM', () => process.exit(0));
