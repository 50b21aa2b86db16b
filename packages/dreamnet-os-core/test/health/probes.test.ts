import type { ProbeResult, Subsystem } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createPatient, createRig } from './support.js';

const SCHEDULE = { everyMs: 2000, timeoutMs: 1000, rise: 1, fall: 2 };

async function readyRig(schedule = SCHEDULE) {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  rig.engine.register('agent', { ...subsystem, probeSchedule: schedule });
  rig.engine.start();
  await rig.clock.advance(100);
  expect(rig.engine.read('agent')?.status).toBe('ok');
  return { ...rig, patient };
}

test.each([
  [{ ok: 'yes' }, 'error', "the probe's `ok` is a text; expected true or false"],
  [{ ok: true }, 'ok', 'the probe said ok'],
  [{ ok: true, reason: '' }, 'ok', 'the probe said ok'],
  [{ ok: false }, 'error', 'the probe said not ok, and no reason'],
])('probes: an answer without a reason has words all the same: %j', async (answer, status, reason) => {
  const { engine, clock } = createRig();
  engine.register('api', { probe: async () => answer as never });
  engine.start();
  await clock.advance(20_000);
  expect(engine.read('api')).toMatchObject({ status, reason });
  engine.stop();
});

test('probes: an agent that accepts and never answers is found within every x fall + timeout', async () => {
  const { engine, clock, patient } = await readyRig();
  patient.mode = 'hangs';
  const faultMs = clock.monotonic();
  let foundMs = 0;
  engine.onChange(({ after }) => {
    if (after.status === 'error') foundMs = clock.monotonic();
  });
  await clock.advance(6000);
  expect(foundMs - faultMs).toBeGreaterThan(0);
  expect(foundMs - faultMs).toBeLessThanOrEqual(2000 * 2 + 1000);
  expect(engine.read('agent')?.axes.readiness.reason).toContain('no answer within 1000 ms');
  engine.stop();
});

test('probes: one bad answer among good ones changes nothing', async () => {
  const { engine, clock, patient, events } = await readyRig();
  const before = events.length;
  patient.mode = 'refuses';
  await clock.advance(2000);
  patient.mode = 'answers';
  await clock.advance(4000);
  expect(engine.read('agent')?.status).toBe('ok');
  expect(events.length).toBe(before);
  engine.stop();
});

test('probes: rise good answers in a row are needed to be ready again', async () => {
  const { engine, clock, patient } = await readyRig({ ...SCHEDULE, rise: 3 });
  patient.mode = 'refuses';
  await clock.advance(5000);
  expect(engine.read('agent')?.axes.readiness.state).toBe('not_ready');
  patient.mode = 'answers';
  const from = patient.probes;
  let at = 0;
  engine.onChange(({ after }) => {
    if (after.axes.readiness.state === 'ready') at = patient.probes - from;
  });
  await clock.advance(4000);
  expect(at).toBe(3);
  engine.stop();
});

test('probes: only one is in flight, and everybody who asks shares it', async () => {
  const { engine, clock, patient } = await readyRig();
  patient.mode = 'hangs';
  await clock.advance(1000);
  const before = patient.probes;
  const first = engine.probeNow('agent');
  const second = engine.probeNow('agent');
  await clock.advance(500);
  expect(patient.probes).toBe(before + 1);
  await clock.advance(500);
  expect((await first)?.ok).toBe(false);
  expect(await second).toEqual(await first);
  engine.stop();
});

test('probes: with notBeforeMs a question begun earlier is not shared', async () => {
  const rig = createRig();
  const answers: ((result: ProbeResult) => void)[] = [];
  rig.engine.register('agent', { probe: () => new Promise((resolve) => answers.push(resolve)) });
  void rig.engine.probeNow('agent');
  await rig.clock.advance(10);
  const later = rig.engine.probeNow('agent', { notBeforeMs: rig.clock.monotonic() });
  answers[0]?.({ ok: false, reason: 'old' });
  await rig.clock.advance(0);
  answers[1]?.({ ok: true, reason: 'new' });
  expect(await later).toMatchObject({ ok: true, reason: 'new' });
});

test('probes: a question begun before a restart does not count for the new process', async () => {
  const rig = createRig();
  const answers: ((result: ProbeResult) => void)[] = [];
  let identity = 'a';
  rig.engine.register('agent', {
    identity: () => identity,
    probe: () => new Promise((resolve) => answers.push(resolve)),
  });
  rig.engine.start();
  await rig.clock.advance(0);
  const asked = rig.engine.probeNow('agent');
  identity = 'b';
  answers[0]?.({ ok: true, reason: 'the old process answered' });
  expect(await asked).toMatchObject({ ok: false });
  expect(rig.engine.read('agent')?.axes.readiness.state).toBe('unknown');
  await rig.clock.advance(100);
  answers[1]?.({ ok: true, reason: 'the new process answered' });
  await rig.clock.advance(0);
  expect(rig.engine.read('agent')?.axes.readiness).toMatchObject({
    state: 'ready',
    reason: 'the new process answered',
  });
  rig.engine.stop();
});

