import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';

const CONFIG = {
  ingest: { rate: 1_000_000 },
  subsystems: { lines: { heartbeat: { ttl: '10m' } }, posts: { heartbeat: { ttl: '10m' } } },
};
const LINES_A_WRITE = 200;
const ENOUGH = 5000;

/** The n-th report of a sender: its number is its metric, and its time tells it from all others. */
const report = (subsystem: string, n: number, startAt: number) =>
  JSON.stringify({ subsystem, status: 'ok', metrics: { n }, at: startAt + n });

/** Writes lines without end. @returns how many were acknowledged so far */
function writeLines(path: string, startAt: number): () => number {
  let next = 0;
  let acked = 0;
  let text = '';
  const socket = connect(path);
  const pump = (): void => {
    const lines = Array.from({ length: LINES_A_WRITE }, () => report('lines', next++, startAt));
    if (socket.write(`${lines.join('\n')}\n`)) setImmediate(pump);
    else socket.once('drain', pump);
  };
  socket.on('connect', pump);
  socket.on('data', (part) => {
    text += part;
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    text = text.slice(whole.length);
    for (const line of whole.split('\n').slice(0, -1)) acked = (JSON.parse(line) as { acked: number }).acked;
  });
  // The daemon is killed while this writes.
  socket.on('error', () => socket.destroy());
  return () => acked;
}

/** Posts one report after another until the daemon is gone. @returns how many were acknowledged so far */
function postReports({ url, token }: { url: string; token: string }, startAt: number): () => number {
  let acked = 0;
  const post = async (): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const answer = await fetch(`${url}/api/heartbeats`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: report('posts', n, startAt),
      });
      if (answer.status !== 202) throw new TypeError(await answer.text());
      acked = n + 1;
    }
  };
  post().catch(() => undefined);
  return () => acked;
}

test('reports: every one that was acknowledged is there again after kill -9 in the middle of writing', async () => {
  const own = await startDaemon(CONFIG);
  const startAt = Date.now() - 600_000;
  const linesAcked = writeLines(join(own.stateDir, 'ingest.sock'), startAt);
  const postsAcked = postReports(own.access(), startAt);
  await own.until('acknowledgements', () => linesAcked() >= ENOUGH && postsAcked() >= 20);
  await own.kill('SIGKILL');
  const acked = { lines: linesAcked(), posts: postsAcked() };
  await own.up();
  for (const [subject, count] of Object.entries(acked)) {
    const { points } = await own
      .client()
      .get<{ points: { at: number; mean: number }[] }>(
        `/api/series/range?subject=${subject}&metric=n&from=${startAt}&to=${startAt + count}`,
      );
    expect(points.map(({ mean }) => mean)).toEqual(Array.from({ length: count }, (_, n) => n));
  }
  // Old news: nobody reported to this daemon.
  const { subsystems } = await own
    .client()
    .get<{ subsystems: { name: string; status: string; axes: { liveness: { state: string } } }[] }>(
      '/api/subsystems',
    );
  expect(subsystems.map(({ name, status, axes }) => [name, status, axes.liveness.state])).toEqual([
    ['lines', 'unknown', 'unknown'],
    ['posts', 'unknown', 'unknown'],
  ]);
});
