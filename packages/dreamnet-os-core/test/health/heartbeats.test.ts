import type { HealthReport } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createRig } from './support.js';

function senderRig(ttlMs?: number) {
  const rig = createRig();
  const who: { identity: string | undefined } = { identity: undefined };
  rig.engine.register('feed', { identity: () => who.identity });
  rig.engine.start();
  const send = (report: Partial<HealthReport> = {}) =>
    rig.engine.heartbeat({
      subsystem: 'feed',
      status: 'ok',
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...report,
    });
  const beat = async (times: number, everyMs: number) => {
    for (let count = 0; count < times; count += 1) {
      send();
      await rig.clock.advance(everyMs);
    }
  };
  return { ...rig, who, send, beat };
}

test('heartbeats: what is told decides, for one that nobody can ask', () => {
  const { engine, send } = senderRig();
  expect(engine.read('feed')?.status).toBe('unknown');
  send();
  expect(engine.read('feed')?.status).toBe('ok');
  send({ status: 'warn', details: 'queue is long' });
  expect(engine.read('feed')).toMatchObject({ status: 'warn', reason: 'queue is long' });
  send({ status: 'error', details: 'database gone' });
  expect(engine.read('feed')).toMatchObject({ status: 'error', reason: 'database gone' });
  engine.stop();
});

test('heartbeats: a repeat and an older number are refused and counted', () => {
  const { engine, send } = senderRig();
  expect(send({ seq: 100 })).toEqual({ accepted: true });
  expect(send({ seq: 100, status: 'error' })).toEqual({ accepted: false, because: 'duplicate' });
  expect(send({ seq: 99, status: 'error' })).toEqual({ accepted: false, because: 'out_of_order' });
  expect(engine.read('feed')?.status).toBe('ok');
  expect(engine.refused()).toMatchObject({ duplicate: 1, out_of_order: 1 });
  engine.stop();
});

test('heartbeats: numbers may begin anew with a new process', () => {
  const { engine, who, send } = senderRig();
  who.identity = 'a';
  send({ seq: 500 });
  who.identity = 'b';
  expect(send({ seq: 1 })).toEqual({ accepted: true });
  engine.stop();
});

test('heartbeats: after a silence longer than the time to live any number begins anew', async () => {
  for (const seq of [1, 50, 498, 500]) {
    const { engine, clock, send } = senderRig(5000);
    send({ seq: 500 });
    await clock.advance(6000);
    expect(send({ seq, status: 'error' })).toEqual({ accepted: true });
    expect(engine.read('feed')).toMatchObject({ rule: 'told_error' });
    expect(send({ seq: seq + 1 })).toEqual({ accepted: true });
    engine.stop();
  }
});

test('heartbeats: three numbers in a row that grow are a new sender, wherever it begins', () => {
  for (const begin of [1, 50, 480]) {
    const { engine, send } = senderRig();
    send({ seq: 500 });
    expect(send({ seq: begin }).accepted).toBe(false);
    expect(send({ seq: begin + 1 }).accepted).toBe(false);
    expect(send({ seq: begin + 3 }).accepted).toBe(true);
    expect(send({ seq: begin + 4 }).accepted).toBe(true);
    expect(send({ seq: begin + 2 })).toMatchObject({ because: 'out_of_order' });
    engine.stop();
  }
});

test('heartbeats: late ones among newer ones are no new sender, however many there are', () => {
  const { engine, send } = senderRig();
  for (let seq = 500; seq < 520; seq += 2) {
    expect(send({ seq })).toEqual({ accepted: true });
    expect(send({ seq: seq - 3 })).toMatchObject({ because: 'out_of_order' });
  }
  expect(engine.refused()).toMatchObject({ out_of_order: 10 });
  engine.stop();
});

test('heartbeats: where reports are dated, the dates tell late ones from those of a new sender', () => {
  const { engine, clock, send } = senderRig();
  const now = clock.now();
  send({ seq: 500, at: now });
  for (const seq of [496, 497, 498, 499])
    expect(send({ seq, at: now - 500 + seq })).toMatchObject({ because: 'out_of_order' });
  expect(send({ seq: 500, at: now })).toMatchObject({ because: 'duplicate' });
  expect(send({ seq: 496, at: now + 1000, status: 'error' })).toEqual({ accepted: true });
  expect(engine.read('feed')?.status).toBe('error');
  engine.stop();
});

