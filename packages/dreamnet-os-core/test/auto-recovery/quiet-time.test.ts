import type { Incident, IncidentEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { quietForMs } from '../../src/auto-recovery/incident-facts.js';
import type { RecoveryDeps } from '../../src/auto-recovery/recovery-deps.js';

const STABLE_MS = 1000;
const BEGIN = 1_000_000;

const stagesAt = (stage: IncidentEntry['stage'], ...times: number[]): IncidentEntry[] =>
  times.map((at) => ({ at, stage, subsystem: 'a', summary: stage, evidence: {} }));
const faults = (...times: number[]): IncidentEntry[] => stagesAt('fault', ...times);
/** Found not ready, and repaired half a second later. */
const wedges = (...times: number[]): IncidentEntry[] =>
  times.flatMap((at) => [...stagesAt('detected', at), ...stagesAt('verified', at + 500)]);

function incident(openedAt: number, stages: IncidentEntry[], resolvedAt?: number): Incident {
  const cause = { subsystem: 'a', reason: 'gone', decidedBy: 'alone', candidates: [] };
  const all = { id: 'incident-1', title: 'a', cause, alertIds: [], affected: ['a'], openedAt, stages };
  return { ...all, state: resolvedAt === undefined ? 'open' : 'resolved', ...(resolvedAt && { resolvedAt }) };
}

function quietFor(now: Incident, last?: Incident): number {
  const incidents = { lastResolvedFor: () => last };
  return quietForMs({ incidents, policy: { stableForMs: STABLE_MS } } as unknown as RecoveryDeps, now);
}

test('quiet time: the first fault is over soon, each further one of an incident doubles it, up to five seconds', () => {
  const times = [1, 2, 3, 4].map((count) => {
    const at = Array.from({ length: count }, (_, place) => BEGIN + place * 100);
    return quietFor(incident(BEGIN, faults(...at)));
  });
  expect(times).toEqual([1000, 2000, 4000, 5000]);
});

test('quiet time: what comes back after its incident had ended must stay quiet twice as long as it had been', () => {
  const last = incident(BEGIN, faults(BEGIN), BEGIN + 1000);
  const back = incident(BEGIN + 3000, faults(BEGIN + 3000));
  expect(quietFor(back, last)).toBe(2000);
  const again = incident(BEGIN + 3000, faults(BEGIN + 3000), BEGIN + 5000);
  expect(quietFor(incident(BEGIN + 8000, faults(BEGIN + 8000)), again)).toBe(4000);
});

test('quiet time: an incident long ago says nothing of this one, and neither does a clock that was set back', () => {
  const last = incident(BEGIN, faults(BEGIN), BEGIN + 4000);
  expect(quietFor(incident(BEGIN + 60_000, faults(BEGIN + 60_000)), last)).toBe(1000);
  expect(quietFor(incident(BEGIN - 60_000, faults(BEGIN - 60_000)), last)).toBe(1000);
  const oddlyEnded = incident(BEGIN, faults(BEGIN), BEGIN - 5000);
  expect(quietFor(incident(BEGIN, faults(BEGIN)), oddlyEnded)).toBe(1000);
});

test('quiet time: who stops answering again after a verified repair doubles it as one that ends does', () => {
  const times = [1, 2, 3, 4].map((count) => {
    const at = Array.from({ length: count }, (_, place) => BEGIN + place * 1000);
    return quietFor(incident(BEGIN, wedges(...at)));
  });
  expect(times).toEqual([1000, 2000, 4000, 5000]);
  const last = incident(BEGIN, wedges(BEGIN), BEGIN + 2000);
  expect(quietFor(incident(BEGIN + 4000, stagesAt('detected', BEGIN + 4000)), last)).toBe(4000);
});

test('quiet time: one illness that is found by several alerts, or after its process ended, is one', () => {
  const found = stagesAt('detected', BEGIN, BEGIN + 100, BEGIN + 200);
  expect(quietFor(incident(BEGIN, found))).toBe(1000);
  expect(quietFor(incident(BEGIN, [...faults(BEGIN), ...found]))).toBe(1000);
  const ofAnother = found.map((entry) => ({ ...entry, subsystem: 'b' }));
  expect(quietFor(incident(BEGIN, [...faults(BEGIN), ...wedges(), ...ofAnother]))).toBe(1000);
});
