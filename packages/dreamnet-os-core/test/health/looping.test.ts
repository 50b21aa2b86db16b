import type { ReportedCall } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createRig } from './support.js';

function createAgent(manifest = {}) {
  const rig = createRig();
  rig.engine.start();
  rig.engine.register('agent', { manifest });
  let seq = 0;
  const report = (calls: readonly ReportedCall[]) => {
    seq += 1;
    rig.engine.heartbeat({ subsystem: 'agent', status: 'ok', seq, inFlight: 1, calls });
  };
  const progress = () => rig.engine.read('agent')?.axes.progress;
  return { ...rig, report, progress };
}

const call = (signature: string, times?: number): ReportedCall =>
  times === undefined ? { signature } : { signature, times };

test('looping: the same call ten times in a row is a loop, nine are none', async () => {
  const { clock, report, progress, engine } = createAgent();
  for (let count = 0; count < 9; count += 1) {
    report([call('search {"q":"x"}')]);
    await clock.advance(1000);
  }
  expect(progress()?.state).toBe('moving');
  report([call('search {"q":"x"}')]);
  expect(progress()?.state).toBe('looping');
  expect(progress()?.reason).toContain('the same call 10 times in a row within 9 s: search {"q":"x"}');
  expect(progress()?.evidence).toEqual({
    calls: ['search {"q":"x"}'],
    times: 10,
    since: clock.now() - 9000,
  });
  expect(engine.read('agent')).toMatchObject({ status: 'warn', rule: 'looping' });
});

test('looping: another call ends the loop at once', () => {
  const { report, progress } = createAgent();
  report([call('read a', 40)]);
  expect(progress()?.state).toBe('looping');
  report([call('read b')]);
  expect(progress()?.state).toBe('moving');
});

test('looping: a round of two or three calls over and over is a loop too', () => {
  const two = createAgent();
  for (let count = 0; count < 10; count += 1) two.report([call('edit'), call('test')]);
  expect(two.progress()).toMatchObject({
    state: 'looping',
    evidence: { calls: ['edit', 'test'], times: 10 },
  });
  const three = createAgent();
  for (let count = 0; count < 9; count += 1) three.report([call('a'), call('b'), call('c')]);
  expect(three.progress()?.state).toBe('moving');
  three.report([call('a'), call('b'), call('c')]);
  expect(three.progress()?.state).toBe('looping');
});

test('looping: different calls are none, however many', () => {
  const { report, progress } = createAgent();
  for (let count = 0; count < 200; count += 1) report([call(`read ${count % 4}`)]);
  expect(progress()?.state).toBe('moving');
});

test('looping: one that makes no more calls for as long as a stall takes has left its loop', async () => {
  const { clock, report, progress } = createAgent({ stallAfterMs: 60_000 });
  report([call('a', 10)]);
  await clock.advance(59_000);
  expect(progress()?.state).toBe('looping');
  await clock.advance(3000);
  expect(progress()?.state).not.toBe('looping');
});

test('looping: how many times is the manifest’s word, 0 never', () => {
  const early = createAgent({ loopAfter: 3 });
  early.report([call('a', 3)]);
  expect(early.progress()?.state).toBe('looping');
  const never = createAgent({ loopAfter: 0 });
  never.report([call('a', 1000)]);
  expect(never.progress()?.state).toBe('moving');
});

test('looping: long calls that differ only at their end are different calls, and are not kept whole', () => {
  const { report, progress } = createAgent();
  const long = 'x'.repeat(100_000);
  for (let count = 0; count < 20; count += 1) report([call(`${long}${count}`)]);
  expect(progress()?.state).toBe('moving');
  report([call(long, 10)]);
  expect(progress()?.state).toBe('looping');
  expect(JSON.stringify(progress()).length).toBeLessThan(1000);
});
