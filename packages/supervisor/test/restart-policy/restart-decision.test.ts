import { expect, test } from 'vitest';
import type { EndedRun, RestartHistory } from '../../src/index.js';
import { beginTrial, confirmHealthy, decideRestart, freshHistory } from '../../src/index.js';

const policy = {
  type: 'permanent',
  intensity: 3,
  periodMs: 10_000,
  backoff: { initialMs: 100, maxMs: 1000, resetAfterMs: 500 },
  halfOpenAfterMs: 2000,
} as const;
const crash = (atMs: number, rest: Partial<EndedRun> = {}): EndedRun => ({
  ...{ exit: 'abnormal', atMs, ranMs: 10, wasReady: false },
  ...rest,
});
const half = () => 0.5;
const decide = (history: RestartHistory, run: EndedRun) =>
  decideRestart(history, run, { policy, random: half });

test('backoff: the restart after a healthy run is at once', () => {
  expect(decide(freshHistory(policy), crash(0, { ranMs: 500 })).decision).toEqual({
    do: 'restart',
    delayMs: 0,
  });
  expect(decide(freshHistory(policy), crash(0, { wasReady: true })).decision).toEqual({
    do: 'restart',
    delayMs: 0,
  });
});

test('backoff: short runs in a row wait longer each time, a healthy one begins anew', () => {
  const first = decide(freshHistory(policy), crash(0));
  const second = decide(first.history, crash(100));
  const healthy = decide(second.history, crash(200, { ranMs: 600 }));
  expect([first, second, healthy].map(({ decision }) => decision)).toEqual([
    { do: 'restart', delayMs: 75 },
    { do: 'restart', delayMs: 150 },
    { do: 'restart', delayMs: 0 },
  ]);
});

test('circuit: opens on one restart too many, waits doubling per failed trial, capped at ten times the backoff', () => {
  let history = freshHistory(policy);
  for (let at = 0; at < 3; at += 1) ({ history } = decide(history, crash(at)));
  const opened = decide(history, crash(4));
  expect(opened.decision).toEqual({ do: 'open_circuit', retryAfterMs: 2000, restarts: 3 });
  const waits: number[] = [];
  for (let trial = 0, current = opened.history; trial < 4; trial += 1) {
    const { history: next, decision } = decide(beginTrial(current), crash(50_000 * (trial + 1)));
    if (decision.do === 'open_circuit') waits.push(decision.retryAfterMs);
    current = next;
  }
  expect(waits).toEqual([4000, 8000, 10_000, 10_000]);
});

test('circuit: a trial has succeeded when it was healthy and lasted as long as restarts are counted', () => {
  const open: RestartHistory = { ...freshHistory(policy), circuit: 'open', failedTrials: 2 };
  const trial = confirmHealthy(beginTrial(open));
  expect(trial.circuit).toBe('half_open');
  const after = decide(trial, crash(0, { ranMs: 10_000, wasReady: true }));
  expect(after.decision).toEqual({ do: 'restart', delayMs: 0 });
  expect(after.history).toMatchObject({ circuit: 'closed', failedTrials: 0 });
});

test('circuit: one that serves for a moment in every trial is tried ever more seldom', () => {
  let history: RestartHistory = { ...freshHistory(policy), circuit: 'open' };
  const waits = [1, 2, 3].map((at) => {
    const run = crash(at * 50_000, { ranMs: 9999, wasReady: true });
    const { history: next, decision } = decide(confirmHealthy(beginTrial(history)), run);
    history = next;
    return decision.do === 'open_circuit' ? decision.retryAfterMs : decision.do;
  });
  expect(waits).toEqual([4000, 8000, 10_000]);
});

test('restart types: transient stays down after a normal end or shutdown, temporary always', () => {
  const transient = { ...policy, type: 'transient' } as const;
  const temporary = { ...policy, type: 'temporary' } as const;
  const outcome = (type: typeof transient | typeof temporary, exit: EndedRun['exit']) =>
    decideRestart(freshHistory(type), crash(0, { exit }), { policy: type }).decision.do;
  expect(outcome(transient, 'normal')).toBe('finish');
  expect(outcome(transient, 'shutdown')).toBe('finish');
  expect(outcome(transient, 'killed')).toBe('restart');
  expect(outcome(temporary, 'abnormal')).toBe('finish');
});
