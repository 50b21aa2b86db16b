import type { HealthReport } from '@dreamnet/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRig } from './support.js';

const word = fc.constantFrom('ok', 'ok', 'ok', 'warn', 'error', 'unknown');
const step = fc.record({
  afterMs: fc.constantFrom(0, 10, 1000, 1000, 4000, 20_000),
  report: fc.record(
    {
      status: word,
      details: fc.constantFrom('fine', 'slow'),
      seq: fc.integer({ min: 0, max: 30 }),
      lagMs: fc.constantFrom(0, 0, 0, -4000, 10_000, -3_700_000, 3_700_000),
      inFlight: fc.constantFrom(0, 1),
      metric: fc.constantFrom(1, 50, Number.NaN),
      ttlMs: fc.constantFrom(5000, 30_000),
      isIrregular: fc.boolean(),
    },
    { requiredKeys: ['status'] },
  ),
});

function toReport(given: Record<string, unknown>, now: number): HealthReport {
  const { lagMs, metric, ...rest } = given as { lagMs?: number; metric?: number; status: 'ok' };
  return {
    subsystem: 'feed',
    ...rest,
    ...(lagMs === undefined ? {} : { at: now - lagMs }),
    ...(metric === undefined ? {} : { metrics: { queue: metric } }),
  };
}

test('repeated heartbeats: the short way decides and shows exactly what the long way does', async () => {
  const manifest = { indicators: [{ metric: 'queue', factor: 'performance', good: 0, bad: 100 }] } as const;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const short = createRig();
      const long = createRig();
      short.engine.register('feed', { manifest });
      // One that could have an identity always goes the long way.
      long.engine.register('feed', { manifest, identity: () => undefined });
      for (const { engine } of [short, long]) engine.start();
      for (const { afterMs, report } of steps) {
        await Promise.all([short.clock.advance(afterMs), long.clock.advance(afterMs)]);
        const given = toReport(report, short.clock.now());
        expect(short.engine.heartbeat(given)).toEqual(long.engine.heartbeat(given));
        expect(short.engine.read('feed')).toEqual(long.engine.read('feed'));
        expect(short.engine.summaries()).toEqual(long.engine.summaries());
        expect(short.engine.explain('infra')).toEqual(long.engine.explain('infra'));
      }
      expect(short.engine.refused()).toEqual(long.engine.refused());
      expect(short.events).toEqual(long.events);
      for (const { engine } of [short, long]) engine.stop();
    }),
    { numRuns: 40 },
  );
});

test('repeated heartbeats: who reports after whom is only a guess, whatever comes and goes between', () => {
  const { engine } = createRig();
  const names = Array.from({ length: 6 }, (_, index) => `s${index}`);
  for (const name of names) engine.register(name, {});
  let seq = 0;
  const beat = (name: string, status: 'ok' | 'warn' = 'ok') => {
    seq += 1;
    return engine.heartbeat({ subsystem: name, status, seq }).accepted;
  };
  for (let round = 0; round < 3; round += 1) for (const name of names) expect(beat(name)).toBe(true);
  engine.unregister('s3');
  beat('s2');
  expect(beat('s3')).toBe(false);
  engine.register('s3', {});
  beat('s2');
  expect(beat('s3', 'warn')).toBe(true);
  expect(beat('s5')).toBe(true);
  expect(engine.read('s3')?.status).toBe('warn');
  expect(engine.read('s4')?.status).toBe('ok');
});

test('repeated heartbeats: a name that comes back begins with nothing of the one before', async () => {
  const { engine, clock } = createRig();
  engine.start();
  engine.register('a', {});
  for (let seq = 1; seq <= 20; seq += 1) {
    engine.heartbeat({ subsystem: 'a', status: 'ok', seq, ttlMs: 5000 });
    await clock.advance(100);
  }
  engine.unregister('a');
  engine.register('b', {});
  expect(engine.read('b')).toMatchObject({ status: 'unknown', lastUpdatedAt: null });
  expect(engine.heartbeat({ subsystem: 'b', status: 'ok', seq: 1 })).toEqual({ accepted: true });
  await clock.advance(30_000);
  expect(engine.read('b')?.status).toBe('ok');
  engine.stop();
});