test('heartbeats: an error with a number far below the known one counts at once, as that of a new sender', () => {
  const { engine, send } = senderRig();
  send({ seq: 1000 });
  expect(send({ seq: 50, status: 'error', details: 'disk full' })).toEqual({ accepted: true });
  expect(engine.read('feed')).toMatchObject({ status: 'error', reason: 'disk full' });
  engine.stop();
});

test('heartbeats: an error that was refused is told of when nothing comes after it', async () => {
  const { engine, clock, send } = senderRig(5000);
  send({ seq: 1000 });
  send({ seq: 999, status: 'error', details: 'disk full' });
  expect(engine.read('feed')?.status).toBe('ok');
  await clock.advance(5100);
  expect(engine.read('feed')?.reason).toBe(
    'no heartbeat for more than 5000 ms (1 reports were refused, of which the last error was: disk full)',
  );
  send({ seq: 1001 });
  await clock.advance(5100);
  expect(engine.read('feed')?.reason).toBe('no heartbeat for more than 5000 ms (1 reports were refused)');
  engine.stop();
});

test('heartbeats: dated more than 5 s ahead or an hour back is refused, just within is taken', () => {
  const { engine, clock, send } = senderRig();
  expect(send({ at: clock.now() + 5001 })).toMatchObject({ because: 'from_the_future' });
  expect(send({ at: clock.now() - 3_600_001 })).toMatchObject({ because: 'too_old' });
  expect(send({ at: clock.now() - 3_600_000 }).accepted).toBe(true);
  expect(send({ at: clock.now() + 5000 }).accepted).toBe(true);
  expect(engine.heartbeat({ subsystem: 'nobody', status: 'ok' })).toMatchObject({
    because: 'unknown_subsystem',
  });
  engine.stop();
});

test('heartbeats: silence beyond the time to live is not ready; the next report ends it', async () => {
  const { engine, clock, send } = senderRig(5000);
  send();
  await clock.advance(4999);
  expect(engine.read('feed')?.status).toBe('ok');
  await clock.advance(1);
  expect(engine.read('feed')).toMatchObject({ status: 'error', rule: 'heartbeat_missing' });
  expect(engine.read('feed')?.axes.liveness.state).toBe('unknown');
  send();
  expect(engine.read('feed')?.status).toBe('ok');
  engine.stop();
});

test('heartbeats: a time to live declared shorter than the one before holds from that report on', async () => {
  const rig = createRig();
  rig.engine.register('feed', { manifest: { heartbeat: { ttlMs: 3_600_000 } } });
  rig.engine.start();
  const send = (ttlMs?: number) =>
    rig.engine.heartbeat({ subsystem: 'feed', status: 'ok', ...(ttlMs !== undefined && { ttlMs }) });
  send();
  await rig.clock.advance(1000);
  send(5000);
  await rig.clock.advance(4999);
  expect(rig.engine.read('feed')?.status).toBe('ok');
  await rig.clock.advance(1);
  expect(rig.engine.read('feed')).toMatchObject({ status: 'error', rule: 'heartbeat_missing' });
  rig.engine.stop();
});

test('heartbeats: a time to live holds for the report that brought it: the next one without goes by the declared one', async () => {
  const { engine, clock } = createRig();
  const manifest = { heartbeat: { ttlMs: 20_000 } };
  for (const name of ['longer', 'shorter']) engine.register(name, { manifest });
  engine.start();
  engine.heartbeat({ subsystem: 'longer', status: 'ok', ttlMs: 30 * 86_400_000 });
  engine.heartbeat({ subsystem: 'shorter', status: 'ok', ttlMs: 2000 });
  await clock.advance(1000);
  for (const subsystem of ['longer', 'shorter']) engine.heartbeat({ subsystem, status: 'ok' });
  await clock.advance(19_900);
  expect(['longer', 'shorter'].map((name) => engine.read(name)?.status)).toEqual(['ok', 'ok']);
  await clock.advance(200);
  for (const name of ['longer', 'shorter'])
    expect(engine.read(name)).toMatchObject({
      status: 'error',
      reason: 'no heartbeat for more than 20000 ms',
    });
  engine.stop();
});

