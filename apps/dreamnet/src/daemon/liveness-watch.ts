import type { Clock, Liveness, ProcessIdentity, TimerHandle } from '@dreamnet/contracts';
import { hasEnded, readProcessStat } from '../process-stat.js';

/** A process whose scheduling state is looked at. */
export interface WatchedProcess {
  name: string;
  everyMs: number;
  identity(): ProcessIdentity | null;
}

/** One look at a living or suspended process. */
export interface LivenessReading {
  name: string;
  state: Liveness;
  /** The letter of /proc/PID/stat. */
  kernelState: string;
  identity: ProcessIdentity;
}

/** What the kernel says of a process: `T` and `t` are stopped, `Z` and `X` are dead. */
export function readLiveness(identity: ProcessIdentity): { state: Liveness; kernelState: string } {
  const stat = readProcessStat(identity.pid);
  if (stat?.startTicks !== identity.startTicks) return { state: 'dead', kernelState: 'gone' };
  const kernelState = stat.state;
  if (kernelState === 'T' || kernelState === 't') return { state: 'suspended', kernelState };
  return { state: hasEnded(stat) ? 'dead' : 'alive', kernelState };
}

/** So many share a timer: a wake of the event loop each cost more than the looks, and two milliseconds is what these take. */
const MOST_TOGETHER = 200;

/** Those that are looked at together. */
interface Round {
  readonly everyMs: number;
  readonly members: Map<string, WatchedProcess>;
  timer: TimerHandle | undefined;
}

/**
 * Looks at each process at once and then every `everyMs`, the first time sooner: the kernel tells nobody that a process was
 * stopped, so this one thing has to be asked. Exits are not its business: those arrive as events.
 *
 * @param onReading Called after each look at a living or suspended process.
 */
export function createLivenessWatch(clock: Clock, onReading: (reading: LivenessReading) => void) {
  const rounds = new Set<Round>();
  const roundOf = new Map<string, Round>();
  const look = (watched: WatchedProcess) => {
    const identity = watched.identity();
    if (!identity) return;
    const { state, kernelState } = readLiveness(identity);
    if (state !== 'dead') onReading({ name: watched.name, state, kernelState, identity });
  };
  const arm = (round: Round) => {
    round.timer = clock.setTimeout(() => {
      arm(round);
      // Whoever hears of it may take away others of this round, or bring some.
      for (const watched of [...round.members.values()])
        if (round.members.get(watched.name) === watched) look(watched);
    }, round.everyMs);
  };
  const openRound = (everyMs: number): Round => {
    for (const round of rounds)
      if (round.everyMs === everyMs && round.members.size < MOST_TOGETHER) return round;
    const round: Round = { everyMs, members: new Map(), timer: undefined };
    rounds.add(round);
    arm(round);
    return round;
  };
  const unwatch = (name: string) => {
    const round = roundOf.get(name);
    roundOf.delete(name);
    round?.members.delete(name);
    if (!round || round.members.size > 0) return;
    if (round.timer) clock.clearTimeout(round.timer);
    rounds.delete(round);
  };
  return {
    watch: (watched: WatchedProcess) => {
      unwatch(watched.name);
      look(watched);
      const round = openRound(watched.everyMs);
      round.members.set(watched.name, watched);
      roundOf.set(watched.name, round);
    },
    unwatch,
    stop: () => {
      for (const name of [...roundOf.keys()]) unwatch(name);
    },
  };
}
