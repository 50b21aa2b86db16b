import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createCallCounter } from '../../../src/daemon/replicas/call-counter.js';
import { hasSettled } from '../../../src/daemon/replicas/replica-entry.js';
import { isBooting } from '../../../src/daemon/replicas/replica-facts.js';
import { createScaler } from '../../../src/daemon/replicas/scaler.js';
import { toldStart } from '../../../src/daemon/told-start.js';

const HOUR_MS = 3_600_000;

/** An agent that is scaled by its calls, with as many replicas as the last decision said. */
function rig(scale: { min: number; max: number }) {
  const clock = createFakeClock();
  const calls = createCallCounter(clock);
  const entry = { scale: { ...scale, metric: 'queue', target: 1, tolerance: 0.1, every: 1000, ...WINDOWS } };
  const state = { held: 0, ids: ['lazy#1'] };
  const parts = {
    ...{ clock, calls, onTrouble: (text: string) => expect.unreachable(text) },
    loaded: () => ({ fleet: { agents: { lazy: entry }, groups: {} } }),
    supervisor: { get: () => ({ identity: {}, phase: 'running', startedAt: 0, ranMs: HOUR_MS }) },
    core: { health: () => ({ axes: { readiness: { state: 'ready' } }, inFlight: 0 }) },
  };
  const decided: { to: number; at: number }[] = [];
  const resize = async (_: string, to: number, { at }: { at: number }) => {
    decided.push({ to, at });
    state.ids = Array.from({ length: to }, (__, place) => `lazy#${place + 1}`);
  };
  const fleet = {
    ...{ names: () => ['lazy'], isStopped: () => false, record: () => undefined, idsOf: () => state.ids },
    ...{ find: () => ({}), desk: { resize } },
  };
  const scaler = createScaler(parts as never, fleet as never, () => state.held);
  scaler.refresh();
  return { clock, calls, state, decided };
}

const WINDOWS = { up: { window: 0 }, down: { window: 20_000 } };

test('scaler: a clock that is set back after a call keeps the last replica no longer than the window', async () => {
  const { clock, calls, decided } = rig({ min: 0, max: 3 });
  calls.begin('lazy#1')();
  await clock.advance(2000);
  clock.jump(-HOUR_MS);
  await clock.advance(21_000);
  expect(decided).toMatchObject([{ to: 0 }]);
});

test('scaler: a clock that is set back puts going down off no longer than the window, and a decision says when it was made', async () => {
  const { clock, state, decided } = rig({ min: 1, max: 3 });
  state.held = 3;
  await clock.advance(1000);
  expect(decided).toEqual([{ to: 3, at: clock.now() }]);
  state.held = 0;
  clock.jump(-HOUR_MS);
  await clock.advance(21_000);
  expect(decided.at(-1)).toMatchObject({ to: 1 });
});

test('replicas: a process is booting for as long as it is given, whatever is done to the clock', () => {
  const ofAge = (ranMs: number, startedAt: number) => {
    const parts = {
      clock: createFakeClock(),
      supervisor: { get: () => ({ identity: {}, startedAt, ranMs }) },
      core: { health: () => undefined },
    };
    const fleet = { find: () => ({ entry: { rolling: { readyWithin: 10_000 } } }) };
    return isBooting(parts as never, fleet as never, 'a');
  };
  const now = createFakeClock().now();
  expect(ofAge(9_000, now - HOUR_MS)).toBe(true);
  expect(ofAge(11_000, now + HOUR_MS)).toBe(false);
});

test('replicas: what nothing can be asked of has settled when it has run long enough', () => {
  const entry = { protocol: 'none', health: {}, restart: { backoff: { resetAfter: 1000 } } };
  const settled = [null, 999, 1000].map((ranMs) => hasSettled(entry as never, ranMs));
  expect(settled).toEqual([false, false, true]);
});

test('told start: the time of a start is told by the clock as it is now, and not moved for less than a second', () => {
  const now = 1_700_000_000_000;
  expect(toldStart({ startedAt: now - 40_000, ranMs: 40_300 }, now)).toBe(now - 40_000);
  expect(toldStart({ startedAt: now + HOUR_MS, ranMs: 40_000.4 }, now)).toBe(now - 40_000);
  expect(toldStart({ startedAt: now - HOUR_MS, ranMs: 40_000 }, now)).toBe(now - 40_000);
  expect(toldStart({ startedAt: null, ranMs: null }, now)).toBe(null);
});
