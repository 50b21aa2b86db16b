import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';

const CONFIG = {
  subsystems: { billing: { domain: 'economy', heartbeat: { ttl: '10m' } } },
  history: { every: '50ms', flush: '50ms' },
};

interface Range {
  points: { mean: number }[];
  resolution: string;
}
const path = (metric: string, more = '') =>
  `/api/series/range?subject=billing&metric=${metric}&since=1h${more}`;

test('history: what was reported and scored is there over HTTP and on the command line, and after a restart', async () => {
  const own = await startDaemon(CONFIG);
  const client = own.client();
  const now = Date.now();
  for (const [index, latency] of [10, 20, 60].entries())
    await client.send('POST', '/api/heartbeats', {
      subsystem: 'billing',
      status: latency > 50 ? 'warn' : 'ok',
      metrics: { latency },
      at: now + index,
    });
  const raw = await client.get<Range>(path('latency'));
  expect(raw.resolution).toBe('raw');
  expect(raw.points.map(({ mean }) => mean)).toEqual([10, 20, 60]);
  const hourly = await client.get<Range>(path('latency', '&step=1d'));
  expect(hourly.points.reduce((sum, { mean }) => sum + mean, 0)).toBeGreaterThan(0);
  await own.until('a change of status', async () => {
    const status = await client.get<Range>(path('status', '&kind=status'));
    return status.points.at(-1)?.mean === 0.5;
  });
  const text = own.cli('history', 'billing', 'latency');
  expect(text.stdout).toMatch(/FROM +MEAN +LEAST +LARGEST +VALUES/);
  expect(text.status).toBe(0);
  const scores = JSON.parse(own.cli('history', 'economy', '--json').stdout) as Range & { metric: string };
  expect(scores.metric).toBe('score');
  expect(scores.points.length).toBeGreaterThan(0);
  await own.kill('SIGTERM');
  await own.up();
  const after = await own.client().get<Range>(path('latency'));
  expect(after.points).toEqual(raw.points);
});

test('history: kill -9 loses no reported metric and doubles none', async () => {
  const own = await startDaemon({ ...CONFIG, history: { flush: '200ms' } });
  const client = own.client();
  const given = Array.from({ length: 40 }, (_, index) => index);
  // All in the past: what is dated later than the question is not in its answer.
  const start = Date.now() - given.length * 10;
  for (const value of given)
    await client.send('POST', '/api/heartbeats', {
      subsystem: 'billing',
      status: 'ok',
      metrics: { value },
      at: start + value * 10,
    });
  await own.kill('SIGKILL');
  await own.up();
  const { points } = await own.client().get<Range>(path('value'));
  expect(points.map(({ mean }) => mean)).toEqual(given);
});

test('history: bad questions are refused by code, and figures are among the metrics', async () => {
  const own = await startDaemon(CONFIG);
  const { url, token } = own.access();
  const ask = async (query: string) => {
    const answer = await fetch(`${url}${query}`, { headers: { authorization: `Bearer ${token}` } });
    return [answer.status, ((await answer.json()) as { error?: { code: string } }).error?.code];
  };
  expect(await ask('/api/series/range?subject=billing&metric=nope')).toEqual([404, 'DN_CORE_SERIES_UNKNOWN']);
  expect(await ask('/api/series/range?subject=billing')).toEqual([400, 'DN_API_BAD_INPUT']);
  expect(await ask('/api/series/range?subject=infra&metric=score&kind=score&step=1ms&since=1d')).toEqual([
    400,
    'DN_CORE_SERIES_RANGE',
  ]);
  expect(await ask('/api/series?kind=colour')).toEqual([400, 'DN_API_BAD_INPUT']);
  expect(await ask('/api/series/range?subject=a&metric=b&from=yesterday')).toEqual([400, 'DN_API_BAD_INPUT']);
  const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(await metrics.text()).toMatch(/dreamnet_history_samples_total\{outcome="taken"\} \d+/);
});

test('anomalies: what was learnt of a metric survives a restart, so the next unusual value is told at once', async () => {
  const own = await startDaemon(CONFIG);
  const start = Date.now() - 400_000;
  const report = (index: number, latency: number) => ({
    subsystem: 'billing',
    status: 'ok',
    metrics: { latency },
    at: start + index * 1000,
  });
  const learnt = Array.from({ length: 150 }, (_, index) => report(index, 40 + (index % 7)));
  await own.client().send('POST', '/api/heartbeats', learnt);
  await own.kill('SIGTERM');
  await own.up();
  const ask = () =>
    own.client().get<{ anomalies: object[]; figures: object }>('/api/anomalies?subject=billing');
  // The series shows when it comes again.
  expect((await ask()).anomalies).toEqual([]);
  await own.client().send('POST', '/api/heartbeats', report(151, 400));
  const { anomalies, figures } = await ask();
  expect(anomalies).toMatchObject([
    { metric: 'latency', value: 400, isLearning: false, lastTold: { value: 400 } },
  ]);
  expect(figures).toMatchObject({ resumed: 1, learning: 0 });
});