test('heartbeats: of one that has never come the reason names the time to live, or says that it is the time of a start', async () => {
  const { engine, clock } = createRig();
  engine.register('quick', { manifest: { heartbeat: { ttlMs: 5000 } } });
  engine.register('slow', { manifest: { heartbeat: { ttlMs: 20_000 } } });
  engine.start();
  await clock.advance(21_000);
  expect(engine.read('quick')?.reason).toBe(
    'no heartbeat has come within 10000 ms, the time that a start may take',
  );
  expect(engine.read('slow')?.reason).toBe('no heartbeat has come within 20000 ms');
  engine.stop();
});

test('heartbeats: one large time to live does not outweigh the rhythm of the reports that come without', async () => {
  const { engine, clock, send } = senderRig();
  send({ ttlMs: 30 * 86_400_000 });
  for (let count = 0; count < 14; count += 1) {
    await clock.advance(1000);
    send();
  }
  await clock.advance(14_000);
  expect(engine.read('feed')).toMatchObject({ status: 'error', rule: 'heartbeat_missing' });
  engine.stop();
});

test('heartbeats: a regular sender is missed long before its time to live', async () => {
  const { engine, clock, beat } = senderRig(60_000);
  await beat(20, 1000);
  await clock.advance(1200);
  expect(engine.read('feed')?.status).toBe('ok');
  await clock.advance(800);
  expect(engine.read('feed')?.status).toBe('error');
  expect(engine.read('feed')?.axes.readiness.evidence).toMatchObject({ phi: expect.any(Number) });
  engine.stop();
});

test('heartbeats: a burst of reports teaches no rhythm, and the pause after it is no silence', async () => {
  const { engine, clock, send, beat } = senderRig(600_000);
  await beat(50, 10);
  await clock.advance(500_000);
  expect(engine.read('feed')?.status).toBe('ok');
  for (let burst = 0; burst < 10; burst += 1) {
    await beat(60, 100);
    send();
    await clock.advance(25_000);
    expect(engine.read('feed')?.status).toBe('ok');
  }
  await clock.advance(600_000);
  expect(engine.read('feed')?.status).toBe('error');
  engine.stop();
});

test('heartbeats: an irregular sender is given more time than a regular one', async () => {
  const { engine, clock, send } = senderRig(60_000);
  for (let count = 0; count < 30; count += 1) {
    send();
    await clock.advance(count % 2 === 0 ? 200 : 3000);
  }
  send();
  await clock.advance(5000);
  expect(engine.read('feed')?.status).toBe('ok');
  await clock.advance(20_000);
  expect(engine.read('feed')?.status).toBe('error');
  engine.stop();
});

test('heartbeats: those the manifest declares are missed even if none has ever come', async () => {
  const rig = createRig();
  rig.engine.register('feed', { manifest: { heartbeat: { ttlMs: 15_000 } } });
  rig.engine.start();
  await rig.clock.advance(14_900);
  expect(rig.engine.read('feed')?.status).toBe('unknown');
  await rig.clock.advance(200);
  expect(rig.engine.read('feed')?.status).toBe('error');
  rig.engine.stop();
});

test('heartbeats: the first one may take as long as the schedule lets it boot', async () => {
  const rig = createRig();
  rig.engine.register('feed', {
    manifest: { heartbeat: { ttlMs: 15_000 } },
    probeSchedule: { readyWithinMs: 30_000 },
  });
  rig.engine.start();
  await rig.clock.advance(29_900);
  expect(rig.engine.read('feed')?.status).toBe('unknown');
  await rig.clock.advance(200);
  expect(rig.engine.read('feed')?.status).toBe('error');
  rig.engine.stop();
});

test('heartbeats: setting the wall clock, either way, raises nothing and clears nothing', async () => {
  for (const jumpMs of [86_400_000, -86_400_000]) {
    const { engine, clock, send } = senderRig(5000);
    const steady = () => 1_700_000_000_000 + clock.monotonic();
    send({ seq: 1, at: steady() });
    clock.jump(jumpMs);
    await clock.advance(4000);
    expect(engine.read('feed')?.status).toBe('ok');
    expect(send({ seq: 2, at: steady() })).toEqual({ accepted: true });
    expect(send({ seq: 3, at: clock.now() })).toEqual({ accepted: true });
    await clock.advance(4900);
    expect(engine.read('feed')?.status).toBe('ok');
    await clock.advance(200);
    expect(engine.read('feed')?.status).toBe('error');
    clock.jump(-jumpMs);
    await clock.advance(10_000);
    expect(engine.read('feed')?.status).toBe('error');
    engine.stop();
  }
});

