import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../src/daemon/state-dir.js';
import { type ReportServer, startReportServer } from './report-server.js';

const CALLERS: Readonly<Record<string, Caller>> = {
  boss: { role: 'agent', agent: 'boss' },
  viewer: { role: 'viewer' },
  operator: { role: 'operator' },
  admin: { role: 'admin' },
};
let server: ReportServer;
beforeEach(async () => {
  server = await startReportServer((token) => CALLERS[token]);
});
afterEach(() => server.close());

async function post(token: string, path: string, body: unknown, type = 'application/json') {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type };
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
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
    expect(server.taken).toEqual([]);
    for (const token of ['boss', 'operator', 'admin'])
      expect(await post(token, path, body, type), token).toBeLessThan(300);
  });
