import { chooseLeaving, freeSlots, type LeavingCandidate } from './replica-choice.js';
import { ONLY_SLOT } from './replica-names.js';
import type { Replica, ReplicaRecord } from './replica-record.js';

/** How many processes an agent is to have, and what is known of those it has. */
export interface Resize {
  desired: number;
  /** Replicas have numbers; without them the only process is the agent itself. */
  isNumbered: boolean;
  /** Who serves how much, for the choice of who goes. One that is not named counts as not ready. */
  candidates: readonly LeavingCandidate[];
  /** May one that leaves be kept after all? Not when it is being ended already. */
  canStay: (slot: number) => boolean;
}

/** The record as it is to be stored, and the rule by which those that go were chosen. */
export interface Resized {
  record: ReplicaRecord;
  added: readonly number[];
  leaving: readonly number[];
  chosenBy: string | null;
}

/**
 * Adds or takes away replicas until there are as many as desired: growing keeps first those that were about to leave,
 * then takes the lowest free numbers; shrinking takes those that serve least. Pure; ports are given to the added later.
 */
export function resizeReplicas(record: ReplicaRecord, resize: Resize): Resized {
  const { desired, isNumbered, candidates, canStay } = resize;
  const fits = ({ slot }: Replica) => isNumbered === (slot !== ONLY_SLOT);
  const staying = record.replicas.filter((one) => fits(one) && !one.isLeaving);
  const missing = desired - staying.length;
  const kept = record.replicas
    .filter((one) => fits(one) && one.isLeaving && canStay(one.slot))
    .slice(0, Math.max(0, missing));
  const taken = record.replicas.map(({ slot }) => slot);
  const count = Math.max(0, missing - kept.length);
  const added = isNumbered
    ? freeSlots(taken, count)
    : taken.includes(ONLY_SLOT) || count === 0
      ? []
      : [ONLY_SLOT];
  const known = new Map(candidates.map((one) => [one.slot, one]));
  const choice = chooseLeaving(
    staying.map(({ slot }) => known.get(slot) ?? { slot, isReady: false, inFlight: 0 }),
    Math.max(0, -missing),
  );
  const leaving = new Set([
    ...choice.slots,
    ...record.replicas.filter((one) => !fits(one)).map(({ slot }) => slot),
  ]);
  const keptSlots = new Set(kept.map(({ slot }) => slot));
  const replicas = [
    ...record.replicas.map((one) => ({
      ...one,
      isLeaving: leaving.has(one.slot) || (one.isLeaving && !keptSlots.has(one.slot)),
    })),
    ...added.map((slot) => ({ slot, port: null, isLeaving: false })),
  ].sort((left, right) => left.slot - right.slot);
  return {
    record: { ...record, desired, replicas },
    added,
    leaving: [...leaving],
    chosenBy: choice.slots.length === 0 ? null : choice.reason,
  };
}
