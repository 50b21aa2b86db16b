import type { SupervisedPhase } from '@dreamnet/contracts';
import type { TransitionTable } from '@dreamnet/kit';

/** What happens to a supervised process. */
export type LifecycleEvent =
  | 'launch'
  | 'adopt'
  | 'spawned'
  | 'restart'
  | 'back_off'
  | 'give_up'
  | 'finish'
  | 'hold'
  | 'due'
  | 'stop'
  | 'gone';

/**
 * Phase × event. An absent cell is refused. `restart`, `back_off`, `give_up` and `finish` are the four answers
 * of the restart policy to an end; in `idle` they follow an end that happened while nobody supervised. `hold` is the
 * answer of a group: it decides when its member starts again.
 */
export const LIFECYCLE: TransitionTable<SupervisedPhase, LifecycleEvent> = {
  idle: {
    launch: 'starting',
    adopt: 'running',
    restart: 'starting',
    back_off: 'backoff',
    give_up: 'broken',
    finish: 'exited',
    hold: 'waiting',
    stop: 'stopping',
  },
  waiting: {
    launch: 'starting',
    due: 'starting',
    back_off: 'backoff',
    give_up: 'broken',
    finish: 'exited',
    stop: 'stopping',
  },
  starting: {
    spawned: 'running',
    back_off: 'backoff',
    give_up: 'broken',
    finish: 'exited',
    hold: 'waiting',
    stop: 'stopping',
  },
  running: {
    restart: 'starting',
    back_off: 'backoff',
    give_up: 'broken',
    finish: 'exited',
    hold: 'waiting',
    stop: 'stopping',
  },
  stopping: { gone: 'idle' },
  backoff: { launch: 'starting', due: 'starting', hold: 'waiting', stop: 'stopping' },
  broken: { launch: 'starting', due: 'starting', hold: 'waiting', stop: 'stopping' },
  exited: { launch: 'starting', hold: 'waiting', stop: 'stopping' },
} as const;
