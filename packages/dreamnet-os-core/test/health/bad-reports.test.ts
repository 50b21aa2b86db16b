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
  ['metrics', { subsystem: 'feed', status: 'ok', metrics: [1] }],
  ['metrics', { subsystem: 'feed', status: 'ok', metrics: 'a=1' }],
  ['openToolCall', { subsystem: 'feed', status: 'ok', openToolCall: { name: 7, startedAt: 1 } }],
  ['openToolCall', { subsystem: 'feed', status: 'ok', openToolCall: { name: 'x', startedAt: Number.NaN } }],
  ['calls', { subsystem: 'feed', status: 'ok', calls: [{ signature: 7 }] }],
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
