import type { Clock, Liveness, ProcessIdentity, TimerHandle } from '@dreamnet/contracts';
import { hasEnded, readProcessStat } from '../process-stat.js';

/** A process whose scheduling state is looked at. */
export interface WatchedProcess {
  name: string;
  everyMs: number;
  identity(): ProcessIdentity | null;
  /** Is it told when a signal stops the process, or lets it go on? Then it is looked at now and then only. */
  isTold(): boolean;
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

/** Who stops and continues an agent in a loop does not decide how much work that is. */
const TOLD_AT_MOST_EVERY_MS = 250;
/** Of one that a debugger has stopped its parent is not told. */
const TOLD_EVERY_MS = 15_000;

interface Member {
  readonly watched: WatchedProcess;
  lookedMs: number;
  /** Until the next look because of what was told. */
  timer: TimerHandle | undefined;
}

/** Those that are looked at together. */
interface Round {
  readonly everyMs: number;
  readonly members: Map<string, Member>;
  timer: TimerHandle | undefined;
}

/**
 * Looks at each process at once and then every `everyMs`, the first time sooner: the kernel tells only its parent that a process was
 * stopped, so where that cannot tell us this one thing has to be asked. Exits are not its business: those arrive as events.
 *
 * @param onReading Called after each look at a living or suspended process.
 */
export function createLivenessWatch(clock: Clock, onReading: (reading: LivenessReading) => void) {
  const rounds = new Set<Round>();
  const roundOf = new Map<string, Round>();
  const look = (member: Member) => lookAt(member, clock.monotonic(), onReading);
  const arm = (round: Round) => {
    round.timer = clock.setTimeout(() => {
      arm(round);
      // Whoever hears of it may take away others of this round, or bring some.
      for (const member of [...round.members.values()])
        if (isDue(member, clock.monotonic()) && round.members.get(member.watched.name) === member)
          look(member);
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
    const timer = round?.members.get(name)?.timer;
    if (timer) clock.clearTimeout(timer);
    round?.members.delete(name);
    if (!round || round.members.size > 0) return;
    if (round.timer) clock.clearTimeout(round.timer);
    rounds.delete(round);
  };
  return {
    watch: (watched: WatchedProcess) => {
      unwatch(watched.name);
      const member: Member = { watched, lookedMs: Number.NEGATIVE_INFINITY, timer: undefined };
      look(member);
      const round = openRound(watched.everyMs);
      round.members.set(watched.name, member);
      roundOf.set(watched.name, round);
    },
    /** Because something was told of it: now, or a moment after the last look. */
    lookAt: (name: string) => {
      const member = roundOf.get(name)?.members.get(name);
      if (!member || member.timer) return;
      const leftMs = member.lookedMs + TOLD_AT_MOST_EVERY_MS - clock.monotonic();
      if (leftMs <= 0) look(member);
      else
        member.timer = clock.setTimeout(() => {
          member.timer = undefined;
          look(member);
        }, leftMs);
    },
    unwatch,
    stop: () => {
      for (const name of [...roundOf.keys()]) unwatch(name);
    },
  };
}

function isDue({ watched, lookedMs }: Member, nowMs: number): boolean {
  return nowMs - lookedMs >= TOLD_EVERY_MS || !watched.isTold();
}

function lookAt(member: Member, nowMs: number, onReading: (reading: LivenessReading) => void): void {
  const { name, identity: identify } = member.watched;
  const identity = identify();
  if (!identity) return;
  member.lookedMs = nowMs;
  const { state, kernelState } = readLiveness(identity);
  if (state !== 'dead') onReading({ name, state, kernelState, identity });
}
