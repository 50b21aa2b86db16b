import { expect, test } from 'vitest';
import { createPatient, createRig } from './support.js';

const SCHEDULE = { everyMs: 2000, timeoutMs: 1000, rise: 1, fall: 2 };

async function rigWith(cpuShare: number, schedule = SCHEDULE) {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  rig.engine.register('agent', { ...subsystem, probeSchedule: schedule });
  const alive = { subsystem: 'agent', state: 'alive', reason: 'started', at: rig.clock.now() } as const;
  rig.engine.signal({ ...alive, identity: '1:1' });
  rig.engine.start();
  await rig.clock.advance(300);
  expect(rig.engine.read('agent')?.status).toBe('ok');
  const seen: string[] = [];
  rig.engine.onChange(({ after }) => seen.push(`${after.status}/${after.rule}`));
  patient.cpuShare = cpuShare;
  patient.mode = 'hangs';
  return { ...rig, patient, seen };
}

test('progress: silent but busy is a warning, never an error and never stuck, however long it takes', async () => {
  const { engine, clock, seen } = await rigWith(0.9);
  await clock.advance(300_000);
  expect(engine.read('agent')).toMatchObject({ status: 'warn', rule: 'busy' });
  expect(engine.isBusy('agent')).toBe(true);
  expect(seen.filter((word) => word.startsWith('error'))).toEqual([]);
  expect(engine.read('agent')?.axes.progress.state).toBe('moving');
  engine.stop();
});

test('progress: with fall 1 the verdict waits for the first sample window rather than call a busy agent broken', async () => {
  const { engine, clock, seen } = await rigWith(0.9, { everyMs: 300, timeoutMs: 100, rise: 1, fall: 1 });
  await clock.advance(3000);
  expect(seen.filter((word) => word.startsWith('error'))).toEqual([]);
  expect(engine.read('agent')?.rule).toBe('busy');
  engine.stop();
});

test('progress: when the busy agent answers again it is ok', async () => {
  const { engine, clock, patient } = await rigWith(0.9);
  await clock.advance(20_000);
  patient.mode = 'answers';
  patient.cpuShare = 0;
  await clock.advance(5000);
  expect(engine.read('agent')?.status).toBe('ok');
  expect(engine.read('agent')?.axes.progress.state).toBe('idle');
  engine.stop();
});

test('progress: a wedged agent whose CPU is only our own probes is not busy, and stuck after the stall time', async () => {
  const { engine, clock } = await rigWith(0.02);
  await clock.advance(5000);
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'not_ready' });
  expect(engine.isBusy('agent')).toBe(false);
  expect(engine.read('agent')?.axes.progress.state).toBe('unknown');
  await clock.advance(61_000);
  expect(engine.read('agent')?.axes.progress.state).toBe('stuck');
  engine.stop();
});

test('progress: an agent that was busy and then wedges loses the veto within three seconds', async () => {
  const { engine, clock, patient } = await rigWith(0.9);
  await clock.advance(10_000);
  patient.cpuShare = 0;
  await clock.advance(3000);
  expect(engine.isBusy('agent')).toBe(false);
  expect(engine.read('agent')?.status).toBe('error');
  engine.stop();
});

test('progress: an open tool call is work until its own deadline', async () => {
  const { engine, clock } = await rigWith(0);
  const openToolCall = { name: 'search', startedAt: clock.now(), deadlineMs: 20_000 };
  engine.heartbeat({ subsystem: 'agent', status: 'ok', seq: 1, openToolCall });
  await clock.advance(15_000);
  expect(engine.isBusy('agent')).toBe(true);
  await clock.advance(6000);
  expect(engine.isBusy('agent')).toBe(false);
  expect(engine.read('agent')?.status).toBe('error');
  engine.stop();
});

test('progress: a wall clock set forward does not end an open tool call', async () => {
  const { engine, clock } = await rigWith(0);
  const openToolCall = { name: 'search', startedAt: clock.now(), deadlineMs: 60_000 };
  engine.heartbeat({ subsystem: 'agent', status: 'ok', seq: 1, openToolCall });
  clock.jump(3_600_000);
  await clock.advance(15_000);
  expect(engine.isBusy('agent')).toBe(true);
  engine.stop();
});

test('progress: a dead process is never busy', async () => {
  const { engine, clock } = await rigWith(0.9);
  await clock.advance(10_000);
  engine.signal({ subsystem: 'agent', state: 'dead', reason: 'exit', at: clock.now(), identity: '1:1' });
  expect(engine.isBusy('agent')).toBe(false);
  engine.stop();
});

