import type { MetricAnomaly, Trend } from '@dreamnet/contracts';
import {
  type AnomalyFigures,
  createDreamNetOSCore,
  type DreamNetOSCoreFacade,
} from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addTrendRoutes } from '../../src/http/routes-trends.js';
import { createServer } from '../../src/http/server.js';

let app: FastifyInstance;
let core: DreamNetOSCoreFacade;

/** Half an hour of two subsystems, and one value in it that nobody expected. */
beforeEach(async () => {
  const clock = createFakeClock(Date.UTC(2026, 10, 21, 15));
  core = createDreamNetOSCore({ clock, policy: { default: 'off' } });
  for (const name of ['mail', 'web']) core.watch(name, {});
  await core.start();
  for (let count = 0; count < 180; count += 1) {
    const queue = count === 150 ? 900 : 10 + (count % 7);
    core.heartbeat({ subsystem: 'mail', status: 'ok', metrics: { queue } });
    core.heartbeat({ subsystem: 'web', status: 'ok', metrics: { disk: 50 + count / 6 } });
    await clock.advance(10_000);
  }
  app = await createServer({
    identify: () => ({ role: 'viewer' }),
    consoleDir: '/nonexistent',
    version: '0.0.0',
    allowedHosts: ['localhost'],
    register: (server) => addTrendRoutes(server, { core }),
  });
});

afterEach(async () => {
  await app.close();
  await core.stop();
});

async function get<T>(url: string): Promise<{ status: number; body: T }> {
  const answer = await app.inject({ url, headers: { host: 'localhost', authorization: 'Bearer look' } });
  return { status: answer.statusCode, body: answer.json() };
}

test('GET /api/trends: without a query scores and metrics; with one that metric, forecast at the level asked for', async () => {
  const all = (await get<{ trends: Trend[] }>('/api/trends')).body.trends;
  expect(all.map(({ subject, metric }) => [subject, metric])).toEqual(
    expect.arrayContaining([
      ['economy', undefined],
      ['mail', 'queue'],
      ['web', 'disk'],
    ]),
  );
  const { trends } = (await get<{ trends: Trend[] }>('/api/trends?subject=web&since=20m&level=100')).body;
  expect(trends).toMatchObject([{ subject: 'web', metric: 'disk', direction: 'rising', level: 100 }]);
  // One every minute; twenty minutes are left from 80 to 100.
  expect(trends[0]?.slopePerHour).toBeCloseTo(60, 6);
  expect(trends[0]?.crossesAt).toBeDefined();
  expect((await get<{ trends: Trend[] }>('/api/trends?subject=nobody')).body.trends).toEqual([]);
});

test('GET /api/trends: what is no duration or number is refused by name', async () => {
  for (const query of ['since=abc', 'since=-1h', 'level=', 'level=high']) {
    const { status, body } = await get<{ error: { code: string; message: string } }>(`/api/trends?${query}`);
    expect([status, body.error.code]).toEqual([400, 'DN_API_BAD_INPUT']);
    expect(body.error.message).toContain(query.slice(0, 5));
  }
});

test('GET /api/anomalies: what was unusual with its reason, by subject, and the counts', async () => {
  const { anomalies, figures } = (
    await get<{ anomalies: MetricAnomaly[]; figures: AnomalyFigures }>('/api/anomalies?subject=mail')
  ).body;
  expect(anomalies).toMatchObject([{ subsystem: 'mail', metric: 'queue', lastTold: { value: 900 } }]);
  expect(anomalies[0]?.lastTold?.score).toBeGreaterThan(0.9);
  expect(figures).toMatchObject({ series: 2, learning: 0, scored: 360, refused: 0 });
  expect((await get<{ anomalies: unknown[] }>('/api/anomalies?limit=1')).body.anomalies).toHaveLength(1);
});
