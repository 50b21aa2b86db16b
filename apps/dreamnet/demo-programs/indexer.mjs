// A small HTTP service for the demo that cannot start while its index file is broken: the classic crash loop.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT, INDEX_FILE } = process.env;
const index = JSON.parse(readFileSync(INDEX_FILE, 'utf8'));
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ status: 'ok', entries: Object.keys(index).length }));
});
server.on('error', (error) => {
  process.stderr.write(`indexer: ${error.message}\n`);
  process.exit(1);
});
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`indexer: listening on ${PORT}\n`));
process.on('SIGTERM', () => process.exit(0));
