import { systemClock } from '@dreamnet/kit';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../src/daemon/state-dir.js';
import { addHeartbeatRoutes } from '../../src/http/routes-heartbeats.js';
import { addOtlpRoutes } from '../../src/http/routes-otlp.js';
import { createServer } from '../../src/http/server.js';
import { createNameBook } from '../../src/ingest/name-book.js';
import { createOtlpIntake } from '../../src/ingest/otlp/otlp-intake.js';
import { createOtlpServices } from '../../src/ingest/otlp/otlp-services.js';
import { PlainReportReader } from '../../src/ingest/plain-report.js';
import { createRateLimit } from '../../src/ingest/rate-limit.js';
import { createReportDesk } from '../../src/ingest/report-desk.js';

const CALLERS: Readonly<Record<string, Caller>> = {
  boss: { role: 'agent', agent: 'boss' },
  viewer: { role: 'viewer' },
  operator: { role: 'operator' },
  admin: { role: 'admin' },
};
const clock = systemClock();
let server: FastifyInstance;
let url: string;
let taken: string[];

beforeEach(async () => {
  taken = [];
  const heartbeat = ({ subsystem }: { subsystem: string }) => {
    taken.push(subsystem);
    return { accepted: true } as const;
  };
  const desk = createReportDesk({ heartbeat, rate: createRateLimit(clock, 1000) });
  const journal = { keep: async () => undefined };
  const services = createOtlpServices({
    clock,
    isWatched: () => true,
    hasOwnTtl: () => false,
    watch: () => undefined,
    settings: { autoWatch: true, limit: 10 },
  });
  const reports = { clock, desk, reader: new PlainReportReader(createNameBook()), journal };
  server = await createServer({
    identify: (token) => CALLERS[token],
    consoleDir: '',
    version: '0',
    allowedHosts: ['127.0.0.1'],
    reports,
    register: (app) => {
      addHeartbeatRoutes(app, reports);
      addOtlpRoutes(app, createOtlpIntake({ ...reports, services }));
    },
  });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => server.close());

async function post(token: string, path: string, body: unknown, type = 'application/json') {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.arrayBuffer();
  return answer.status;
}

const SICK = { subsystem: 'boss', status: 'error' };
const SPANS = {
  resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'boss' } }] } }],
};

/** Each way in: the short one for plain reports, the route for others, both spellings, and OTLP. */
const WAYS = [
  { way: 'a plain report', path: '/api/heartbeats', body: SICK },
  { way: 'a report by the other spelling', path: '/api/heartbeat', body: SICK },
  { way: 'a list of reports', path: '/api/heartbeats', body: [SICK] },
  { way: 'a report a line', path: '/api/heartbeats', body: SICK, type: 'application/x-ndjson' },
  { way: 'spans by OTLP', path: '/v1/traces', body: SPANS },
  { way: 'metrics by OTLP', path: '/otlp/v1/metrics', body: { resourceMetrics: [] } },
];

for (const { way, path, body, type } of WAYS)
  test(`roles: ${way} is taken from an agent, an operator and an admin, not from a viewer`, async () => {
    expect(await post('viewer', path, body, type)).toBe(403);
    expect(taken).toEqual([]);
    for (const token of ['boss', 'operator', 'admin'])
      expect(await post(token, path, body, type), token).toBeLessThan(300);
  });
