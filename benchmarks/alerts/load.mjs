// Alerts as agents of a fleet would raise them, and the connections they are posted over.
import { Agent, createServer, request } from 'node:http';

const BATCH = 100;
const LANES = 4;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

export const anAlert = (id, over = {}) => ({
  labels: { alertname: 'AgentDown', severity: 'critical', id: String(id), node: `n${id % 50}` },
  annotations: { summary: `agent ${id} is down` },
  ...over,
});

export function call(method, server, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method, agent, headers },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks) }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

export async function post(server, alerts) {
  const { status, body } = await call('POST', server, '/api/v2/alerts', JSON.stringify(alerts));
  if (status !== 200) throw new Error(`refused with ${status}: ${body}`);
}

/** Posts alerts 0 to count - 1 in batches over four connections. */
export async function postMany(server, count, make = anAlert) {
  let next = 0;
  const lane = async () => {
    for (;;) {
      const first = next;
      next += BATCH;
      if (first >= count) return;
      const size = Math.min(BATCH, count - first);
      await post(
        server,
        Array.from({ length: size }, (_, offset) => make(first + offset)),
      );
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

const LISTING_PIECES = 64;
const PIECE = Buffer.alloc(128 * 1024, ' ');

/**
 * Posts to a server that takes everything and reads long lists from it: the bench's own code is compiled before the first
 * who is measured, else that one would pay for it.
 */
export async function warmUp() {
  const server = createServer((taken, answer) => {
    taken.resume().on('end', () => {
      if (taken.method === 'GET') for (let piece = 0; piece < LISTING_PIECES; piece += 1) answer.write(PIECE);
      answer.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = { port: server.address().port };
  await postMany(own, 20_000);
  for (let round = 0; round < 5; round += 1) await call('GET', own, '/api/v2/alerts');
  server.closeAllConnections();
  server.close();
}