test('probes: a booting agent may fail for the grace time and is seen ready within 100 ms of being so', async () => {
  const rig = createRig({ random: () => 0.9 });
  const { patient, subsystem } = createPatient(rig.clock);
  patient.mode = 'refuses';
  rig.engine.register('agent', { ...subsystem, probeSchedule: SCHEDULE });
  rig.engine.start();
  await rig.clock.advance(3000);
  expect(rig.engine.read('agent')?.status).toBe('unknown');
  expect(rig.engine.read('agent')?.rule).toBe('starting');
  // It was asked: what came of it is said, though nothing is held against it yet.
  expect(rig.engine.read('agent')?.axes.readiness).toMatchObject({
    state: 'unknown',
    reason: expect.stringMatching(/^starting: /),
  });
  patient.mode = 'answers';
  await rig.clock.advance(100);
  expect(rig.engine.read('agent')?.status).toBe('ok');
  rig.engine.stop();
});

test('probes: an agent that never answers is not ready once its grace time is over', async () => {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  patient.mode = 'refuses';
  rig.engine.register('agent', { ...subsystem, probeSchedule: SCHEDULE });
  rig.engine.start();
  await rig.clock.advance(9900);
  expect(rig.engine.read('agent')?.status).toBe('unknown');
  await rig.clock.advance(1500);
  expect(rig.engine.read('agent')).toMatchObject({ status: 'error', rule: 'not_ready' });
  rig.engine.stop();
});

test('probes: what has no process of its own is asked in its own interval, and the first answer is said', async () => {
  const rig = createRig();
  const asked: number[] = [];
  rig.engine.register('website', {
    probe: async () => {
      asked.push(rig.clock.monotonic());
      return { ok: false, isAnswered: true, reason: 'answered 302, expected 200 to 299' };
    },
    probeSchedule: { ...SCHEDULE, everyMs: 4000 },
  });
  rig.engine.start();
  await rig.clock.advance(100);
  expect(rig.engine.read('website')).toMatchObject({
    status: 'unknown',
    rule: 'starting',
    reason: 'starting: answered 302, expected 200 to 299',
  });
  await rig.clock.advance(9000);
  expect(asked.length).toBe(3);
  await rig.clock.advance(1000);
  expect(rig.engine.read('website')).toMatchObject({
    status: 'error',
    reason: 'answered 302, expected 200 to 299',
  });
  rig.engine.stop();
});

test('probes: what is asked seldom is not said to start when the time for that is over', async () => {
  const rig = createRig();
  rig.engine.register('website', {
    probe: async () => ({ ok: false, reason: 'connection refused' }),
    probeSchedule: { ...SCHEDULE, everyMs: 60_000 },
  });
  rig.engine.start();
  await rig.clock.advance(11_000);
  expect(rig.engine.read('website')).toMatchObject({ status: 'unknown', reason: 'connection refused' });
  await rig.clock.advance(50_000);
  expect(rig.engine.read('website')).toMatchObject({ status: 'error', reason: 'connection refused' });
  rig.engine.stop();
});

test('probes: an agent may boot for as long as its schedule says, is asked in its interval after ten seconds, and then judged as ever', async () => {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  patient.mode = 'refuses';
  rig.engine.register('agent', { ...subsystem, probeSchedule: { ...SCHEDULE, readyWithinMs: 60_000 } });
  rig.engine.start();
  await rig.clock.advance(11_000);
  const soon = patient.probes;
  await rig.clock.advance(34_000);
  expect(patient.probes - soon).toBeLessThanOrEqual(18);
  expect(rig.engine.read('agent')).toMatchObject({ status: 'unknown', rule: 'starting' });
  patient.mode = 'answers';
  await rig.clock.advance(2000);
  expect(rig.engine.read('agent')?.status).toBe('ok');
  patient.mode = 'refuses';
  await rig.clock.advance(4000);
  expect(rig.engine.read('agent')).toMatchObject({ status: 'error', rule: 'not_ready' });
  rig.engine.stop();
});

test('probes: an agent that does not answer within the time its schedule gives is not ready', async () => {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  patient.mode = 'refuses';
  rig.engine.register('agent', { ...subsystem, probeSchedule: { ...SCHEDULE, readyWithinMs: 3000 } });
  rig.engine.start();
  await rig.clock.advance(2900);
  expect(rig.engine.read('agent')?.rule).toBe('starting');
  await rig.clock.advance(1500);
  expect(rig.engine.read('agent')).toMatchObject({ status: 'error', rule: 'not_ready' });
  rig.engine.stop();
});

