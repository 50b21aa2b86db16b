import type { Alert, IntegrationGap, LivenessSignal } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type IncidentFacts, nextStep } from '../../src/auto-recovery/next-step.js';
import type { SubsystemHealth } from '../../src/boundary.js';

const NOW = 1_000_000;

function health(traits: Partial<SubsystemHealth> = {}): SubsystemHealth {
  const reading = { reason: '', at: NOW, since: NOW };
  return {
    name: 'coder',
    domain: 'infra',
    status: 'error',
    rule: 'not_ready',
    reason: 'refused',
    axes: {
      liveness: { ...reading, state: 'alive' },
      readiness: { ...reading, state: 'not_ready' },
      progress: { ...reading, state: 'unknown' },
    },
    lastUpdatedAt: NOW,
    recovery: null,
    ...traits,
  };
}

function alert(traits: Partial<Alert> = {}): Alert {
  const base = {
    id: 'alert-1',
    fingerprint: 'health/not_ready/coder',
    type: 'health',
    severity: 'critical',
    state: 'active',
  } as const;
  const rest = { subsystem: 'coder', message: '', labels: { rule: 'not_ready' }, evidence: {} };
  return { ...base, ...rest, detectedAt: NOW, lastSeenAt: NOW, ...traits };
}

const GAP: IntegrationGap = {
  id: 'gap-1',
  fingerprint: 'g',
  type: 'configuration_issue',
  subsystem: 'coder',
  description: 'no secret',
  expected: 'a value',
  observed: 'nothing',
  state: 'open',
  severity: 'critical',
  remedyHint: 'set it',
  detectedAt: NOW,
  lastSeenAt: NOW,
};
const FIX = { power: 'connect', argument: 'b', description: 'connect' } as const;

function step(traits: Partial<IncidentFacts> = {}) {
  return nextStep({
    now: NOW,
    isForgotten: false,
    isManaged: true,
    isShort: false,
    health: health(),
    isBusy: false,
    isUnderWay: false,
    isAwaitingApproval: false,
    isWordNeedless: false,
    ownAlerts: [alert()],
    dependentAlerts: [],
    isFollowed: false,
    isEscalated: false,
    againAt: undefined,
    quietAt: 0,
    graceAt: 0,
    attemptEndsAt: 0,
    gap: undefined,
    ...traits,
  });
}

const well = health({ status: 'ok', rule: 'ready' });
const recovery = (given: NonNullable<LivenessSignal['recovery']>) =>
  health({ rule: 'dead', recovery: given });
const supervised = recovery({ by: 'supervisor', attempt: 2, nextAttemptAt: NOW + 50 });
const broken = recovery({ by: 'nobody', because: 'circuit open' });

test('next step: what fails, is known and is in our care is remedied', () => {
  expect(step().kind).toBe('remedy');
});

test('next step: while a remedy is under way nothing else is begun', () => {
  expect(step({ isUnderWay: true }).kind).toBe('wait');
  expect(step({ isUnderWay: true, health: broken }).kind).toBe('wait');
});

test('next step: the supervisor’s attempt is followed once and then waited for until its time is over', () => {
  expect(step({ health: supervised })).toMatchObject({ kind: 'follow', recovery: { attempt: 2 } });
  expect(step({ health: supervised, isFollowed: true, attemptEndsAt: NOW + 1 })).toMatchObject({
    kind: 'wait',
  });
  expect(step({ health: supervised, isFollowed: true, attemptEndsAt: NOW }).kind).toBe('remedy');
});

test('next step: an open circuit for want of something that can be given is remedied, not told to a person', () => {
  expect(step({ health: broken, isShort: true }).kind).toBe('remedy');
  expect(step({ health: broken, isShort: true, isAwaitingApproval: true }).kind).toBe('wait');
});

test('next step: an open circuit is told to a person once and never restarted', () => {
  expect(step({ health: broken })).toMatchObject({ kind: 'escalate', because: 'circuit open' });
  expect(step({ health: broken, isEscalated: true }).kind).toBe('wait');
});

