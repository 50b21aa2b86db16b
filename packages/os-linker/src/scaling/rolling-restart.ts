import { type StepOutcome, step, type TransitionTable } from '@dreamnet/kit';
import { freeSlots } from './replica-choice.js';

/**
 * Where a rolling restart stands with its present move. `undoing`: the new one did not become ready and is ended;
 * `stopped` is the end of one that failed, `done` of one that did not.
 */
export type RollingPhase = 'planned' | 'starting' | 'draining' | 'stopping' | 'undoing' | 'stopped' | 'done';

/** What can happen to it. `gone` and `ready` say that a move is over when they are its last step. */
export type RollingEvent =
  | 'begin'
  | 'ready'
  | 'not_ready'
  | 'idle'
  | 'overdue'
  | 'gone'
  | 'move_done'
  | 'last_move_done';

/** Who replaces whom. The same slot twice: it is ended first and started again in its place. */
export interface RollingMove {
  from: number;
  to: number;
}

/** A rolling restart as it is stored: enough for another daemon to go on with it. */
export interface RollingRestart {
  moves: RollingMove[];
  /** The move under way. */
  index: number;
  phase: RollingPhase;
  /** Epoch ms. */
  startedAt: number;
  /** Epoch ms since when the present phase lasts. */
  phaseSince: number;
  reason: string;
  /** Why it did not get through; set with `stopped`. */
  because?: string;
  /** Identities of the processes that ran when it began; left out by earlier versions. */
  before?: string[];
  /** One before it was to replace them, too, and stopped. */
  isRepeated?: boolean;
}

/**
 * A new one beside the old ones, and an old one is ended only when the new one serves.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> planned
 *   planned --> starting: begin
 *   starting --> draining: ready
 *   starting --> undoing: not_ready
 *   draining --> stopping: idle, overdue
 *   stopping --> planned: move_done
 *   stopping --> done: last_move_done
 *   undoing --> stopped: gone
 * ```
 */
export const BESIDE_TABLE: TransitionTable<RollingPhase, RollingEvent> = {
  planned: { begin: 'starting' },
  starting: { ready: 'draining', not_ready: 'undoing' },
  draining: { idle: 'stopping', overdue: 'stopping' },
  stopping: { move_done: 'planned', last_move_done: 'done' },
  undoing: { gone: 'stopped' },
  stopped: {},
  done: {},
};

/**
 * One at a time in its own place: one fewer serves meanwhile.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> planned
 *   planned --> draining: begin
 *   draining --> stopping: idle, overdue
 *   stopping --> starting: gone
 *   starting --> planned: move_done
 *   starting --> done: last_move_done
 *   starting --> stopped: not_ready
 * ```
 */
export const IN_PLACE_TABLE: TransitionTable<RollingPhase, RollingEvent> = {
  planned: { begin: 'draining' },
  starting: { move_done: 'planned', last_move_done: 'done', not_ready: 'stopped' },
  draining: { idle: 'stopping', overdue: 'stopping' },
  stopping: { gone: 'starting' },
  undoing: {},
  stopped: {},
  done: {},
};

/**
 * The moves of a rolling restart.
 *
 * @param slots Those that run now, in the order in which they are replaced.
 * @param maxUnavailable 0: each new one starts beside the old ones, in the one slot that is free; the last move gives
 * the numbers back as they were. 1: each in its own place.
 */
export function planRolling(slots: readonly number[], maxUnavailable: 0 | 1): RollingMove[] {
  if (maxUnavailable === 1) return slots.map((slot) => ({ from: slot, to: slot }));
  const [spare] = freeSlots(slots, 1);
  const last = slots.at(-1);
  if (spare === undefined || last === undefined) return [];
  const moves: RollingMove[] = [];
  let free = spare;
  for (const slot of slots) {
    moves.push({ from: slot, to: free });
    free = slot;
  }
  return [...moves, { from: spare, to: last }];
}

/** Is every new one started beside the old one, or in its place? */
export function isBeside({ moves }: Pick<RollingRestart, 'moves'>): boolean {
  return moves.some(({ from, to }) => from !== to);
}

/** One step, pure. A refusal is a value: news of a move that is over. */
export function stepRolling(rolling: RollingRestart, event: RollingEvent): StepOutcome<RollingPhase> {
  return step(isBeside(rolling) ? BESIDE_TABLE : IN_PLACE_TABLE, rolling.phase, event);
}

/** The rolling restart after an event; the same one when the event has no place in its phase. */
export function advanceRolling(rolling: RollingRestart, event: RollingEvent, now: number): RollingRestart {
  const outcome = stepRolling(rolling, event);
  if (!outcome.ok) return rolling;
  const index = event === 'move_done' ? rolling.index + 1 : rolling.index;
  return { ...rolling, index, phase: outcome.to, phaseSince: now };
}

/** The event that ends the present move. */
export function endOfMove({ moves, index }: RollingRestart): 'move_done' | 'last_move_done' {
  return index + 1 < moves.length ? 'move_done' : 'last_move_done';
}

/** Is nothing left to do? */
export function isOver({ phase }: RollingRestart): boolean {
  return phase === 'done' || phase === 'stopped';
}
