import { expect, test } from 'vitest';
import { agentProbeSchema, probeSchema } from '../../src/probes/probe-schema.js';

function problems(entry: unknown): string[] {
  const { error } = probeSchema.safeParse(entry);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

const GOOD: readonly Record<string, unknown>[] = [
  { http: 'http://127.0.0.1:1/x', expect: { status: [200, 204], body: 'ok' } },
  { tcp: '127.0.0.1:80' },
  { tcp: '[::1]:80' },
  { exec: ['true'], expect: { exitCode: 3, output: 'fine' } },
  { process: { name: 'nginx' } },
  { process: { pidFile: 'run/nginx.pid' } },
  { process: { port: 80 } },
  { mcp: { url: 'http://127.0.0.1:1/mcp' } },
  { mcp: { command: ['node', 'server.mjs'] } },
  { a2a: 'http://127.0.0.1:1' },
  { acp: ['agent', '--acp'] },
  {
    prometheus: { url: 'http://127.0.0.1:1/metrics', metrics: { q: 'app_q{queue="a"}' }, up: 'app_up == 1' },
  },
];

test('probe schema: every kind is accepted, for subsystems with its schedule', () => {
  for (const entry of GOOD) {
    expect([entry, problems(entry)]).toEqual([entry, []]);
    expect(agentProbeSchema.safeParse(entry).success).toBe(true);
  }
  expect(probeSchema.parse({ tcp: 'a:1' })).toMatchObject({ every: 5000, timeout: 2000, rise: 1, fall: 2 });
});

test('probe schema: none, two and unknown kinds are refused in words that name all kinds', () => {
  const all = 'http, tcp, exec, process, mcp, a2a, acp, prometheus';
  expect(problems({})).toEqual([`: expected exactly one of ${all}`]);
  expect(problems({ tcp: 'a:1', exec: ['true'] })).toEqual([`: expected exactly one of ${all}`]);
  expect(problems({ ping: 'a' }).join()).toContain('ping');
  expect(agentProbeSchema.safeParse({ tcp: 'a:1', every: '1s' }).success).toBe(false);
});

test('probe schema: what a kind cannot expect is refused by name', () => {
  expect(problems({ tcp: 'a:1', expect: { body: 'x' } })).toEqual([
    'expect.body: a probe of kind tcp has no body to expect',
  ]);
  expect(problems({ exec: ['true'], expect: { status: 200 } })).toHaveLength(1);
});

test('probe schema: addresses, ports, commands and selectors are checked when the file is read', () => {
  for (const entry of [
    { http: 'ftp://a' },
    { tcp: 'a' },
    { tcp: 'a:0' },
    { tcp: 'a:99999' },
    { exec: [] },
    { exec: ['a\u0000b'] },
    { process: { port: 0 } },
    { process: { name: 'a', port: 1 } },
    { mcp: {} },
    { prometheus: { url: 'http://a', metrics: { q: '5up' } } },
    { prometheus: { url: 'http://a', metrics: { q: 'up{a=b}' } } },
    { prometheus: { url: 'http://a', up: 'app_up = 1' } },
    { prometheus: { url: 'http://a', up: 'app_up == one' } },
  ])
    expect([entry, problems(entry).length > 0]).toEqual([entry, true]);
});
