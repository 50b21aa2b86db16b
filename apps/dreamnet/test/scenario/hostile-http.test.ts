import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

let daemon: DaemonProcess;
beforeAll(async () => {
  daemon = prepareDaemon({
    agents: { a: { runtime: 'custom', command: ['sh', '-c', 'while :; do sleep 1; done'] } },
  });
  await daemon.up();
});
afterAll(() => daemon.remove());

interface Case {
  rule: string;
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
  status: number;
}

const CASES: readonly Case[] = [
  {
    rule: 'an alert verb that every object has as a property is none',
    method: 'POST',
    path: '/api/alerts/x/constructor',
    status: 404,
  },
  {
    rule: 'a pattern that is none is refused instead of streaming nothing',
    method: 'GET',
    path: '/api/events?once=true&pattern=a..b',
    status: 400,
  },
  {
    rule: 'a silence without a sensible end is refused',
    method: 'POST',
    path: '/api/silences',
    body: { subsystem: 'a', for: '99999999d' },
    status: 400,
  },
  {
    rule: 'a metric whose name could move a cursor is refused',
    method: 'POST',
    path: '/api/heartbeats',
    body: { subsystem: 'a', status: 'ok', metrics: { 'a\u001b[2J': 1 } },
    status: 400,
  },
  {
    rule: 'more metrics than a report holds are refused, with the limit',
    method: 'POST',
    path: '/api/heartbeats',
    body: {
      subsystem: 'a',
      status: 'ok',
      metrics: Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`m${index}`, 1])),
    },
    status: 400,
  },
];

for (const { rule, method, path, body, status } of CASES)
  test(`hostile HTTP: ${rule}`, async () => {
    const answer = await ask({ method, path, body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error.code).toMatch(/^DN_/);
  });

test('hostile HTTP: many calls on one connection leave nothing behind on it', async () => {
  const connection = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let count = 0; count < 30; count += 1)
    await ask({ method: 'POST', path: '/api/call', body: { capability: 'no.such' }, connection });
  connection.destroy();
  expect(daemon.log()).not.toContain('MaxListenersExceededWarning');
});

interface Question {
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
  connection?: Agent;
}

function ask({ method, path, body, connection }: Question): Promise<{ status: number; text: string }> {
  const { url, token } = daemon.access();
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, url), { method, headers, agent: connection }, (answer) => {
      let text = '';
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
