import type { Replica, ReplicaRecord } from './replica-record.js';
import {
  advanceRolling,
  endOfMove,
  isBeside,
  isOver,
  type RollingEvent,
  type RollingMove,
  type RollingRestart,
} from './rolling-restart.js';

/** What is seen of the processes of an agent while a rolling restart goes on. */
export interface RollingFacts {
  /** Epoch ms. */
  now: number;
  /** It serves. */
  isReady: (slot: number) => boolean;
  /** Why it will not serve: it was refused, it gave up, or its time is over; undefined while it may. */
  failure: (slot: number) => string | undefined;
  /** It is being ended at this moment, and whether it still worked then. */
  isEnding: (slot: number) => false | 'idle' | 'overdue';
}

/**
 * The next step of a rolling restart, as the record is to be stored before anything is done: who is added is started,
 * and who leaves is ended, by whoever keeps the record true. Pure; asked again and again until it is over.
 *
 * @returns The same record when there is nothing to do but to wait.
 */
export function rollOn(record: ReplicaRecord, facts: RollingFacts): ReplicaRecord {
  const { rolling } = record;
  const move = rolling?.moves[rolling.index];
  if (!rolling || !move || isOver(rolling)) return record;
  const go = (event: RollingEvent, change?: Partial<RollingRestart>) =>
    advanceRolling({ ...rolling, ...change }, event, facts.now);
  switch (rolling.phase) {
    case 'planned':
      return isBeside(rolling)
        ? { ...record, replicas: added(record, move.to), rolling: go('begin') }
        : { ...record, replicas: leaving(record, move.from), rolling: go('begin') };
    case 'starting':
      return afterStart(record, { rolling, move, facts });
    case 'draining':
    case 'stopping':
      return afterEnd(record, { rolling, move, facts });
    case 'undoing':
      return has(record, move.to) ? record : { ...record, rolling: go('gone') };
    default:
      return record;
  }
}

/** Given up by somebody: what runs goes on, whatever was being started is ended. */
export function abandonRolling(record: ReplicaRecord, because: string, now: number): ReplicaRecord {
  const { rolling } = record;
  if (!rolling || isOver(rolling)) return record;
  return { ...record, rolling: { ...rolling, phase: 'stopped', phaseSince: now, because } };
}

interface Step {
  rolling: RollingRestart;
  move: RollingMove;
  facts: RollingFacts;
}

function afterStart(record: ReplicaRecord, { rolling, move, facts }: Step): ReplicaRecord {
  const { from, to } = move;
  if (facts.isReady(to))
    return isBeside(rolling)
      ? { ...record, replicas: leaving(record, from), rolling: advanceRolling(rolling, 'ready', facts.now) }
      : { ...record, rolling: advanceRolling(rolling, endOfMove(rolling), facts.now) };
  const because = facts.failure(to);
  if (because === undefined) return record;
  const failed = advanceRolling({ ...rolling, because }, 'not_ready', facts.now);
  return { ...record, rolling: failed, ...(isBeside(rolling) && { replicas: leaving(record, to) }) };
}

function afterEnd(record: ReplicaRecord, { rolling, move, facts }: Step): ReplicaRecord {
  const { from } = move;
  const isGone = !has(record, from);
  if (rolling.phase === 'draining') {
    const ending = isGone ? 'idle' : facts.isEnding(from);
    return ending === false ? record : { ...record, rolling: advanceRolling(rolling, ending, facts.now) };
  }
  if (!isGone) return record;
  return isBeside(rolling)
    ? { ...record, rolling: advanceRolling(rolling, endOfMove(rolling), facts.now) }
    : { ...record, replicas: added(record, from), rolling: advanceRolling(rolling, 'gone', facts.now) };
}

function has({ replicas }: ReplicaRecord, slot: number): boolean {
  return replicas.some((one) => one.slot === slot);
}

function added(record: ReplicaRecord, slot: number): Replica[] {
  if (has(record, slot)) return record.replicas;
  return [...record.replicas, { slot, port: null, isLeaving: false }].sort(
    (left, right) => left.slot - right.slot,
  );
}

function leaving({ replicas }: ReplicaRecord, slot: number): Replica[] {
  return replicas.map((one) => (one.slot === slot ? { ...one, isLeaving: true } : one));
}
