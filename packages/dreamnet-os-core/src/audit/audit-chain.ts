import { createHash } from 'node:crypto';
import type { AuditEntry, Evidence } from '@dreamnet/contracts';
import { canonicalJson } from './canonical-json.js';

/** What is to be recorded: who did what to which thing. */
export interface AuditDraft {
  actor: string;
  action: string;
  target: string;
  details?: Evidence;
}

/** The end of a chain that the next entry is tied to. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** What an empty chain begins with. */
export const AUDIT_GENESIS: AuditHead = { sequence: 0, hash: '0'.repeat(64) };

export type AuditVerdict =
  | { readonly ok: true; readonly entries: number }
  | { readonly ok: false; readonly sequence: number; readonly because: string };

/**
 * Ties one entry to the chain; pure.
 *
 * @param at Epoch ms.
 */
export function linkAuditEntry(head: AuditHead, draft: AuditDraft, at: number): AuditEntry {
  const unsigned: Omit<AuditEntry, 'hash'> = {
    sequence: head.sequence + 1,
    at,
    actor: draft.actor,
    action: draft.action,
    target: draft.target,
    details: draft.details ?? {},
    previous: head.hash,
  };
  return { ...unsigned, hash: hashOf(unsigned) };
}

/**
 * Checks every link of a chain, oldest entry first.
 *
 * @param entries All entries, or a run of them from the middle of a chain.
 * @param head What the first entry must be tied to; left out, the first entry's own `previous` is believed unless
 *   it claims to be the first of all.
 * @returns The first broken link and why, when there is one.
 */
export function verifyAuditChain(entries: readonly AuditEntry[], head?: AuditHead): AuditVerdict {
  let previous = head ?? startOf(entries);
  for (const entry of entries) {
    const because = brokenBecause(entry, previous);
    if (because !== undefined) return { ok: false, sequence: entry.sequence, because };
    previous = entry;
  }
  return { ok: true, entries: entries.length };
}

function startOf(entries: readonly AuditEntry[]): AuditHead {
  const first = entries[0];
  if (first === undefined || first.sequence === 1) return AUDIT_GENESIS;
  return { sequence: first.sequence - 1, hash: first.previous };
}

function brokenBecause(entry: AuditEntry, previous: AuditHead): string | undefined {
  if (entry.sequence !== previous.sequence + 1)
    return `entry ${previous.sequence + 1} is missing: after ${previous.sequence} comes ${entry.sequence}`;
  if (entry.previous !== previous.hash) return 'it is not tied to the entry before it';
  const { hash, ...unsigned } = entry;
  return hash === hashOf(unsigned) ? undefined : 'its content is not what was recorded';
}

function hashOf(unsigned: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(unsigned)).digest('hex');
}
