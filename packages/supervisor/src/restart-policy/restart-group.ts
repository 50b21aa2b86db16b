import type { RestartStrategy, RestartType } from '@dreamnet/contracts';
import type { RestartLimits } from './sliding-window.js';
import { recordRestart } from './sliding-window.js';

/** How a child ended. `killed` is a crash too, told apart only as evidence. */
export type ExitKind = 'normal' | 'shutdown' | 'abnormal' | 'killed';

/** `stopped` may be started again with its group; `removed` never. */
export type ChildState = 'running' | 'stopped' | 'removed';

export interface GroupChild {
  readonly id: string;
  readonly restart: RestartType;
  readonly state: ChildState;
  readonly starts: number;
}

/** Children in start order, kept alive together. A group that is not alive never starts anything again. */
export interface RestartGroup {
  readonly strategy: RestartStrategy;
  readonly limits: RestartLimits;
  readonly isAlive: boolean;
  readonly children: readonly GroupChild[];
  readonly restartsAtMs: readonly number[];
}

/** A child ended by itself at a monotonic time. */
export interface ChildExit {
  readonly child: string;
  readonly exit: ExitKind;
  readonly atMs: number;
}

export type GroupAction =
  | { readonly do: 'terminate'; readonly child: string }
  | { readonly do: 'start'; readonly child: string };

/** What the exit means: the group afterwards, what to do in this order, and the rule that decided. */
export interface GroupStep {
  readonly group: RestartGroup;
  readonly actions: readonly GroupAction[];
  readonly because: 'restarted' | 'left_stopped' | 'removed' | 'intensity_exceeded' | 'not_running';
}

/** Restart type × exit → what becomes of the child. */
const AFTER_EXIT = {
  permanent: { normal: 'restart', shutdown: 'restart', abnormal: 'restart', killed: 'restart' },
  transient: { normal: 'stop', shutdown: 'stop', abnormal: 'restart', killed: 'restart' },
  temporary: { normal: 'remove', shutdown: 'remove', abnormal: 'remove', killed: 'remove' },
} as const satisfies Record<RestartType, Record<ExitKind, 'restart' | 'stop' | 'remove'>>;

/** Is a child of this type started again after such an end? */
export function isBroughtBack(type: RestartType, exit: ExitKind): boolean {
  return AFTER_EXIT[type][exit] === 'restart';
}

/** Which children restart with the one at `index`: from which position on. */
const FIRST_RESTARTED = {
  one_for_all: () => 0,
  rest_for_one: (index: number) => index,
} as const;

/**
 * A group whose children all run, each started once.
 *
 * @param children In start order.
 */
export function createRestartGroup(
  strategy: RestartStrategy,
  limits: RestartLimits,
  children: readonly { readonly id: string; readonly restart: RestartType }[],
): RestartGroup {
  return {
    strategy,
    limits,
    isAlive: true,
    children: children.map(({ id, restart }) => ({ id, restart, state: 'running', starts: 1 })),
    restartsAtMs: [],
  };
}

/**
 * Decides what one exit means for its group; pure. An exit of a child that does not run changes nothing.
 *
 * @source Erlang/OTP 25 supervisor: restart types, strategies, maximum restart intensity
 */
export function stepGroup(group: RestartGroup, event: ChildExit): GroupStep {
  const index = group.children.findIndex(({ id }) => id === event.child);
  const child = group.children[index];
  if (!group.isAlive || child?.state !== 'running') return { group, actions: [], because: 'not_running' };
  const verdict = AFTER_EXIT[child.restart][event.exit];
  if (verdict === 'stop')
    return { group: withState(group, index, 'stopped'), actions: [], because: 'left_stopped' };
  if (verdict === 'remove')
    return { group: withState(group, index, 'removed'), actions: [], because: 'removed' };
  const window = recordRestart(group.restartsAtMs, event.atMs, group.limits);
  const ended = { ...withState(group, index, 'stopped'), restartsAtMs: window.restartsAtMs };
  return window.isExceeded ? giveUp(ended) : restart(ended, index);
}

/** Ends whatever runs, last started first. */
function giveUp(group: RestartGroup): GroupStep {
  const actions = terminations(group, 0);
  const children = group.children.map((child) => ended(child));
  return { group: { ...group, isAlive: false, children }, actions, because: 'intensity_exceeded' };
}

function restart(group: RestartGroup, index: number): GroupStep {
  if (group.strategy === 'one_for_one') {
    const children = group.children.map((child, at) => (at === index ? started(child) : child));
    return {
      group: { ...group, children },
      actions: [{ do: 'start', child: group.children[index]?.id ?? '' }],
      because: 'restarted',
    };
  }
  const first = FIRST_RESTARTED[group.strategy](index);
  const terminate = terminations(group, first);
  // Ended with the others: a temporary child is gone for good, a stopped transient one starts again.
  const children = group.children.map((child, at) => (at < first ? child : started(ended(child))));
  const start = children
    .slice(first)
    .filter(({ state }) => state === 'running')
    .map(({ id }): GroupAction => ({ do: 'start', child: id }));
  return { group: { ...group, children }, actions: [...terminate, ...start], because: 'restarted' };
}

function terminations(group: RestartGroup, first: number): GroupAction[] {
  return group.children
    .slice(first)
    .filter(({ state }) => state === 'running')
    .map(({ id }): GroupAction => ({ do: 'terminate', child: id }))
    .reverse();
}

function ended(child: GroupChild): GroupChild {
  if (child.state === 'removed') return child;
  return { ...child, state: child.restart === 'temporary' ? 'removed' : 'stopped' };
}

function started(child: GroupChild): GroupChild {
  return child.state === 'removed' ? child : { ...child, state: 'running', starts: child.starts + 1 };
}

function withState(group: RestartGroup, index: number, state: ChildState): RestartGroup {
  const children = group.children.map((child, at) => (at === index ? { ...child, state } : child));
  return { ...group, children };
}
