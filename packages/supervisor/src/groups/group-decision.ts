import type { ProcessGroupSpec, RestartType } from '@dreamnet/contracts';
import type { ExitKind, GroupChild, RestartGroup } from '../restart-policy/restart-group.js';
import { createRestartGroup, stepGroup } from '../restart-policy/restart-group.js';
import type { GroupForest } from './group-forest.js';

/** What the past of one outermost group means for its next restart. Replaced, never changed in place. */
export interface GroupHistory {
  /** Name → the group as Erlang/OTP's rules see it; a group that is missing has no past. */
  readonly groups: ReadonlyMap<string, RestartGroup>;
  /** `open`: it gave up; `half_open`: a try after that runs. */
  readonly circuit: 'closed' | 'open' | 'half_open';
  /** Tries in a row that failed. */
  readonly failedTrials: number;
  /** The process by whose end it gave up. */
  readonly culprit: string | null;
}

/** One run of a member that is over. */
export interface MemberExit {
  readonly id: string;
  readonly exit: ExitKind;
  /** Monotonic ms. */
  readonly atMs: number;
  /** Whether it was seen to serve, or ran long enough. */
  readonly isHealthy: boolean;
}

/** What follows for the group. `restart`: ids in start order; those of them that run are ended first, last to first. */
export type GroupVerdict =
  | { readonly do: 'finish' }
  | { readonly do: 'restart'; readonly group: string; readonly restart: readonly string[] }
  | {
      readonly do: 'give_up';
      readonly restarts: number;
      readonly failedTrials: number;
      readonly retryAfterMs: number;
    };

export type TypeOf = (id: string) => RestartType;

/** A group that nothing has happened to. */
export const NO_GROUP_HISTORY: GroupHistory = {
  groups: new Map(),
  circuit: 'closed',
  failedTrials: 0,
  culprit: null,
};

/**
 * Decides what the end of one member means for its outermost group; pure. A group that exceeds its intensity ends as a member of
 * the one around it, which restarts it by its own strategy; the outermost one gives up. Of a member with replicas only the end of
 * the last one that ran is decided here.
 *
 * @source Erlang/OTP 25 supervisor: a supervisor that exceeds its intensity ends with `shutdown`, and is a permanent child
 */
export function decideForGroup(
  { forest, history }: { readonly forest: GroupForest; readonly history: GroupHistory },
  { id, exit, atMs, isHealthy }: MemberExit,
  typeOf: TypeOf,
): { readonly history: GroupHistory; readonly verdict: GroupVerdict } {
  const isTrial = history.circuit !== 'closed';
  const past = isTrial ? NO_GROUP_HISTORY : history;
  const groups = new Map(past.groups);
  for (let member = forest.memberOf(id), kind = exit; ; ) {
    const spec = forest.parentOf(member);
    if (spec === undefined) return giveUp(forest, { history, groups, id, isFailedTrial: false });
    const group = asSeenNow(forest, spec, { group: groups.get(spec.name), running: member, typeOf });
    const step = stepGroup(group, { child: member, exit: kind, atMs });
    groups.set(spec.name, step.group);
    if (step.because === 'left_stopped' || step.because === 'removed' || step.because === 'not_running')
      return {
        history: { ...history, groups: isTrial ? history.groups : groups },
        verdict: { do: 'finish' },
      };
    if (isTrial && !isHealthy) return giveUp(forest, { history, groups, id, isFailedTrial: true });
    if (step.because === 'restarted') {
      const started = step.actions.flatMap((action) => (action.do === 'start' ? [action.child] : []));
      for (const name of started) forgetWithin(forest, groups, name);
      const restart = started.flatMap((name) => forest.leavesOf(name));
      return {
        history: { ...NO_GROUP_HISTORY, groups },
        verdict: { do: 'restart', group: spec.name, restart },
      };
    }
    member = spec.name;
    kind = 'shutdown';
  }
}

/** The history while a try after giving up runs: whatever its members did before does not count. */
export function beginGroupTrial(history: GroupHistory): GroupHistory {
  return { ...history, groups: new Map(), circuit: 'half_open' };
}

/** The history once a member was seen to serve: a try has succeeded when the one that failed does. */
export function confirmMember(history: GroupHistory, id: string): GroupHistory {
  return history.circuit === 'half_open' && history.culprit === id ? NO_GROUP_HISTORY : history;
}

/** The first try after giving up is at once, since it begins from scratch; later ones wait, doubled each time. */
function trialDelayMs({ retryAfterMs, retryMaxMs }: ProcessGroupSpec, failedTrials: number): number {
  return failedTrials === 0 ? 0 : Math.min(retryMaxMs, retryAfterMs * 2 ** Math.min(failedTrials - 1, 50));
}

function giveUp(
  forest: GroupForest,
  seen: {
    history: GroupHistory;
    groups: ReadonlyMap<string, RestartGroup>;
    id: string;
    isFailedTrial: boolean;
  },
): { history: GroupHistory; verdict: GroupVerdict } {
  const { history, groups, id, isFailedTrial } = seen;
  const root = forest.rootOf(id);
  const failedTrials = isFailedTrial ? history.failedTrials + 1 : 0;
  // The end that was too many is in the window but was not followed by a restart.
  const inWindow = (root && groups.get(root.name)?.restartsAtMs.length) ?? 1;
  return {
    history: { groups: new Map(), circuit: 'open', failedTrials, culprit: id },
    verdict: {
      do: 'give_up',
      restarts: isFailedTrial ? 0 : inWindow - 1,
      failedTrials,
      retryAfterMs: root ? trialDelayMs(root, failedTrials) : 0,
    },
  };
}

/** The group with the types in force now; whoever ended did run, whatever was decided about it before. */
function asSeenNow(
  forest: GroupForest,
  { strategy, intensity, periodMs, members }: ProcessGroupSpec,
  seen: { group: RestartGroup | undefined; running: string; typeOf: TypeOf },
): RestartGroup {
  const children = members.map((id) => ({
    id,
    // All replicas of a member are of one type; one that has none now is not asked.
    restart: forest.groups.has(id) ? ('permanent' as const) : seen.typeOf(forest.leavesOf(id)[0] ?? id),
  }));
  const fresh = createRestartGroup(strategy, { intensity, periodMs }, children);
  const before = seen.group?.isAlive ? seen.group : undefined;
  if (!before) return fresh;
  const known = new Map(before.children.map((child) => [child.id, child]));
  const stateOf = (child: GroupChild): GroupChild => {
    const { state, starts } = known.get(child.id) ?? child;
    return { ...child, state: child.id === seen.running ? 'running' : state, starts };
  };
  return { ...fresh, restartsAtMs: before.restartsAtMs, children: fresh.children.map(stateOf) };
}

/** What is started anew as a member of another group begins without a past. */
function forgetWithin(forest: GroupForest, groups: Map<string, RestartGroup>, name: string): void {
  const spec = forest.groups.get(name);
  if (!spec) return;
  groups.delete(name);
  for (const member of spec.members) forgetWithin(forest, groups, member);
}