test('probes: an agent that ends while it boots is seen at once, however long it may boot', async () => {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  patient.mode = 'refuses';
  rig.engine.register('agent', { ...subsystem, probeSchedule: { ...SCHEDULE, readyWithinMs: 60_000 } });
  rig.engine.start();
  await rig.clock.advance(1000);
  const at = rig.clock.now();
  rig.engine.signal({ subsystem: 'agent', state: 'dead', reason: 'exit code 1', identity: '1:1', at });
  expect(rig.engine.read('agent')).toMatchObject({ status: 'error', rule: 'dead' });
  rig.engine.stop();
});

test('probes: a throw is a bad answer', async () => {
  const rig = createRig();
  rig.engine.register('agent', {
    probe: () => {
      throw new TypeError('broken probe');
    },
  });
  expect(await rig.engine.probeNow('agent')).toMatchObject({ ok: false, reason: 'broken probe' });
});

test('probes: when this process itself stood still, unanswered questions are put off once, not failed', async () => {
  const inner = createFakeClock();
  let stoodStillMs = 0;
  const clock = { ...inner, monotonic: () => inner.monotonic() + stoodStillMs };
  const rig = createRig({ clock });
  let answer: (result: ProbeResult) => void = () => undefined;
  const subsystem: Subsystem = {
    probe: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    probeSchedule: { ...SCHEDULE, fall: 1 },
  };
  rig.engine.register('agent', subsystem);
  rig.engine.start();
  await inner.advance(0);
  answer({ ok: true, reason: 'fine' });
  await inner.advance(2000);
  stoodStillMs = 5000;
  await inner.advance(1000);
  expect(rig.engine.read('agent')?.axes.readiness.state).toBe('ready');
  await inner.advance(1000);
  expect(rig.engine.read('agent')?.axes.readiness.state).toBe('not_ready');
  rig.engine.stop();
});

test('probes: nothing is left on the clock after stop', async () => {
  const { engine, clock, patient } = await readyRig();
  patient.mode = 'hangs';
  await clock.advance(2500);
  engine.stop();
  expect(clock.pendingTimers).toBe(0);
  await expect(engine.settled()).resolves.toBeUndefined();
});

test('probes: neither probe nor status means there is nothing to ask', async () => {
  const { engine } = createRig();
  engine.register('thing', {});
  expect(await engine.probeNow('thing')).toBeUndefined();
  expect(await engine.probeNow('nobody')).toBeUndefined();
});

test('mask: whatever a subsystem says of itself is masked before it is kept or told', async () => {
  const mask = <T>(said: T): T => JSON.parse(JSON.stringify(said).replaceAll('hush', '***'));
  const { engine, clock, events } = createRig({ mask });
  const said = { reason: 'no: hush', evidence: { body: 'hush' } };
  const askedBy: Record<string, Subsystem> = {
    answering: { probe: async () => ({ ok: false, ...said }) },
    throwing: { probe: () => Promise.reject(new Error('hush')) },
    telling: { status: () => ({ status: 'error', details: 'hush' }) },
    reporting: {},
  };
  for (const [name, subsystem] of Object.entries(askedBy))
    engine.register(name, { ...subsystem, probeSchedule: SCHEDULE });
  engine.start();
  const openToolCall = { name: 'read hush', startedAt: clock.now() };
  const calls = [{ signature: 'read hush', times: 50 }];
  engine.heartbeat({ subsystem: 'reporting', status: 'warn', details: 'hush', calls });
  await clock.advance(20_000);
  engine.heartbeat({ subsystem: 'reporting', status: 'error', details: 'hush', inFlight: 1, openToolCall });
  await clock.advance(100);
  const kept = JSON.stringify([events, Object.keys(askedBy).map((name) => engine.read(name))]);
  expect(kept).not.toContain('hush');
  expect(kept.match(/\*\*\*/g)?.length).toBeGreaterThan(4);
  engine.stop();
});

const ENDLESS = 'x'.repeat(20_000_000);

test.each([
  ['an answer', { probe: async () => ({ ok: false, reason: ENDLESS, evidence: { asked: ENDLESS } }) }],
  ['an exception', { probe: () => Promise.reject(new TypeError(ENDLESS)) }],
  [
    'a status',
    { status: () => ({ status: 'error', details: ENDLESS, evidence: { all: [ENDLESS] } }) as const },
  ],
])('probes: what %s says without end is cut before it becomes an event or evidence', async (_, subsystem) => {
  const { engine, clock, events } = createRig();
  engine.register('agent', { ...subsystem, probeSchedule: SCHEDULE });
  engine.start();
  await clock.advance(20_000);
  expect(engine.read('agent')?.reason).toMatch(/more characters\)/);
  expect(JSON.stringify(engine.read('agent')).length).toBeLessThan(30_000);
  for (const event of events) expect(JSON.stringify(event).length).toBeLessThan(30_000);
  engine.stop();
});
