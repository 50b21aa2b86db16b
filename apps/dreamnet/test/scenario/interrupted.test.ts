import type { AlertView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const TTL_MS = 2_000;
const REPORT_EVERY_MS = 200;

const alertsOf = async (own: DaemonProcess, query = '') =>
  (await own.client().get<{ alerts: AlertView[] }>(`/api/alerts${query}`)).alerts;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('interrupted: a daemon that was stopped for longer than a ttl raises nothing when it goes on', async () => {
  const own = await startDaemon({
    subsystems: {
      lively: { heartbeat: { ttl: '2s' } },
      // Its next report is long in coming: what was missed while nobody listened is not its fault.
      slow: { heartbeat: { ttl: '2s' } },
    },
  });
  const client = own.client();
  const report = (subsystem: string) => client.send('POST', '/api/heartbeats', { subsystem, status: 'ok' });
  let isOver = false;
  const reporting = (async () => {
    while (!isOver) {
      await report('lively').catch(() => undefined);
      await wait(REPORT_EVERY_MS);
    }
  })();
  await report('slow');
  await wait(500);
  process.kill(own.pid(), 'SIGSTOP');
  await wait(2 * TTL_MS);
  process.kill(own.pid(), 'SIGCONT');
  await wait(TTL_MS / 2);
  await report('slow');
  await wait(TTL_MS / 2);
  const all = await alertsOf(own, '?state=recent');
  isOver = true;
  await reporting;
  expect(all.map(({ subsystem, message }) => `${subsystem}: ${message}`)).toEqual([]);
});

test('interrupted: no acknowledged decision, silence or report is lost by kill -9 in the middle of them', async () => {
  const names = Array.from({ length: 60 }, (_, n) => `s${n}`);
  const own = await startDaemon({
    subsystems: Object.fromEntries(names.map((name) => [name, { heartbeat: { ttl: '10m' } }])),
    ingest: { rate: 1_000_000 },
  });
  const client = own.client();
  for (const subsystem of names)
    await client.send('POST', '/api/heartbeats', { subsystem, status: 'error', details: 'broken' });
  const open = await own.until('the alerts', async () => {
    const found = (await alertsOf(own)).filter(({ state }) => state === 'active');
    return found.length >= names.length && found;
  });
  const acknowledged: string[] = [];
  const silenced: string[] = [];
  let reported = 0;
  const startAt = Date.now() - 600_000;
  const outcomes = Promise.allSettled([
    (async () => {
      for (const { id } of open) {
        await client.send('POST', `/api/alerts/${id}/acknowledge`, { why: 'seen' });
        acknowledged.push(id);
      }
    })(),
    (async () => {
      for (let n = 0; ; n += 1) {
        const { id } = await client.send<{ id: string }>('POST', '/api/silences', {
          matchers: [{ name: 'zone', value: `z${n}`, isRegex: false, isEqual: true }],
          ...{ startsAt: Date.now(), endsAt: Date.now() + 3_600_000, comment: 'work' },
        });
        silenced.push(id);
      }
    })(),
    (async () => {
      for (let n = 0; ; n += 1) {
        const body = { subsystem: 's0', status: 'error', metrics: { n }, at: startAt + n };
        await client.send('POST', '/api/heartbeats', body);
        reported = n + 1;
      }
    })(),
  ]);
  await own.until('some of each', () => acknowledged.length >= 15 && silenced.length >= 15 && reported >= 15);
  await own.kill('SIGKILL');
  await outcomes;
  expect(acknowledged.length).toBeLessThan(open.length);

  await own.up();
  const again = new Map((await alertsOf(own, '?state=recent')).map((alert) => [alert.id, alert]));
  expect(acknowledged.filter((id) => again.get(id)?.acknowledgedBy === undefined)).toEqual([]);
  const kept = await own.client().get<{ silences: { id: string }[] }>('/api/silences');
  const ids = new Set(kept.silences.map(({ id }) => id));
  expect(silenced.filter((id) => !ids.has(id))).toEqual([]);
  const { points } = await own
    .client()
    .get<{ points: { mean: number }[] }>(
      `/api/series/range?subject=s0&metric=n&from=${startAt}&to=${startAt + reported}`,
    );
  expect(points.map(({ mean }) => mean)).toEqual(Array.from({ length: reported }, (_, n) => n));
});
