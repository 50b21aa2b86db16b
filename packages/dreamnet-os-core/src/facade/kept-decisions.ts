import type { AuditDraft } from '../audit/audit-chain.js';
import { coreError } from '../errors.js';
import type { Rooms } from './rooms.js';

/** What a person decides must not be lost: while the store takes no writes nothing is decided. @throws DN_CORE_NOT_KEPT */
export function refuseUnkept({ alerting }: Rooms, what: string): void {
  const problem = alerting.store.problem();
  if (problem !== undefined) throw coreError('DN_CORE_NOT_KEPT', { what, problem });
}

/** Brings the audit entry of a decision to disk before it is made. @throws DN_CORE_NOT_KEPT; then do not make it */
export async function recordFirst(rooms: Rooms, draft: AuditDraft): Promise<void> {
  const what = `${draft.action} ${draft.target}`;
  refuseUnkept(rooms, what);
  if (await rooms.keeper.commit(draft)) return;
  throw coreError('DN_CORE_NOT_KEPT', {
    what,
    problem: rooms.alerting.store.problem() ?? 'the store refused the write',
  });
}

/** Resolves when what was decided about remedies and incidents so far is on disk. @throws DN_CORE_KEPT_LATER */
export async function whenKept({ keeper, alerting }: Rooms, what: string): Promise<void> {
  if (await keeper.kept()) return;
  const problem = alerting.store.problem() ?? 'the store refused the write';
  throw coreError('DN_CORE_KEPT_LATER', { what, problem });
}