test('heartbeats: that stop while the probe still answers are a warning', async () => {
  const rig = createRig();
  rig.engine.register('feed', { probe: async () => ({ ok: true, reason: 'yes' }) });
  rig.engine.start();
  rig.engine.heartbeat({ subsystem: 'feed', status: 'ok', ttlMs: 3000 });
  await rig.clock.advance(4000);
  expect(rig.engine.read('feed')).toMatchObject({ status: 'warn', rule: 'heartbeat_late' });
  rig.engine.stop();
});

test('heartbeats: ten thousand senders cost one timer, and a silent one among them is found alone', async () => {
  const rig = createRig();
  for (let index = 0; index < 10_000; index += 1) rig.engine.register(`agent-${index}`, {});
  rig.engine.start();
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 10_000; index += 1)
      if (index !== 7 || round === 0)
        rig.engine.heartbeat({ subsystem: `agent-${index}`, status: 'ok', seq: round, ttlMs: 3000 });
    expect(rig.clock.pendingTimers).toBe(1);
    await rig.clock.advance(2000);
  }
  const bad = rig.engine.summaries().filter(({ status }) => status !== 'ok');
  expect(bad.map(({ name }) => name)).toEqual(['agent-7']);
  rig.engine.stop();
});

test('heartbeats: the gap of an outage does not make the sender count as irregular afterwards', async () => {
  const { engine, clock, send, beat } = senderRig(60_000);
  await beat(20, 1000);
  await clock.advance(50_000);
  expect(engine.read('feed')?.status).toBe('error');
  await beat(5, 1000);
  send();
  await clock.advance(3000);
  expect(engine.read('feed')?.status).toBe('error');
  engine.stop();
});

test('heartbeats: one that reports an error while its work moves is in error, not busy', () => {
  const { engine, send } = senderRig();
  send({ seq: 1, inFlight: 1, progress: 1 });
  send({ seq: 2, inFlight: 1, progress: 2, status: 'error' });
  expect(engine.read('feed')?.axes.progress.state).toBe('moving');
  expect(engine.read('feed')).toMatchObject({ status: 'error', rule: 'told_error' });
  expect(engine.isBusy('feed')).toBe(false);
  engine.stop();
});

test('heartbeats: silence after a report that promises no next one means nothing, unless it declares a time to live', async () => {
  const { engine, send, clock } = senderRig();
  for (let count = 0; count < 20; count += 1) {
    send({ isIrregular: true });
    await clock.advance(100);
  }
  await clock.advance(3_600_000);
  expect(engine.read('feed')?.status).toBe('ok');
  send({ isIrregular: true, ttlMs: 5000 });
  await clock.advance(6000);
  expect(engine.read('feed')?.status).toBe('error');
  engine.stop();
});

test('heartbeats: of an adopted process the first one is waited for as long as its sender may pause, of a new one not', async () => {
  const { engine, clock } = createRig();
  const manifest = { heartbeat: { ttlMs: 15_000 } };
  for (const name of ['adopted', 'silent', 'new']) engine.register(name, { manifest });
  engine.start();
  const alive = { state: 'alive', reason: 'it runs', at: clock.now() } as const;
  engine.signal({ subsystem: 'adopted', ...alive, identity: 'a', isAdopted: true });
  engine.signal({ subsystem: 'silent', ...alive, identity: 's', isAdopted: true });
  engine.signal({ subsystem: 'new', ...alive, identity: 'n' });
  const states = () => ['adopted', 'silent', 'new'].map((name) => engine.read(name)?.axes.readiness.state);
  await clock.advance(31_000);
  expect(states()).toEqual(['unknown', 'unknown', 'not_ready']);
  engine.heartbeat({ subsystem: 'adopted', status: 'ok', seq: 30 });
  await clock.advance(14_500);
  expect(states()).toEqual(['ready', 'not_ready', 'not_ready']);
  // The process after it is started by us.
  engine.signal({ subsystem: 'adopted', ...alive, identity: 'b' });
  await clock.advance(14_000);
  expect(engine.read('adopted')?.axes.readiness.state).toBe('unknown');
  await clock.advance(2_000);
  expect(engine.read('adopted')?.axes.readiness.state).toBe('not_ready');
  engine.stop();
});
