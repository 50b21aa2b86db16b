// A small HTTP service for the demo that needs a secret and refuses to run without it.
import { createServer } from 'node:http';

const { PORT, MAIL_TOKEN } = process.env;
if (!MAIL_TOKEN) {
  process.stderr.write('mailer: MAIL_TOKEN is not set\n');
  process.exit(1);
}
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ status: 'ok', hasToken: true }));
});
server.on('error', (error) => {
  process.stderr.write(`mailer: ${error.message}\n`);
  process.exit(1);
});
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`mailer: listening on ${PORT}\n`));
process.on('SIGTERM', () => process.exit(0));
