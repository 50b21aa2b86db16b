import type { HealthReport } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createRig } from './support.js';

/** As a caller without types may call it. */
function send(engine: ReturnType<typeof createRig>['engine'], report: unknown): unknown {
  return engine.heartbeat(report as HealthReport);
}

const BAD: readonly [string, unknown][] = [
  ['subsystem', undefined],
  ['subsystem', null],
  ['subsystem', 'feed'],
  ['subsystem', { status: 'ok' }],
  ['subsystem', { subsystem: 7, status: 'ok' }],
  ['status', { subsystem: 'feed' }],
  ['status', { subsystem: 'feed', status: 'fine' }],
  ['status', { subsystem: 'feed', status: 'x'.repeat(1_000_000) }],
  ['details', { subsystem: 'feed', status: 'ok', details: 7 }],
  ['details', { subsystem: 'feed', status: 'ok', details: 'x'.repeat(10_000_000) }],
  ['at', { subsystem: 'feed', status: 'ok', at: Number.NaN }],
  ['at', { subsystem: 'feed', status: 'ok', at: '2026-01-01' }],
  ['seq', { subsystem: 'feed', status: 'ok', seq: Number.POSITIVE_INFINITY }],
  ['seq', { subsystem: 'feed', status: 'ok', seq: '9' }],
  ['seq', { subsystem: 'feed', status: 'ok', seq: 1.5 }],
  ['inFlight', { subsystem: 'feed', status: 'ok', inFlight: -1 }],
  ['progress', { subsystem: 'feed', status: 'ok', progress: Number.NaN }],
  ['ttlMs', { subsystem: 'feed', status: 'ok', ttlMs: 0 }],
  ['ttlMs', { subsystem: 'feed', status: 'ok', ttlMs: Number.POSITIVE_INFINITY }],
  ['ttlMs', { subsystem: 'feed', status: 'ok', ttlMs: 1e12 }],
  ['metrics', { subsystem: 'feed', status: 'ok', metrics: [1] }],
  ['metrics', { subsystem: 'feed', status: 'ok', metrics: 'a=1' }],
  ['openToolCall', { subsystem: 'feed', status: 'ok', openToolCall: { name: 7, startedAt: 1 } }],
  ['openToolCall', { subsystem: 'feed', status: 'ok', openToolCall: { name: 'x', startedAt: Number.NaN } }],
  ['calls[0].signature', { subsystem: 'feed', status: 'ok', calls: [{ signature: 7 }] }],
  [
    'calls[1].times',
    { subsystem: 'feed', status: 'ok', calls: [{ signature: 'a' }, { signature: 'b', times: -1 }] },
  ],
  ['calls[0]', { subsystem: 'feed', status: 'ok', calls: ['search'] }],
  ['calls', { subsystem: 'feed', status: 'ok', calls: 'search' }],
];

test('bad reports: each is refused with a code that names the field, and changes nothing', async () => {
  const { engine, clock } = createRig();
  engine.start();
  engine.register('feed', { manifest: { heartbeat: { ttlMs: 30_000 } } });
  engine.register('other', {});
  engine.heartbeat({ subsystem: 'feed', status: 'ok', seq: 5 });
  engine.heartbeat({ subsystem: 'feed', status: 'ok', seq: 6 });
  const before = engine.read('feed');
  for (const [field, report] of BAD) {
    expect(() => send(engine, report)).toThrow(
      expect.objectContaining({
        code: 'DN_CORE_REPORT_INVALID',
        message: expect.stringContaining(`'${field}'`),
      }),
    );
    expect(engine.read('feed')).toEqual(before);
  }
  expect(send(engine, { subsystem: 'feed', status: 'ok', seq: 7 })).toEqual({ accepted: true });
  expect(send(engine, { subsystem: 'other', status: 'ok' })).toEqual({ accepted: true });
  await clock.advance(10);
  engine.stop();
});

test('bad reports: the message of a huge value is short', () => {
  const { engine } = createRig();
  engine.register('feed', {});
  try {
    send(engine, { subsystem: 'feed', status: 'x'.repeat(1_000_000) });
    expect.unreachable();
  } catch (thrown) {
    expect((thrown as Error).message.length).toBeLessThan(300);
  }
});

test('bad reports: for names nobody has, prototype names and control characters among them, is counted', () => {
  const { engine } = createRig();
  for (const name of ['__proto__', 'constructor', 'a\u0000b', '', 'x'.repeat(1_000_000)])
    expect(send(engine, { subsystem: name, status: 'ok' })).toEqual({
      accepted: false,
      because: 'unknown_subsystem',
    });
  expect(engine.refused().unknown_subsystem).toBe(5);
});

test('bad reports: a subsystem may be called like a property of every object', () => {
  const { engine } = createRig();
  for (const name of ['__proto__', 'constructor', 'toString']) {
    engine.register(name, {});
    engine.heartbeat({ subsystem: name, status: 'ok' });
    expect(engine.read(name)?.status).toBe('ok');
  }
  expect(engine.summaries().map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
  expect(() => engine.register(7 as unknown as string, {})).toThrow(
    expect.objectContaining({ code: 'DN_CORE_SUBSYSTEM_NAME' }),
  );
});

test('bad reports: one whose own code throws gives that back to its sender, and counts in no part', async () => {
  const { engine, clock } = createRig();
  engine.start();
  engine.register('feed', { manifest: { domain: 'infra' } });
  send(engine, { subsystem: 'feed', status: 'ok', metrics: { depth: 1 } });
  await clock.advance(1_000);
  const before = JSON.stringify(engine.subsystem('feed'));
  const boom = () => {
    throw new RangeError('boom');
  };
  const trap = new Proxy({}, { ownKeys: boom, get: boom, getOwnPropertyDescriptor: boom });
  const bad = { subsystem: 'feed', status: 'error', metrics: { depth: 2 } };
  const getter = (name: string) => Object.defineProperty({ ...bad }, name, { enumerable: true, get: boom });
  const hostile = [
    ...['subsystem', 'status', 'details', 'metrics', 'at', 'seq', 'inFlight', 'ttlMs', 'calls'].map(getter),
    trap,
    { ...bad, metrics: trap },
    { ...bad, metrics: Object.defineProperty({ a: 1 }, 'depth', { enumerable: true, get: boom }) },
  ];
  for (const report of hostile) expect(() => send(engine, report)).toThrow('boom');
  expect(JSON.stringify(engine.subsystem('feed'))).toBe(before);
  expect(send(engine, { subsystem: 'feed', status: 'error', metrics: { depth: 3 } })).toEqual({
    accepted: true,
  });
});

test('bad reports: metrics that are no numbers, or named like what every object has, harm nobody', () => {
  const { engine } = createRig();
  engine.start();
  engine.register('feed', { manifest: { domain: 'infra' } });
  const cyclic: Record<string, unknown> = {};
  cyclic.itself = cyclic;
  const named = JSON.parse('{"__proto__":1,"constructor":2,"toString":3}') as unknown;
  for (const metrics of [cyclic, { big: 10n }, named, Object.freeze({ depth: 1 }), { symbol: Symbol('x') }])
    expect(send(engine, Object.freeze({ subsystem: 'feed', status: 'ok', metrics }))).toMatchObject({
      accepted: true,
    });
  expect(send(engine, { subsystem: '__proto__', status: 'error' })).toMatchObject({ accepted: false });
  expect(Object.keys(Object.prototype)).toEqual([]);
});
