import { expect, test } from 'vitest';
import { createPatient, createRig } from './support.js';

async function runningRig() {
  const rig = createRig();
  const { patient, subsystem } = createPatient(rig.clock);
  rig.engine.register('agent', subsystem);
  rig.engine.signal({
    subsystem: 'agent',
    state: 'alive',
    reason: 'started',
    at: rig.clock.now(),
    identity: 'a',
  });
  patient.identity = 'a';
  rig.engine.start();
  await rig.clock.advance(200);
  expect(rig.engine.read('agent')?.status).toBe('ok');
  const signal = (state: 'alive' | 'dead' | 'suspended', identity: string) =>
    rig.engine.signal({ subsystem: 'agent', state, reason: `${state} now`, at: rig.clock.now(), identity });
  return { ...rig, patient, signal };
}

test('liveness: an exit is an error in the very call that signals it', async () => {
  const { engine, signal, events } = await runningRig();
  signal('dead', 'a');
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'dead' });
  expect(engine.read('agent')?.axes.readiness).toMatchObject({
    state: 'not_ready',
    reason: 'there is no process',
  });
  expect(events.at(-1)).toMatchObject({ type: 'health.changed', data: { from: 'ok', to: 'error' } });
  engine.stop();
});

test('liveness: after a restart readiness is seen within 100 ms of the first answer', async () => {
  const { engine, clock, patient, signal } = await runningRig();
  signal('dead', 'a');
  patient.identity = undefined;
  patient.mode = 'refuses';
  await clock.advance(50);
  patient.identity = 'b';
  signal('alive', 'b');
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'starting' });
  await clock.advance(400);
  patient.mode = 'answers';
  await clock.advance(100);
  expect(engine.read('agent')?.status).toBe('ok');
  engine.stop();
});

test('liveness: a late signal about the process before this one is ignored and counted', async () => {
  const { engine, clock, patient, signal } = await runningRig();
  signal('dead', 'a');
  patient.identity = 'b';
  signal('alive', 'b');
  await clock.advance(200);
  signal('dead', 'a');
  expect(engine.read('agent')?.status).toBe('ok');
  expect(engine.refused().stale_signal).toBe(1);
  engine.stop();
});

test('liveness: an end is told although another process is behind the name already, and that one is seen next', async () => {
  const { engine, clock, patient } = await runningRig();
  patient.identity = 'b';
  engine.signal({ subsystem: 'agent', state: 'alive', reason: 'told', at: clock.now(), identity: 'b' });
  const end = { subsystem: 'agent', state: 'dead', reason: 'told', at: clock.now(), identity: 'a' } as const;
  engine.signal(end);
  expect(engine.refused().stale_signal).toBe(1);
  engine.signal({ ...end, isReplaced: true });
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'dead' });
  engine.signal({ subsystem: 'agent', state: 'alive', reason: 'told', at: clock.now(), identity: 'b' });
  await clock.advance(200);
  expect(engine.read('agent')?.status).toBe('ok');
  engine.stop();
});

test('liveness: one that was booted before its turn is asked within 10 ms', async () => {
  const { engine, clock, patient, signal } = await runningRig();
  signal('dead', 'a');
  patient.identity = 'b';
  signal('alive', 'b');
  await clock.advance(10);
  expect(engine.read('agent')).toMatchObject({ rule: 'starting' });
  const warm = { subsystem: 'agent', state: 'alive', reason: 'told', identity: 'b', isWarm: true } as const;
  engine.signal({ ...warm, at: clock.now() });
  await clock.advance(10);
  expect(engine.read('agent')?.status).toBe('ok');
  engine.stop();
});

test('liveness: the wall clock set back an hour does not make a signal stale', async () => {
  const { engine, clock, patient, signal } = await runningRig();
  clock.jump(-3_600_000);
  signal('dead', 'a');
  expect(engine.read('agent')?.status).toBe('error');
  patient.identity = 'b';
  signal('alive', 'b');
  await clock.advance(200);
  expect(engine.read('agent')?.status).toBe('ok');
  engine.stop();
});

test('liveness: a stopped process is an error, and alive again when it answers what was asked since', async () => {
  const { engine, clock, patient, signal } = await runningRig();
  patient.mode = 'hangs';
  signal('suspended', 'a');
  expect(engine.read('agent')).toMatchObject({ status: 'error', rule: 'suspended' });
  await clock.advance(5000);
  expect(engine.isBusy('agent')).toBe(false);
  patient.mode = 'answers';
  await clock.advance(4000);
  expect(engine.read('agent')?.axes.liveness.state).toBe('alive');
  expect(engine.read('agent')?.status).toBe('ok');
  engine.stop();
});

test('liveness: who restarts it is kept from the last signal', async () => {
  const { engine, clock } = await runningRig();
  const recovery = { by: 'supervisor', attempt: 1, nextAttemptAt: 5 } as const;
  engine.signal({
    subsystem: 'agent',
    state: 'dead',
    reason: 'exit 1',
    at: clock.now(),
    identity: 'a',
    recovery,
  });
  expect(engine.read('agent')?.recovery).toEqual(recovery);
  engine.stop();
});

test('liveness: a new identity seen when asking begins a new life without any signal', async () => {
  const { engine, clock, patient } = await runningRig();
  patient.identity = 'z';
  patient.mode = 'refuses';
  await clock.advance(2000);
  expect(engine.read('agent')?.axes.readiness.state).toBe('unknown');
  patient.mode = 'answers';
  await clock.advance(200);
  expect(engine.read('agent')?.status).toBe('ok');
  engine.stop();
});

test('liveness: a process that lives and that nothing can ask is unknown, never ok; its death is an error', () => {
  const { engine, clock } = createRig();
  engine.register('plain', {});
  engine.signal({ subsystem: 'plain', state: 'alive', reason: 'started', at: clock.now(), identity: 'a' });
  expect(engine.read('plain')).toMatchObject({ status: 'unknown', rule: 'alive_only' });
  engine.signal({ subsystem: 'plain', state: 'dead', reason: 'exit 1', at: clock.now(), identity: 'a' });
  expect(engine.read('plain')?.status).toBe('error');
  engine.signal({ subsystem: 'plain', state: 'alive', reason: 'started', at: clock.now(), identity: 'b' });
  expect(engine.read('plain')?.status).toBe('unknown');
});

test('liveness: an answer to what was asked before the process was stopped does not end the stop', async () => {
  const rig = createRig();
  let answer: (result: { ok: boolean; reason: string }) => void = () => undefined;
  rig.engine.register('agent', {
    probe: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const asked = rig.engine.probeNow('agent');
  await rig.clock.advance(10);
  rig.engine.signal({ subsystem: 'agent', state: 'suspended', reason: 'stopped', at: rig.clock.now() });
  answer({ ok: true, reason: 'sent before' });
  await asked;
  expect(rig.engine.read('agent')?.axes.liveness.state).toBe('suspended');
  const again = rig.engine.probeNow('agent');
  answer({ ok: true, reason: 'sent after' });
  await again;
  expect(rig.engine.read('agent')?.axes.liveness.state).toBe('alive');
});

test('liveness: the reason and the evidence of a signal are cut', async () => {
  const { engine, clock } = await runningRig();
  const endless = 'x'.repeat(20_000_000);
  const at = clock.now();
  engine.signal({
    subsystem: 'agent',
    state: 'dead',
    identity: 'a',
    at,
    reason: endless,
    evidence: { endless },
  });
  expect(engine.read('agent')?.axes.liveness.state).toBe('dead');
  expect(JSON.stringify(engine.read('agent')).length).toBeLessThan(30_000);
  engine.stop();
});
