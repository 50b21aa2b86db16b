import type { RemedyState } from '@dreamnet/contracts';
import type { TransitionTable } from '@dreamnet/kit';

export type RemedyEvent =
  | 'ask'
  | 'approve'
  | 'reject'
  | 'expire'
  | 'supersede'
  | 'adopt'
  | 'execute'
  | 'executed'
  | 'passed'
  | 'failed';

/**
 * The life of a remedy. `execute` is stored before the effect, so a remedy found in `executing` after a crash may
 * or may not have had it: it goes on to `verifying` and is never carried out a second time.
 *
 * ```
 * proposed ──ask──► needs_approval ──approve──► approved ──execute──► executing ──executed──► verifying
 *    │ └───────approve──────────────────────────►▲  │                    │ failed               │ passed / failed
 *    └─adopt (the supervisor carries it out) ───────┼────────────────────┼──────► verifying     ▼
 *  reject → rejected, expire → expired, supersede → superseded           └─► failed     succeeded / failed
 * ```
 */
export const REMEDY_STATES = {
  proposed: {
    ask: 'needs_approval',
    approve: 'approved',
    reject: 'rejected',
    expire: 'expired',
    supersede: 'superseded',
    adopt: 'verifying',
  },
  needs_approval: {
    approve: 'approved',
    reject: 'rejected',
    expire: 'expired',
    supersede: 'superseded',
  },
  approved: {
    execute: 'executing',
    reject: 'rejected',
    expire: 'expired',
    supersede: 'superseded',
  },
  executing: { executed: 'verifying', failed: 'failed', supersede: 'superseded' },
  verifying: { passed: 'succeeded', failed: 'failed', supersede: 'superseded' },
  succeeded: {},
  failed: {},
  rejected: {},
  expired: {},
  superseded: {},
} as const satisfies TransitionTable<RemedyState, RemedyEvent>;

const RUNNING: ReadonlySet<RemedyState> = new Set(['approved', 'executing', 'verifying']);
const WAITING: ReadonlySet<RemedyState> = new Set(['proposed', 'needs_approval']);

/** Is something being done, or about to be, without anybody's further word? */
export function isUnderWay(state: RemedyState): boolean {
  return RUNNING.has(state);
}

/** Does it wait for somebody's word? */
export function isWaiting(state: RemedyState): boolean {
  return WAITING.has(state);
}

/** Will the remedy never change again? */
export function isFinished(state: RemedyState): boolean {
  return !RUNNING.has(state) && !WAITING.has(state);
}
