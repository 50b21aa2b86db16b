import type { Liveness, Progress, Readiness, SubsystemStatus } from '@dreamnet/contracts';
import type { AxisState } from './axis-states.js';
import type { ToldStatus } from './health-record.js';

/** What the status word is derived from. */
export interface StatusInputs {
  axes: { liveness: AxisState<Liveness>; readiness: AxisState<Readiness>; progress: AxisState<Progress> };
  told: ToldStatus | undefined;
  isStarting: boolean;
  /** The last question was answered badly or not at all: readiness says how. */
  hasFailed: boolean;
  /** Its questions are answered: an answer that says "error" is an answer. */
  isAnswering: boolean;
  /** Expected heartbeats stopped. */
  isHeartbeatOverdue: boolean;
}

/** A status word and the rule that gave it. */
export interface StatusVerdict {
  status: SubsystemStatus;
  rule: StatusRule;
  reason: string;
}

interface Rule {
  name: string;
  status: SubsystemStatus;
  holds: (inputs: StatusInputs) => boolean;
  reason: (inputs: StatusInputs) => string;
}

const told = (inputs: StatusInputs, otherwise: string): string => inputs.told?.details ?? otherwise;

/** The first rule that holds decides. The last holds always. */
const RULES = [
  {
    name: 'dead',
    status: 'error',
    holds: ({ axes }) => axes.liveness.state === 'dead',
    reason: ({ axes }) => axes.liveness.reason,
  },
  {
    name: 'suspended',
    status: 'error',
    holds: ({ axes }) => axes.liveness.state === 'suspended',
    reason: ({ axes }) => axes.liveness.reason,
  },
  {
    name: 'starting',
    status: 'error',
    holds: ({ axes, isStarting }) => isStarting && axes.readiness.state === 'not_ready',
    reason: ({ axes }) => axes.readiness.reason,
  },
  {
    name: 'starting',
    status: 'unknown',
    holds: ({ axes, isStarting }) => isStarting && axes.readiness.state === 'unknown',
    reason: ({ axes, hasFailed }) =>
      hasFailed ? axes.readiness.reason : 'starting: it has not answered yet',
  },
  {
    name: 'busy',
    status: 'warn',
    holds: ({ axes, isAnswering }) =>
      !isAnswering && axes.readiness.state === 'not_ready' && axes.progress.state === 'moving',
    reason: ({ axes }) => `busy, does not answer: ${axes.progress.reason}`,
  },
  {
    name: 'told_error',
    status: 'error',
    holds: (inputs) => inputs.told?.status === 'error' && !inputs.isHeartbeatOverdue,
    reason: (inputs) => told(inputs, 'it says it is in error'),
  },
  {
    name: 'heartbeat_missing',
    status: 'error',
    holds: ({ axes, isHeartbeatOverdue }) => isHeartbeatOverdue && axes.readiness.state === 'not_ready',
    reason: ({ axes }) => axes.readiness.reason,
  },
  {
    name: 'not_ready',
    status: 'error',
    holds: ({ axes }) => axes.readiness.state === 'not_ready',
    reason: ({ axes }) => axes.readiness.reason,
  },
  {
    name: 'stuck',
    status: 'error',
    holds: ({ axes }) => axes.progress.state === 'stuck',
    reason: ({ axes }) => axes.progress.reason,
  },
  {
    name: 'looping',
    status: 'warn',
    holds: ({ axes }) => axes.progress.state === 'looping',
    reason: ({ axes }) => axes.progress.reason,
  },
  {
    name: 'told_warn',
    status: 'warn',
    holds: (inputs) => inputs.told?.status === 'warn',
    reason: (inputs) => told(inputs, 'it warns'),
  },
  {
    name: 'heartbeat_late',
    status: 'warn',
    holds: ({ isHeartbeatOverdue }) => isHeartbeatOverdue,
    reason: () => 'it answers, but its heartbeats stopped',
  },
  {
    name: 'ready',
    status: 'ok',
    holds: ({ axes }) => axes.readiness.state === 'ready',
    reason: (inputs) => told(inputs, inputs.axes.readiness.reason),
  },
  {
    name: 'told_unknown',
    status: 'unknown',
    holds: (inputs) => inputs.told !== undefined,
    reason: (inputs) => told(inputs, 'it says it does not know'),
  },
  {
    name: 'alive_only',
    status: 'unknown',
    holds: ({ axes }) => axes.liveness.state === 'alive',
    reason: () => 'the process runs; nothing tells whether it works',
  },
  {
    name: 'nothing_known',
    status: 'unknown',
    holds: () => true,
    reason: ({ axes }) => axes.readiness.reason,
  },
] as const satisfies readonly Rule[];

/** Names of the rules that give the status word, in the order they are tried. */
export type StatusRule = (typeof RULES)[number]['name'];

/** Warnings and errors that are about the same: one of a line may follow on another while the trouble is still the same. */
const SAME_TROUBLE: readonly (readonly StatusRule[])[] = [
  ['dead', 'suspended'],
  ['not_ready', 'busy'],
  ['heartbeat_missing', 'heartbeat_late'],
  ['told_error', 'told_warn'],
  ['stuck', 'looping'],
];

/**
 * Which troubles there are; pure. The status word tells of the first alone.
 *
 * @returns Names of the rules that hold and stand for a warning or an error; empty when none does.
 */
export function troublesOf(inputs: StatusInputs): StatusRule[] {
  return RULES.filter(({ status, holds }) => (status === 'warn' || status === 'error') && holds(inputs)).map(
    ({ name }) => name,
  );
}

/** Is it a trouble, and one that makes the status word an error? */
export function isError(rule: string): boolean {
  return RULES.some(({ name, status }) => name === rule && status === 'error');
}

/**
 * All names that the trouble of a rule may be shown under.
 *
 * @returns Empty for a rule that stands for no trouble.
 */
export function sameTrouble(rule: string): readonly string[] {
  return SAME_TROUBLE.find((names) => names.some((name) => name === rule)) ?? [];
}

/**
 * The status word of a subsystem; pure.
 *
 * @returns The word, the rule that decided it and the reason in words.
 */
export function deriveStatus(inputs: StatusInputs): StatusVerdict {
  for (const rule of RULES) {
    if (rule.holds(inputs)) return { status: rule.status, rule: rule.name, reason: rule.reason(inputs) };
  }
  return { status: 'unknown', rule: 'nothing_known', reason: 'no rule holds' };
}
