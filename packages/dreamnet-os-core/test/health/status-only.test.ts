import type { StatusAnswer } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createRig } from './support.js';

test('status: a synchronous answer is taken in the very call of evaluate, without start', () => {
  const { engine, clock } = createRig();
  engine.register('vault', { status: () => 'ok' });
  engine.register('shop', { status: () => ({ status: 'warn', details: 'slow' }) });
  engine.register('bank', { status: () => ({ status: 'error', details: 'closed' }) });
  engine.evaluate();
  expect(engine.summaries().map(({ name, status, details }) => [name, status, details])).toEqual([
    ['vault', 'ok', 'it says ok'],
    ['shop', 'warn', 'slow'],
    ['bank', 'error', 'closed'],
  ]);
  expect(clock.pendingTimers).toBe(0);
});

test('status: an asynchronous answer is taken when it comes, and settled waits for it', async () => {
  const { engine } = createRig();
  let answer: (status: StatusAnswer) => void = () => undefined;
  engine.register('vault', {
    status: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  engine.evaluate();
  expect(engine.read('vault')?.status).toBe('unknown');
  const settled = engine.settled();
  answer('warn');
  await settled;
  expect(engine.read('vault')?.status).toBe('warn');
});

test('status: an object without status() is unknown, never ok', () => {
  const { engine } = createRig();
  engine.register('thing', {});
  engine.evaluate();
  expect(engine.read('thing')).toMatchObject({ status: 'unknown', rule: 'nothing_known' });
});

test('status: one that throws is an error at once, in the words of what it threw', () => {
  const { engine } = createRig();
  engine.register('vault', {
    status: () => {
      throw new TypeError('no keys');
    },
  });
  engine.evaluate();
  expect(engine.read('vault')).toMatchObject({ status: 'error', reason: 'no keys' });
});

test('status: what an agent says before its first process was there is no failed answer', async () => {
  const { engine, clock } = createRig();
  let identity: string | undefined;
  const status = () => (identity === undefined ? 'error' : 'ok');
  engine.register('plain', { status, identity: () => identity });
  engine.start();
  await clock.advance(1000);
  identity = '1:1';
  engine.signal({ subsystem: 'plain', state: 'alive', identity, reason: 'process 1 runs', at: clock.now() });
  await clock.advance(60_000);
  const errors = () => engine.explain('infra').terms.find(({ factor }) => factor === 'errorRate');
  expect(errors()).toMatchObject({ value: 1, reason: expect.stringMatching(/^0 of the last \d+ answers/) });
  identity = undefined;
  await clock.advance(60_000);
  expect(errors()?.value).toBeLessThan(1);
  engine.stop();
});

test('status: an answer that is no status word is unknown', () => {
  const { engine } = createRig();
  engine.register('odd', { status: (() => 'splendid') as unknown as () => StatusAnswer });
  engine.evaluate();
  expect(engine.read('odd')?.status).toBe('unknown');
  expect(engine.read('odd')?.reason).toContain('not a status');
});

test('status: one that never answers is an error when its time is up', async () => {
  const { engine, clock } = createRig();
  engine.register('slow', { status: () => new Promise<StatusAnswer>(() => undefined) });
  engine.evaluate();
  await clock.advance(5000);
  expect(engine.read('slow')).toMatchObject({ status: 'error', rule: 'not_ready' });
  await expect(engine.settled()).resolves.toBeUndefined();
});

test('status: it says error while its counters move: that is an answer, not silence, so it is not busy', async () => {
  const { engine, clock } = createRig();
  engine.register('worker', {
    status: () => ({ status: 'error', details: 'broken' }),
    activity: () => ({ atMs: clock.monotonic(), cpuMs: clock.monotonic(), ioBytes: 0 }),
  });
  engine.start();
  await clock.advance(20_000);
  expect(engine.read('worker')).toMatchObject({ status: 'error', rule: 'told_error' });
  expect(engine.isBusy('worker')).toBe(false);
  engine.stop();
});

test('status: registering another object under a name asks the new one; the same object changes nothing', () => {
  const { engine } = createRig();
  const good = { status: () => 'ok' as const };
  engine.register('vault', good);
  engine.evaluate();
  engine.register('vault', good);
  expect(engine.read('vault')?.status).toBe('ok');
  engine.register('vault', { status: () => 'error' });
  engine.evaluate();
  expect(engine.read('vault')?.status).toBe('error');
});

test('status: an object that replaced another is asked in its place, the old one never again', async () => {
  const { engine, clock } = createRig();
  const asked = { old: 0, young: 0 };
  const probe = (who: keyof typeof asked) => async () => {
    asked[who] += 1;
    return { ok: true, reason: who };
  };
  engine.register('vault', { probe: probe('old') });
  engine.start();
  await clock.advance(3000);
  engine.register('vault', { probe: probe('young') });
  const before = asked.old;
  await clock.advance(20_000);
  expect(asked.old).toBe(before);
  expect(asked.young).toBeGreaterThanOrEqual(10);
  expect(asked.young).toBeLessThanOrEqual(11);
  engine.stop();
});

test('status: a name that cannot be shown is refused with a code', () => {
  const { engine } = createRig();
  for (const name of ['', 'a\nb', 'x'.repeat(201)])
    expect(() => engine.register(name, {})).toThrow(
      expect.objectContaining({ code: 'DN_CORE_SUBSYSTEM_NAME' }),
    );
});

test('status: a listener that throws does not keep the others from hearing', () => {
  const { engine } = createRig();
  const heard: string[] = [];
  engine.onChange(() => {
    throw new TypeError('mine');
  });
  engine.onChange(({ before, after }) => heard.push(`${before}->${after.status}`));
  engine.register('vault', { status: () => 'ok' });
  engine.evaluate();
  expect(heard).toEqual(['unknown->ok']);
  expect(engine.refused().listener_failed).toBe(1);
});
