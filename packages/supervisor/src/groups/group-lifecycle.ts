import type { GroupPhase } from '@dreamnet/contracts';
import type { TransitionTable } from '@dreamnet/kit';

/** What happens to a group that stands alone, with everything in it. */
export type GroupEvent =
  /** Members are to be ended and started again. */
  | 'restart'
  /** Too many restarts: everything ends. */
  | 'give_up'
  /** Everything has ended. */
  | 'ended'
  /** The time for another try has come. */
  | 'retry'
  /** Whoever was to be started has been. */
  | 'started';

/**
 * Phase × event. An absent cell is refused: a member that ends while everything ends changes nothing. In `broken` a member
 * that somebody started by hand may end.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> running
 *   running --> restarting: restart
 *   running --> ending: give_up
 *   restarting --> restarting: restart
 *   restarting --> ending: give_up
 *   restarting --> running: started
 *   ending --> broken: ended
 *   broken --> restarting: retry, restart
 *   broken --> ending: give_up
 * ```
 */
export const GROUP_LIFECYCLE: TransitionTable<GroupPhase, GroupEvent> = {
  running: { restart: 'restarting', give_up: 'ending' },
  restarting: { restart: 'restarting', give_up: 'ending', started: 'running' },
  ending: { ended: 'broken' },
  broken: { retry: 'restarting', restart: 'restarting', give_up: 'ending' },
} as const;
