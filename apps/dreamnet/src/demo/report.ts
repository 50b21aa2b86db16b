import type { Incident, IncidentEntry, IncidentStage, PsEntry } from '@dreamnet/contracts';

/** What became of one fault. Times are ms after the fault. */
export interface FaultReport {
  fault: string;
  target: string;
  seen: string;
  decided: string;
  done: string;
  verified: string;
  detectedMs: number;
  recoveredMs: number;
  /** Limits that were kept or broken, in words. */
  checks: FaultCheck[];
}

export interface FaultCheck {
  /** `mark`: a time we aim at; a busy machine may miss it, and that fails nothing. */
  kind: 'rule' | 'mark';
  rule: string;
  isKept: boolean;
  observed: string;
}

/** A check with what was really seen, so that a broken one can be understood. */
export function check(rule: string, isKept: boolean, observed: string): FaultCheck {
  return { kind: 'rule', rule, isKept, observed };
}

/** A time we aim at, in ms after the fault. */
export function mark(what: string, limitMs: number, observedMs: number): FaultCheck {
  return {
    kind: 'mark',
    rule: `${what} within ${limitMs} ms`,
    isKept: observedMs <= limitMs,
    observed: `${Math.round(observedMs)} ms`,
  };
}

/** Was it healed, with every rule kept? */
export function isHealed(report: FaultReport): boolean {
  return report.checks.every(({ kind, isKept }) => kind === 'mark' || isKept);
}

/** The newest summary of a stage in an incident's timeline. */
export function summaryOf(incident: Incident, ...stages: IncidentStage[]): string {
  const found = incident.stages.filter((entry) => stages.includes(entry.stage));
  return found.at(-1)?.summary ?? `no such stage (${stages.join(', ')})`;
}

/** The first entry of one of the stages; undefined when none was reached. */
export function firstOf(incident: Incident, ...stages: IncidentStage[]): IncidentEntry | undefined {
  return incident.stages.find((entry) => stages.includes(entry.stage));
}

/** The agents that have another process than before, other than those that were allowed to. */
export function findTouched(
  before: readonly PsEntry[],
  after: readonly PsEntry[],
  allowed: readonly string[],
): string[] {
  const pids = new Map(after.map((agent) => [agent.name, agent.pid]));
  return before
    .filter((agent) => agent.pid !== null && !allowed.includes(agent.name))
    .filter((agent) => pids.get(agent.name) !== agent.pid)
    .map((agent) => agent.name);
}
