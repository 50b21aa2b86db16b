import type { ScaleDecisionView, Store, StoreWrite } from '@dreamnet/contracts';
import { scanAll } from '@dreamnet/kit';
import { z } from 'zod';
import { parseData } from '../validation/parse.js';
import { replicaId } from './replica-names.js';
import type { RollingRestart } from './rolling-restart.js';

/** One replica that is there or is meant to be. */
export interface Replica {
  slot: number;
  /** The port it was given; null when it needs none. */
  port: number | null;
  /** It gets no more calls, and ends once it works on none. */
  isLeaving: boolean;
}

/** How many processes an agent has, and what is being done about it. Stored before anything is done. */
export interface ReplicaRecord {
  agent: string;
  /** What the fleet file said when `desired` was last taken from it. */
  declared: string;
  desired: number;
  /** Somebody set `desired`: it follows no metric until it is let go, or the fleet file says other limits. */
  isSetByHand?: true;
  replicas: Replica[];
  rolling: RollingRestart | null;
  /** Another rolling restart follows the one under way, for this reason. */
  next?: string;
  /** The changes made last, newest last. */
  decisions: ScaleDecisionView[];
}

/** Changes kept for each agent: a day of an agent that scales every hour. */
const DECISIONS_KEPT = 24;
const COLLECTION = 'linker.replicas';

const slotSchema = z.int().min(0).max(1_000_000);
const replicaSchema = z.strictObject({
  slot: slotSchema,
  port: z.int().min(1).max(65_535).nullable(),
  isLeaving: z.boolean(),
});
const rollingSchema = z.strictObject({
  moves: z.array(z.strictObject({ from: slotSchema, to: slotSchema })).min(1),
  index: z.int().min(0),
  phase: z.enum(['planned', 'starting', 'draining', 'stopping', 'undoing', 'stopped', 'done']),
  startedAt: z.number(),
  phaseSince: z.number(),
  reason: z.string(),
  because: z.exactOptional(z.string()),
  before: z.exactOptional(z.array(z.string())),
  isRepeated: z.exactOptional(z.boolean()),
});
const decisionSchema = z.strictObject({
  at: z.number(),
  from: z.number(),
  to: z.number(),
  metric: z.string(),
  value: z.number().nullable(),
  target: z.number(),
  formula: z.string(),
  because: z.string(),
});

const replicaRecordSchema = z
  .strictObject({
    agent: z.string().min(1),
    declared: z.string(),
    desired: z.int().min(0),
    isSetByHand: z.exactOptional(z.literal(true)),
    replicas: z.array(replicaSchema),
    rolling: rollingSchema.nullable(),
    next: z.exactOptional(z.string()),
    decisions: z.array(decisionSchema),
  })
  .refine(({ rolling }) => rolling === null || rolling.index < rolling.moves.length, 'no such move');

/** The write that stores how an agent's replicas stand. */
export function putReplicas(record: ReplicaRecord): StoreWrite {
  return { op: 'put', collection: COLLECTION, key: record.agent, value: record };
}

/** The write that forgets an agent's replicas. */
export function deleteReplicas(agent: string): StoreWrite {
  return { op: 'delete', collection: COLLECTION, key: agent };
}

/** Every stored record; one that is damaged or of another version is left out and named. */
export async function loadReplicas(
  store: Store,
): Promise<{ records: readonly ReplicaRecord[]; unreadable: readonly string[] }> {
  const records: ReplicaRecord[] = [];
  const unreadable: string[] = [];
  for await (const { key, value } of scanAll(store, COLLECTION)) {
    const outcome = parseData<ReplicaRecord>(replicaRecordSchema, value);
    if (outcome.ok) records.push(outcome.value);
    else unreadable.push(key);
  }
  return { records, unreadable };
}

/**
 * The ids of those that are the agent to others: not whoever leaves, and not one that a rolling restart has started and that nobody
 * has seen serve yet.
 */
export function memberIds({ agent, replicas, rolling }: ReplicaRecord): string[] {
  const move = rolling?.moves[rolling.index];
  const isNew = rolling?.phase === 'starting' || rolling?.phase === 'undoing';
  const onTrial = isNew && move && move.from !== move.to ? move.to : undefined;
  return replicas.flatMap(({ slot, isLeaving }) =>
    isLeaving || slot === onTrial ? [] : [replicaId(agent, slot)],
  );
}

/** The record without a rolling restart to follow; the same one when there was none. */
export function withoutNext(record: ReplicaRecord): ReplicaRecord {
  if (record.next === undefined) return record;
  const { next: _, ...rest } = record;
  return rest;
}

/** The record with a number that somebody set, or with one that follows the metric again. */
export function setByHand(record: ReplicaRecord, isSetByHand: boolean): ReplicaRecord {
  if ((record.isSetByHand ?? false) === isSetByHand) return record;
  const { isSetByHand: _, ...rest } = record;
  return isSetByHand ? { ...rest, isSetByHand } : rest;
}

/** The record with one more change among its last ones. */
export function withDecision(record: ReplicaRecord, decision: ScaleDecisionView): ReplicaRecord {
  return { ...record, decisions: [...record.decisions, decision].slice(-DECISIONS_KEPT) };
}
