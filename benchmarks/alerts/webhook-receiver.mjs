// A webhook receiver in the bench's own process: when (monotonic ms) each alert id was first told as firing.
import { createServer } from 'node:http';

export async function startReceiver() {
  const firing = new Map();
  const waiting = new Map();
  let posts = 0;
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const at = performance.now();
      posts += 1;
      response.end();
      for (const { status, labels } of JSON.parse(Buffer.concat(chunks)).alerts) {
        if (status !== 'firing' || firing.has(labels.id)) continue;
        firing.set(labels.id, at);
        waiting.get(labels.id)?.(at);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    firing,
    get posts() {
      return posts;
    },
    /** Resolves with the time at which the alert was told. */
    told: (id) =>
      new Promise((resolve) => (firing.has(id) ? resolve(firing.get(id)) : waiting.set(id, resolve))),
    reset: () => {
      firing.clear();
      waiting.clear();
      posts = 0;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
