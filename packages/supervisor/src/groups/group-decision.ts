import type { ProcessGroupSpec, RestartType } from '@dreamnet/contracts';
import type { GroupChild, RestartGroup } from '../restart-policy/restart-group.js';
import { createRestartGroup, stepGroup } from '../restart-policy/restart-group.js';
import type { GroupForest } from './group-forest.js';
import {
  type GroupHistory,
  hasSettled,
  judgeTrial,
  type MemberExit,
  NO_GROUP_HISTORY,
} from './group-trial.js';

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

/**
 * Decides what the end of one member means for its outermost group; pure. A group that exceeds its intensity ends as a member of
 * the one around it, which restarts it by its own strategy; the outermost one gives up. Of a member with replicas only the end of
 * the last one that ran is decided here.
 *
 * @source Erlang/OTP 25 supervisor: a supervisor that exceeds its intensity ends with `shutdown`, and is a permanent child
 */
export function decideForGroup(
  seen: { readonly forest: GroupForest; readonly history: GroupHistory },
  exit: MemberExit,
  typeOf: TypeOf,
): { readonly history: GroupHistory; readonly verdict: GroupVerdict } {
  const { forest } = seen;
  const history = hasSettled(seen, exit) ? NO_GROUP_HISTORY : seen.history;
  const isTrial = history.circuit !== 'closed';
  const groups = new Map(history.groups);
  for (let member = forest.memberOf(exit.id), kind = exit.exit; ; ) {
    const spec = forest.parentOf(member);
    if (spec === undefined) return giveUp(forest, { history, groups, id: exit.id, isFailedTrial: isTrial });
    const group = asSeenNow(forest, spec, { group: groups.get(spec.name), running: member, typeOf });
    const step = stepGroup(group, { child: member, exit: kind, atMs: exit.atMs });
    groups.set(spec.name, step.group);
    if (step.because === 'left_stopped' || step.because === 'removed' || step.because === 'not_running') {
      const after = judgeTrial({ forest, history: { ...history, groups } }, exit.id, 'done');
      return { history: after.history, verdict: { do: 'finish' } };
    }
    const trial = judgeTrial({ forest, history }, exit.id, exit.isHealthy ? 'ended_healthy' : 'ended');
    if (trial.verdict === 'fail')
      return giveUp(forest, { history, groups, id: exit.id, isFailedTrial: true });
    if (step.because === 'restarted') {
      const started = step.actions.flatMap((action) => (action.do === 'start' ? [action.child] : []));
      for (const name of started) forgetWithin(forest, groups, name);
      const restart = started.flatMap((name) => forest.leavesOf(name));
      return { history: { ...history, groups }, verdict: { do: 'restart', group: spec.name, restart } };
    }
    member = spec.name;
    kind = 'shutdown';
  }
}

/** How long a group that gave up waits for its next try at most; a circuit that somebody closed since says nothing of that. */
export function longestPauseMs(spec: ProcessGroupSpec, { circuit, failedTrials }: GroupHistory): number {
  return circuit === 'closed' ? spec.retryMaxMs : trialDelayMs(spec, failedTrials);
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
