import type { SparePhase } from '@dreamnet/contracts';
import type { TransitionTable } from '@dreamnet/kit';

/** What happens to the spare of a process. */
export type SpareEvent =
  | 'start'
  | 'began'
  | 'adopt'
  | 'waits'
  | 'failed'
  | 'due'
  | 'take_over'
  | 'unfit'
  | 'cancel';

/**
 * Phase × event; an absent cell is refused. `take_over` makes it the process that serves, so that there is none any more;
 * one that is still booting begins without having waited. `unfit`: it has not said in time that it waits.
 */
export const SPARE_STATES: TransitionTable<SparePhase, SpareEvent> = {
  off: { start: 'starting', adopt: 'booting', unfit: 'refused' },
  starting: { began: 'booting', failed: 'resting', cancel: 'off' },
  booting: { waits: 'waiting', failed: 'resting', take_over: 'off', unfit: 'refused', cancel: 'off' },
  waiting: { failed: 'resting', take_over: 'off', cancel: 'off' },
  resting: { due: 'starting', cancel: 'off' },
  refused: { cancel: 'off' },
} as const;
