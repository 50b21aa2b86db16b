import type { GroupView, PsEntry } from '@dreamnet/contracts';
import { clockText, durationText } from '../ui/time-text.js';
import type { Tone } from '../ui/tone.js';

/** One line of the tree: a group, or an agent that is a member of one. */
export type GroupRow =
  | { kind: 'group'; name: string; depth: number; group: GroupView }
  | { kind: 'agent'; name: string; depth: number; agent: PsEntry | undefined };

/** Who is restarted with whoever ended. */
const STRATEGY_WORDS: Readonly<Record<GroupView['strategy'], string>> = {
  one_for_one: 'whoever ends restarts alone',
  rest_for_one: 'with whoever ends, those after it restart',
  one_for_all: 'with whoever ends, all restart',
};

const PHASE_TONE: Readonly<Record<GroupView['phase'], Tone>> = {
  running: 'good',
  restarting: 'warn',
  ending: 'warn',
  broken: 'bad',
  idle: 'quiet',
};

/** Groups with their members beneath them, in start order; those within others are indented. */
export function groupRows(groups: readonly GroupView[], agents: readonly PsEntry[]): GroupRow[] {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const agentOf = new Map(agents.map((agent) => [agent.name, agent]));
  const rowsOf = (name: string, depth: number): GroupRow[] => {
    const group = byName.get(name);
    if (!group) return [{ kind: 'agent', name, depth, agent: agentOf.get(name) }];
    return [
      { kind: 'group', name, depth, group },
      ...group.members.flatMap((member) => rowsOf(member, depth + 1)),
    ];
  };
  return groups.filter(({ parent }) => parent === null).flatMap(({ name }) => rowsOf(name, 0));
}

/** The strategy with what it means. */
export function strategyText({ strategy }: GroupView): string {
  return `${strategy}: ${STRATEGY_WORDS[strategy]}`;
}

/** The phase in a word or two; a try after giving up is named as one. */
export function phaseText({ phase, circuit }: GroupView): string {
  if (phase === 'broken') return 'gave up';
  return circuit === 'half_open' ? `${phase}, on trial` : phase;
}

export function phaseTone({ phase, circuit }: GroupView): Tone {
  return circuit === 'half_open' && phase === 'running' ? 'warn' : PHASE_TONE[phase];
}

/** How many restarts there were of how many. */
export function restartsText({ recentRestarts, intensity, periodMs }: GroupView): string {
  return `${recentRestarts} of ${intensity} restarts in ${durationText(periodMs)}`;
}

/** What was decided last and when; undefined when nothing was. */
export function lastText({ lastDecision }: GroupView): string | undefined {
  if (!lastDecision) return undefined;
  const { at, because, restarted } = lastDecision;
  return `${clockText(at)} ${because}${restarted.length === 0 ? '' : ` → ${restarted.join(', ')}`}`;
}

/** When everything is tried again; undefined when nobody waits for that. */
export function retryText({ phase, retryAt }: GroupView, now: number): string | undefined {
  if (phase !== 'broken' || retryAt === null) return undefined;
  return `tried again in ${durationText(Math.max(0, retryAt - now))}`;
}

/** A member in a word, and whom it waits for. */
export function memberText(agent: PsEntry | undefined): string {
  if (!agent) return 'unknown';
  const { replicas, phase, waitsFor } = agent;
  if (waitsFor) return `waits for ${waitsFor.for.join(', ')}`;
  return replicas ? `${replicas.serving} of ${replicas.desired} serve` : phase;
}
