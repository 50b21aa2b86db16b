import type { RecoveryPolicy } from '@dreamnet/contracts';

/** A time in which nothing is repaired by itself, because people work there. */
export interface MaintenanceWindow {
  /** Left out: the whole fleet. */
  subsystem?: string;
  /** Epoch ms. */
  startsAt: number;
  endsAt: number;
}

/** How far the pipeline may go by itself, and how long it looks. All times are milliseconds. */
export interface RemediationPolicy {
  default: RecoveryPolicy;
  /** Per subsystem. */
  overrides: Readonly<Record<string, RecoveryPolicy>>;
  /** Between the end of one incident's remedies on a subsystem and the next incident's first. */
  cooldownMs: number;
  /** At most this many executed remedies of one subsystem within the period. */
  intensity: { limit: number; periodMs: number };
  /** Largest share of the fleet under recovery at once, 0..1; one subsystem is always allowed. */
  largestShare: number;
  maintenance: readonly MaintenanceWindow[];
  /** An approval asked for is void after this. */
  approvalTtlMs: number;
  /** The finding must be gone this long before a remedy has succeeded. */
  stableForMs: number;
  /** From the end of the action to the last check. */
  deadlineMs: number;
  /** How long a dependent may stay broken after its cause is healthy. */
  graceMs: number;
  /** How long the verdict on the dependencies is waited for. */
  analysisMs: number;
}

export type RemediationPolicyOptions = Partial<RemediationPolicy>;

/** Cautious where people would be, quick where only restarts are at stake. */
export const DEFAULT_REMEDIATION_POLICY: RemediationPolicy = {
  default: 'low-risk',
  overrides: {},
  cooldownMs: 5_000,
  intensity: { limit: 10, periodMs: 600_000 },
  largestShare: 1 / 3,
  maintenance: [],
  approvalTtlMs: 3_600_000,
  stableForMs: 500,
  deadlineMs: 15_000,
  graceMs: 10_000,
  analysisMs: 3_000,
};

/** The defaults with what the caller gave; what is undefined was not given. */
export function remediationPolicy(options: RemediationPolicyOptions = {}): RemediationPolicy {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return Object.freeze({ ...DEFAULT_REMEDIATION_POLICY, ...given });
}

/** The policy in force for one subsystem. */
export function policyFor(policy: RemediationPolicy, subsystem: string): RecoveryPolicy {
  return Object.hasOwn(policy.overrides, subsystem)
    ? (policy.overrides[subsystem] ?? policy.default)
    : policy.default;
}
