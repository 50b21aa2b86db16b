import type { TransitionTable } from '@dreamnet/kit';

/** Where the one spawner of a supervisor stands. In `off` the supervisor does without. */
export type SpawnerState = 'none' | 'opening' | 'open' | 'recovering' | 'off' | 'closed';

export type SpawnerEvent = 'need' | 'hello' | 'lost' | 'recovered' | 'give_up' | 'close';

/**
 * State × event; an absent cell is refused. `lost` is an end, an answer that does not come, or nonsense: the old one is then
 * made sure to be gone before anything else is asked of a new one.
 */
export const SPAWNER_STATES: TransitionTable<SpawnerState, SpawnerEvent> = {
  none: { need: 'opening', hello: 'open', close: 'closed' },
  opening: { hello: 'open', lost: 'recovering', give_up: 'off', close: 'closed' },
  open: { lost: 'recovering', close: 'closed' },
  recovering: { recovered: 'none', give_up: 'off', close: 'closed' },
  off: { need: 'opening', close: 'closed' },
  closed: {},
} as const;