test('next step: it is over when no alert is open and it has been quiet long enough', () => {
  expect(step({ ownAlerts: [], health: well, quietAt: NOW + 5 })).toMatchObject({
    kind: 'settle',
    wakeAt: NOW + 5,
  });
  expect(step({ ownAlerts: [], health: well }).kind).toBe('resolve');
  expect(step({ ownAlerts: [] }).kind).not.toBe('resolve');
});

test('next step: dependents have a time of grace after their cause is well', () => {
  const left = { ownAlerts: [], health: well, dependentAlerts: [alert({ subsystem: 'web' })] };
  expect(step({ ...left, graceAt: NOW + 5 })).toMatchObject({ kind: 'wait', wakeAt: NOW + 5 });
  expect(step(left)).toMatchObject({ kind: 'release' });
});

test('next step: without fresh evidence, or while it boots, nothing is done on the strength of an old alert', () => {
  expect(step({ health: health({ lastUpdatedAt: null }) }).kind).toBe('wait');
  expect(step({ health: health({ status: 'unknown', rule: 'nothing_known' }) }).kind).toBe('wait');
  expect(step({ health: health({ rule: 'starting' }) }).kind).toBe('wait');
  expect(step({ health: undefined }).kind).toBe('wait');
});

test('next step: what still works is only noted, and said to be busy when it is', () => {
  const busy = health({ status: 'warn', rule: 'busy' });
  expect(step({ health: busy, isBusy: true })).toMatchObject({
    kind: 'note',
    summary: 'it does not answer but works: it is left alone',
  });
  expect(step({ health: health({ status: 'warn', rule: 'told_warn' }) }).kind).toBe('note');
});

test('next step: what is only looked at is never remedied nor fixed', () => {
  expect(step({ isManaged: false }).kind).toBe('wait');
  const wiring = {
    health: well,
    ownAlerts: [alert({ type: 'integration', labels: {} })],
    gap: { ...GAP, fix: FIX },
  };
  expect(step({ ...wiring, isManaged: false }).kind).toBe('wait');
  expect(step(wiring).kind).toBe('fix-gap');
});

test('next step: a fix that failed, or none, is handed to a person with the hint', () => {
  const wiring = { health: well, ownAlerts: [alert({ type: 'integration', labels: {} })] };
  expect(step({ ...wiring, gap: GAP })).toMatchObject({ kind: 'escalate', because: 'no secret — set it' });
  expect(step({ ...wiring, gap: { ...GAP, fix: FIX, state: 'fix_failed' } }).kind).toBe('escalate');
});

test('next step: a process that cannot start for want of a secret is not restarted', () => {
  const dead = health({ rule: 'dead' });
  const axes = { ...dead.axes, liveness: { ...dead.axes.liveness, state: 'dead' } as const };
  expect(step({ health: { ...dead, axes }, gap: GAP }).kind).toBe('escalate');
});

test('next step: a person who is asked is waited for', () => {
  expect(step({ isAwaitingApproval: true }).kind).toBe('wait');
  expect(step({ isEscalated: true }).kind).toBe('wait');
});

test('next step: who may be tried again later is looked at then, and a remedy that waits for approval is not', () => {
  expect(step({ isEscalated: true, againAt: NOW + 5 })).toMatchObject({ kind: 'wait', wakeAt: NOW + 5 });
  expect(step({ againAt: NOW }).kind).toBe('remedy');
  expect(step({ isAwaitingApproval: true, againAt: NOW })).toEqual({
    kind: 'wait',
    because: 'a person is asked',
  });
});

test('next step: a remedy that waits for a word is withdrawn once its cause is well and without an alert', () => {
  expect(step({ isWordNeedless: true, ownAlerts: [] }).kind).toBe('withdraw');
  expect(step({ isWordNeedless: true, isUnderWay: true, ownAlerts: [] }).kind).toBe('wait');
  expect(step({ isWordNeedless: true, ownAlerts: [alert()] }).kind).not.toBe('withdraw');
});
