import type { CarriedCalls } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createPatient, createRig } from './support.js';

const SCHEDULE = { everyMs: 2000, timeoutMs: 1000, rise: 1, fall: 2 };
const NONE: CarriedCalls = { open: [] };

/** An agent that answers its probe, and what somebody who carries calls to it would tell. */
async function rigWith(stallAfterMs = 60_000) {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  const calls: { startedMs: number; untilMs: number }[] = [];
  const told = { calls: NONE };
  const carriedCalls = (): CarriedCalls => {
    const nowMs = rig.clock.monotonic();
    const open = calls.map(({ startedMs, untilMs }) => ({
      ageMs: nowMs - startedMs,
      leftMs: untilMs - nowMs,
    }));
    return { ...told.calls, open };
  };
  const manifest = { stallAfterMs };
  rig.engine.register('agent', { ...subsystem, carriedCalls, probeSchedule: SCHEDULE, manifest });
  const alive = { subsystem: 'agent', state: 'alive', reason: 'started', at: rig.clock.now() } as const;
  rig.engine.signal({ ...alive, identity: '1:1' });
  rig.engine.start();
  await rig.clock.advance(300);
  const begin = (forMs: number) => {
    const startedMs = rig.clock.monotonic();
    calls.push({ startedMs, untilMs: startedMs + forMs });
  };
  return { ...rig, patient, calls, told, begin };
}

test('carried calls: one that works on a call and answers nothing else is busy until the call must be over', async () => {
  const { engine, clock, patient, begin } = await rigWith();
  begin(20_000);
  patient.mode = 'hangs';
  await clock.advance(15_000);
  expect(engine.read('agent')).toMatchObject({ status: 'warn', rule: 'busy' });
  expect(engine.read('agent')?.reason).toMatch(
    /^busy, does not answer: it has been on a call for 15 s that may/,
  );
  expect(engine.isBusy('agent')).toBe(true);
  await clock.advance(6000);
  expect(engine.isBusy('agent')).toBe(false);
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'not_ready' });
  engine.stop();
});

test('carried calls: one that has just answered a call has its time to answer a question', async () => {
  const { engine, clock, patient, calls, told, begin } = await rigWith();
  const seen: string[] = [];
  engine.onChange(({ after }) => seen.push(after.status));
  begin(20_000);
  patient.mode = 'hangs';
  await clock.advance(10_000);
  calls.shift();
  const answeredMs = clock.monotonic();
  Object.defineProperty(told, 'calls', {
    get: () => ({ ...NONE, answeredAgoMs: clock.monotonic() - answeredMs }),
  });
  patient.mode = 'answers';
  await clock.advance(5000);
  expect(engine.read('agent')?.status).toBe('ok');
  expect(seen).not.toContain('error');
  engine.stop();
});

test('carried calls: those that came after it fell silent explain nothing', async () => {
  const { engine, clock, patient, begin } = await rigWith();
  patient.mode = 'hangs';
  await clock.advance(3500);
  begin(60_000);
  await clock.advance(3500);
  expect(engine.isBusy('agent')).toBe(false);
  expect(engine.read('agent')?.status).toBe('error');
  engine.stop();
});

test('carried calls: an answer to one of them explains the silence of the next', async () => {
  const { engine, clock, patient, calls, told, begin } = await rigWith();
  begin(20_000);
  patient.mode = 'hangs';
  await clock.advance(10_000);
  begin(30_000);
  await clock.advance(5000);
  calls.shift();
  const answeredMs = clock.monotonic();
  Object.defineProperty(told, 'calls', {
    get: () => ({ ...NONE, answeredAgoMs: clock.monotonic() - answeredMs }),
  });
  await clock.advance(15_000);
  expect(engine.isBusy('agent')).toBe(true);
  await clock.advance(11_000);
  expect(engine.isBusy('agent')).toBe(false);
  engine.stop();
});

test('carried calls: a stopped process is never busy with a call', async () => {
  const { engine, clock, patient, begin } = await rigWith();
  begin(60_000);
  patient.mode = 'hangs';
  const stopped = { state: 'suspended', reason: 'stopped', at: clock.now() } as const;
  engine.signal({ subsystem: 'agent', ...stopped, identity: '1:1' });
  await clock.advance(10_000);
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'suspended' });
  engine.stop();
});

test('carried calls: one that answers its probe and none of its calls for the stall time is stuck, until it answers one', async () => {
  const { engine, clock, told } = await rigWith(30_000);
  told.calls = { open: [], unanswered: { count: 3, forMs: 29_000, agoMs: 0 } };
  engine.lookAtCalls('agent');
  expect(engine.read('agent')?.status).toBe('ok');
  told.calls = { open: [], unanswered: { count: 4, forMs: 39_000, agoMs: 0 } };
  engine.lookAtCalls('agent');
  expect(engine.read('agent')).toMatchObject({
    status: 'error',
    rule: 'stuck',
    reason: 'it answers questions, but none of its last 4 calls, for 39 s, and nothing moved',
  });
  await clock.advance(300_000);
  expect(engine.read('agent')?.rule).toBe('stuck');
  told.calls = NONE;
  engine.lookAtCalls('agent');
  expect(engine.read('agent')?.status).toBe('ok');
  engine.stop();
});

test('carried calls: two that were left unanswered, however long, are not enough', async () => {
  const { engine, told } = await rigWith(30_000);
  told.calls = { open: [], unanswered: { count: 2, forMs: 600_000, agoMs: 0 } };
  engine.lookAtCalls('agent');
  expect(engine.read('agent')?.status).toBe('ok');
  engine.stop();
});

test('carried calls: one that works hard on what it does not answer is not stuck', async () => {
  const { engine, clock, patient, told } = await rigWith(10_000);
  patient.cpuShare = 0.9;
  told.calls = { open: [], unanswered: { count: 1, forMs: 5000, agoMs: 0 } };
  engine.lookAtCalls('agent');
  await clock.advance(2000);
  told.calls = { open: [], unanswered: { count: 5, forMs: 20_000, agoMs: 0 } };
  engine.lookAtCalls('agent');
  await clock.advance(2000);
  expect(engine.read('agent')).toMatchObject({ status: 'ok' });
  expect(engine.read('agent')?.axes.progress.state).toBe('moving');
  engine.stop();
});
