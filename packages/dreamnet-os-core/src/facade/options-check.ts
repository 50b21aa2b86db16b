import type { RecoveryPolicy } from '@dreamnet/contracts';
import {
  DEFAULT_REMEDIATION_POLICY,
  type RemediationPolicyOptions,
} from '../remediation/remediation-policy.js';
import { mustBe, mustBeOneOf, mustBeRules, mustBeWithin, mustKnow } from './argument-check.js';
import type { DreamNetOSCoreOptions } from './core-options.js';

const PLACE = 'createDreamNetOSCore(options)';
const KNOWN: Readonly<Record<keyof DreamNetOSCoreOptions, true>> = {
  ...{ clock: true, store: true, bus: true, version: true, source: true, random: true, mask: true },
  ...{ keepingProblem: true, configProblem: true, secretsProblem: true, isAwaited: true, notify: true },
  ...{ policy: true, rules: true, delivery: true, escalation: true, alerts: true, health: true },
  ...{ gapsEveryMs: true, historyEveryMs: true, history: true, anomalies: true },
};
const FUNCTIONS = [
  'keepingProblem',
  'configProblem',
  'secretsProblem',
  'isAwaited',
  'notify',
  'random',
  'mask',
] as const;
const LEVELS: Readonly<Record<RecoveryPolicy, true>> = {
  off: true,
  propose: true,
  'low-risk': true,
  full: true,
};
/** No shorter than a timer can be, no longer than it may be. */
const INTERVAL_MS = [1, 2 ** 31 - 1] as const;
const AMOUNT = [0, Number.POSITIVE_INFINITY] as const;
const SHARE = [0, 1] as const;

/**
 * Refuses options that cannot be meant, or that there are not: a core that repairs by another policy than the one somebody
 * believes to have given is worse than none.
 *
 * @throws DN_CORE_ARGUMENT with the place
 */
export function checkOptions(options: DreamNetOSCoreOptions): void {
  mustKnow(Object.keys(KNOWN), PLACE, options);
  mustBeRules(`${PLACE}: rules`, options.rules);
  for (const name of FUNCTIONS)
    if (options[name] !== undefined) mustBe('function', `${PLACE}: ${name}`, options[name]);
  mustBeWithin(`${PLACE}: gapsEveryMs`, options.gapsEveryMs, INTERVAL_MS);
  mustBeWithin(`${PLACE}: historyEveryMs`, options.historyEveryMs, INTERVAL_MS);
  if (options.policy !== undefined) checkPolicy(`${PLACE}: policy`, options.policy);
}

function checkPolicy(place: string, policy: RemediationPolicyOptions): void {
  mustKnow(Object.keys(DEFAULT_REMEDIATION_POLICY), place, policy);
  const { default: level, overrides, intensity, largestShare, maintenance, ...times } = policy;
  if (level !== undefined) mustBeOneOf(Object.keys(LEVELS), `${place}.default`, level);
  if (overrides !== undefined) mustBe('object', `${place}.overrides`, overrides);
  for (const [name, own] of Object.entries(overrides ?? {}))
    mustBeOneOf(Object.keys(LEVELS), `${place}.overrides.${name}`, own);
  for (const [name, ms] of Object.entries(times)) mustBeWithin(`${place}.${name}`, ms, AMOUNT);
  mustBeWithin(`${place}.largestShare`, largestShare, SHARE);
  if (intensity !== undefined) {
    mustBe('object', `${place}.intensity`, intensity);
    for (const key of ['limit', 'periodMs'] as const)
      mustBeWithin(`${place}.intensity.${key}`, intensity[key] ?? null, AMOUNT);
  }
  if (maintenance !== undefined) mustBe('list of objects', `${place}.maintenance`, maintenance);
}