test('progress: counters of a quiet agent that answers are never read', async () => {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  rig.engine.register('agent', subsystem);
  rig.engine.start();
  await rig.clock.advance(60_000);
  expect(patient.probes).toBeGreaterThan(20);
  expect(patient.samples).toBe(0);
  rig.engine.stop();
});

test('progress: work in flight that does not move for the stall time is stuck, although it answers', async () => {
  const rig = createRig();
  const { subsystem } = createPatient(rig.clock);
  rig.engine.register('agent', { ...subsystem, manifest: { stallAfterMs: 30_000 } });
  rig.engine.start();
  const report = (seq: number, progress: number) =>
    rig.engine.heartbeat({ subsystem: 'agent', status: 'ok', seq, inFlight: 1, progress, ttlMs: 600_000 });
  report(1, 10);
  await rig.clock.advance(20_000);
  report(2, 11);
  await rig.clock.advance(29_000);
  expect(rig.engine.read('agent')?.status).toBe('ok');
  await rig.clock.advance(2000);
  expect(rig.engine.read('agent')).toMatchObject({ status: 'error', rule: 'stuck' });
  report(3, 12);
  expect(rig.engine.read('agent')?.status).toBe('ok');
  rig.engine.stop();
});

test('progress: without counters or a progress number nothing is called stuck', async () => {
  const rig = createRig();
  rig.engine.register('agent', { probe: async () => ({ ok: true, reason: 'yes' }) });
  rig.engine.start();
  rig.engine.heartbeat({ subsystem: 'agent', status: 'ok', inFlight: 2, ttlMs: 600_000 });
  await rig.clock.advance(200_000);
  expect(rig.engine.read('agent')?.axes.progress.state).toBe('unknown');
  expect(rig.engine.read('agent')?.status).toBe('ok');
  rig.engine.stop();
});

test('progress: what an earlier silence showed says nothing about the next one', async () => {
  const { engine, clock, patient, seen } = await rigWith(0, {
    everyMs: 300,
    timeoutMs: 100,
    rise: 1,
    fall: 1,
  });
  await clock.advance(3000);
  expect(engine.read('agent')?.rule).toBe('not_ready');
  patient.mode = 'answers';
  await clock.advance(3000);
  seen.length = 0;
  patient.mode = 'hangs';
  patient.cpuShare = 0.9;
  await clock.advance(3000);
  expect(seen.filter((word) => word.startsWith('error'))).toEqual([]);
  expect(engine.read('agent')?.rule).toBe('busy');
  engine.stop();
});

test('progress: the same tool call told of again after the wall clock was set keeps its age', async () => {
  const { engine, clock } = await rigWith(0);
  const openToolCall = { name: 'search', startedAt: clock.now(), deadlineMs: 60_000 };
  engine.heartbeat({ subsystem: 'agent', status: 'ok', seq: 1, openToolCall });
  clock.jump(3_600_000);
  await clock.advance(10_000);
  engine.heartbeat({ subsystem: 'agent', status: 'ok', seq: 2, openToolCall });
  await clock.advance(5000);
  expect(engine.isBusy('agent')).toBe(true);
  engine.stop();
});

test('progress: who answers badly is in error however hard it works: only silence can be busy', async () => {
  const { engine, clock, patient, seen } = await rigWith(0.9);
  patient.mode = 'answers-badly';
  await clock.advance(10_000);
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'not_ready' });
  expect(engine.isBusy('agent')).toBe(false);
  expect(seen).toEqual(['error/not_ready']);
  engine.stop();
});

test('progress: a bad answer to an unwatched subsystem shows that it lives', async () => {
  const { engine, clock } = createRig();
  const { patient, subsystem } = createPatient(clock);
  patient.mode = 'answers-badly';
  const { probe } = subsystem;
  engine.register('elsewhere', { ...(probe && { probe }), probeSchedule: SCHEDULE });
  engine.start();
  await clock.advance(20_000);
  expect(engine.read('elsewhere')).toMatchObject({ status: 'error', rule: 'not_ready' });
  expect(engine.read('elsewhere')?.axes.liveness.state).toBe('alive');
  engine.stop();
});

test('progress: a probe that says busy is work in flight, moving only while what it tells of grows', async () => {
  const { engine, clock } = createRig();
  let work: { isBusy: boolean; movedAt?: number } = { isBusy: false, movedAt: 100 };
  engine.register('agent', {
    probe: async () => ({ ok: true, reason: 'answered', work }),
    activity: () => ({ atMs: clock.monotonic(), cpuMs: 0, ioBytes: 0 }),
    probeSchedule: { everyMs: 1000, timeoutMs: 500, rise: 1, fall: 2 },
  });
  engine.start();
  await clock.advance(3000);
  expect(engine.read('agent')?.axes.progress).toMatchObject({ state: 'idle' });
  for (let second = 0; second < 120; second += 1) {
    work = { isBusy: true, movedAt: 101 + second };
    await clock.advance(1000);
  }
  expect(engine.read('agent')?.axes.progress).toMatchObject({ state: 'moving' });
  await clock.advance(70_000);
  expect(engine.read('agent')?.axes.progress).toMatchObject({ state: 'stuck' });
  work = { isBusy: false, movedAt: 300 };
  await clock.advance(5000);
  expect(engine.read('agent')?.axes.progress).toMatchObject({ state: 'idle' });
});

