import type { RecoveryAction } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type GuardrailFacts, judgeRemedy } from '../../src/remediation/guardrails.js';
import {
  type RemediationPolicyOptions,
  remediationPolicy,
} from '../../src/remediation/remediation-policy.js';

const NOW = 1_000_000;

function remedy(traits: Partial<RecoveryAction> = {}): RecoveryAction {
  return {
    id: 'remedy-1',
    type: 'service_restart',
    subsystem: 'coder',
    description: '',
    risk: 'low',
    state: 'proposed',
    executor: 'pipeline',
    effect: { power: 'restart' },
    findingId: 'alert-1',
    incidentId: 'incident-1',
    rung: 0,
    reason: '',
    evidence: {},
    verification: { roundTrip: true, stableForMs: 500, deadlineMs: 15_000 },
    checks: [],
    createdAt: NOW,
    ...traits,
  };
}

function judge(
  facts: Partial<GuardrailFacts> = {},
  policy: RemediationPolicyOptions = {},
  isApproved = false,
) {
  const all: GuardrailFacts = {
    now: NOW,
    policy: remediationPolicy(policy),
    remedy: remedy(),
    severity: 'critical',
    remedies: [],
    othersUnderWay: 0,
    fleetSize: 10,
    stallAfterMs: undefined,
    isBusy: false,
    isRestartedBySupervisor: false,
    causedBy: undefined,
    ...facts,
  };
  const refusal = judgeRemedy(all, isApproved);
  return refusal && [refusal.guardrail, refusal.verdict];
}

test('guardrails: nothing stands against a low-risk remedy of a critical finding', () => {
  expect(judge()).toBeUndefined();
});

test('guardrails: each one refuses what it is for', () => {
  const earlier = remedy({
    id: 'remedy-0',
    incidentId: 'incident-0',
    state: 'succeeded',
    executedAt: NOW - 2000,
    finishedAt: NOW - 1000,
  });
  expect(judge({}, { overrides: { coder: 'off' } })).toEqual(['policy-off', 'refuse']);
  expect(judge({ isBusy: true })).toEqual(['busy', 'wait']);
  expect(judge({ causedBy: 'database' })).toEqual(['caused-by-another', 'wait']);
  expect(judge({ isRestartedBySupervisor: true })).toEqual(['already-being-remedied', 'wait']);
  expect(judge({ remedies: [remedy({ id: 'other', state: 'executing' })] })).toEqual([
    'already-being-remedied',
    'wait',
  ]);
  expect(judge({}, { maintenance: [{ startsAt: NOW - 1, endsAt: NOW + 1 }] })).toEqual([
    'maintenance',
    'wait',
  ]);
  expect(judge({ remedies: [earlier] })).toEqual(['cooldown', 'wait']);
  expect(judge({ othersUnderWay: 3 })).toEqual(['blast-radius', 'wait']);
  expect(judge({ severity: 'warning' })).toEqual(['severity', 'wait']);
  expect(judge({ remedy: remedy({ risk: 'medium' }) })).toEqual(['policy', 'ask']);
  expect(judge({}, { default: 'propose' })).toEqual(['policy', 'ask']);
});

test('guardrails: a person’s approval overrides policy and caution, never the veto of what works', () => {
  expect(judge({ severity: 'warning' }, { default: 'off' }, true)).toBeUndefined();
  expect(judge({ isBusy: true }, {}, true)).toEqual(['busy', 'wait']);
  expect(judge({ isRestartedBySupervisor: true }, {}, true)).toEqual(['already-being-remedied', 'wait']);
});

test('guardrails: the end of a window, a cooldown or a period has passed when it is reached', () => {
  const finished = remedy({
    id: 'remedy-0',
    incidentId: 'i-0',
    state: 'failed',
    executedAt: 1,
    finishedAt: NOW - 5000,
  });
  expect(judge({ remedies: [finished] }, { cooldownMs: 5000 })).toBeUndefined();
  expect(judge({}, { maintenance: [{ startsAt: 0, endsAt: NOW }] })).toBeUndefined();
  expect(judge({}, { maintenance: [{ subsystem: 'other', startsAt: 0, endsAt: NOW * 2 }] })).toBeUndefined();
});

test('guardrails: the next rung within one incident is not held up by the cooldown', () => {
  const lower = remedy({ id: 'remedy-0', state: 'failed', executedAt: NOW - 20, finishedAt: NOW - 10 });
  expect(judge({ remedies: [lower] })).toBeUndefined();
});

test('guardrails: a fleet of one may be recovered', () => {
  expect(judge({ fleetSize: 1 }, { largestShare: 0 })).toBeUndefined();
});

test('guardrails: a subsystem named like a member of every object has the default policy', () => {
  expect(judge({ remedy: remedy({ subsystem: 'constructor' }) }, { overrides: {} })).toBeUndefined();
});

test('guardrails: three repairs of being stuck in a row that did not last are enough, of any other trouble they are not', () => {
  const after = (rule: string) => ({
    remedy: remedy({ evidence: { rule } }),
    remedies: [3, 2, 1].map((ago) =>
      remedy({ id: `r-${ago}`, state: 'succeeded', executedAt: NOW - ago * 60_000, evidence: { rule } }),
    ),
  });
  expect(judge(after('stuck'))).toEqual(['recurrence', 'wait']);
  expect(judge(after('stuck'), {}, true)).toBeUndefined();
  expect(judge(after('not_ready'))).toBeUndefined();
  expect(judge({ ...after('stuck'), remedies: after('stuck').remedies.slice(1) })).toBeUndefined();
});