test('progress: what a report tells of work in flight is more exact than a busy answer, and a clock that jumps back moves nothing', async () => {
  const { engine, clock } = createRig();
  let movedAt = 500;
  engine.register('agent', {
    probe: async () => ({ ok: true, reason: 'answered', work: { isBusy: true, movedAt } }),
    probeSchedule: { everyMs: 1000, timeoutMs: 500, rise: 1, fall: 2 },
  });
  engine.start();
  engine.heartbeat({ subsystem: 'agent', status: 'ok', inFlight: 0 });
  await clock.advance(5000);
  expect(engine.read('agent')?.axes.progress.state).toBe('idle');
  engine.heartbeat({ subsystem: 'agent', status: 'ok', inFlight: 2, progress: 1 });
  for (let second = 0; second < 80; second += 1) {
    movedAt = second % 2 === 0 ? 100 : 400;
    await clock.advance(1000);
  }
  expect(engine.read('agent')?.axes.progress.state).toBe('stuck');
});

/** An agent that answers what the test says of its work, uses no processor, and is stuck after 6 s. */
async function rigOfAnswers(work: { isBusy: boolean; movedAt?: number }) {
  const { engine, clock } = createRig();
  const told = { work };
  engine.register('agent', {
    probe: async () => ({ ok: true, reason: 'answered', work: told.work }),
    activity: () => ({ atMs: clock.monotonic(), cpuMs: 0, ioBytes: 0 }),
    probeSchedule: { everyMs: 1000, timeoutMs: 500, rise: 1, fall: 2 },
    manifest: { stallAfterMs: 6000 },
  });
  engine.start();
  await clock.advance(500);
  const seen: string[] = [];
  engine.onChange(({ after }) => seen.push(after.axes.progress.state));
  return { engine, clock, told, seen };
}

test('progress: one report of no work, never repeated, does not hide that its answers say busy and nothing moves', async () => {
  const { engine, clock } = await rigOfAnswers({ isBusy: true, movedAt: 100 });
  engine.heartbeat({ subsystem: 'agent', status: 'ok', inFlight: 0 });
  await clock.advance(3000);
  expect(engine.read('agent')?.axes.progress.state).toBe('idle');
  await clock.advance(11_000);
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'stuck' });
  engine.stop();
});

test('progress: one report of work, never repeated, makes nobody stuck whose answers say that there is none', async () => {
  const { engine, clock, seen } = await rigOfAnswers({ isBusy: false, movedAt: 100 });
  engine.heartbeat({ subsystem: 'agent', status: 'ok', inFlight: 1 });
  await clock.advance(60_000);
  expect(seen).not.toContain('stuck');
  expect(engine.read('agent')?.axes.progress.state).toBe('idle');
  engine.stop();
});

test('progress: reports of work count as long as they come, whatever the answers say', async () => {
  const { engine, clock } = await rigOfAnswers({ isBusy: false, movedAt: 100 });
  for (let seq = 1; seq <= 4; seq += 1) {
    engine.heartbeat({ subsystem: 'agent', status: 'ok', seq, inFlight: 2 });
    await clock.advance(3000);
  }
  expect(engine.read('agent')).toMatchObject({ rule: 'stuck', inFlight: 2 });
  engine.stop();
});

test('progress: reports that stop and come again are no movement of the work they tell of', async () => {
  const { engine, clock } = await rigOfAnswers({ isBusy: true, movedAt: 100 });
  for (let seq = 1; seq <= 3; seq += 1) {
    engine.heartbeat({ subsystem: 'agent', status: 'ok', seq, inFlight: 2, ttlMs: 2000 });
    await clock.advance(4000);
  }
  expect(engine.read('agent')?.rule).toBe('stuck');
  engine.stop();
});

test('progress: work that is told of without a promise of a next report is there until its end is told', async () => {
  const { engine, clock } = await rigOfAnswers({ isBusy: false, movedAt: 100 });
  engine.heartbeat({ subsystem: 'agent', status: 'ok', inFlight: 1, isIrregular: true });
  await clock.advance(8000);
  expect(engine.read('agent')?.rule).toBe('stuck');
  engine.stop();
});
