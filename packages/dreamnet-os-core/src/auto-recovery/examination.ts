import type { Clock, Evidence, ProbeResult } from '@dreamnet/contracts';
import { sleep, withDeadline } from '@dreamnet/kit';
import type { HealthEngine, SubsystemHealth } from '../boundary.js';
import { dependencyClosure, needsAnyOf, requiredDependencies } from './dependency-graph.js';
import { type CauseCandidate, type RootCause, rankCauses } from './root-cause.js';

/** Between two fresh questions to a dependency that failed the first. */
const SECOND_LOOK_MS = 50;

export interface ExaminationDeps {
  clock: Clock;
  health: HealthEngine;
  /** Why it explains its dependents though it may answer by now, such as an incident of its own; else undefined. */
  recoveryOf(name: string): string | undefined;
  /** How long the verdict on the dependencies is waited for, ms. */
  limitMs: number;
  /** Resolves when it may work for a moment: a fleet that fails at once asks for many examinations. */
  turn(): Promise<void>;
}

interface Verdict {
  name: string;
  reason: string;
  evidence: Evidence;
}

/**
 * Finds the root cause of a subsystem's failure: asks everything it depends on afresh, then ranks what fails.
 * Takes at most `limitMs`; a dependency that has not answered by then counts as failing.
 */
export async function examine(deps: ExaminationDeps, name: string): Promise<RootCause | undefined> {
  await deps.turn();
  const closure = dependencyClosure(deps.health, name).filter((other) => deps.health.subsystem(other));
  const verdicts = await Promise.all(closure.map((other) => look(deps, other)));
  if (verdicts.length > 0) await deps.turn();
  return rank(
    deps.health,
    name,
    verdicts.flatMap((verdict) => verdict ?? []),
  );
}

/** The same from what is known already, without asking anybody. */
export function examineKnown(
  deps: Omit<ExaminationDeps, 'limitMs' | 'clock' | 'turn'>,
  name: string,
): RootCause | undefined {
  const closure = dependencyClosure(deps.health, name);
  return rank(
    deps.health,
    name,
    closure.flatMap((other) => knownVerdict(deps, other) ?? []),
  );
}

function rank(health: HealthEngine, name: string, verdicts: readonly Verdict[]): RootCause | undefined {
  const own = health.read(name);
  const self: Verdict = { name, reason: own?.reason ?? 'it has an alert', evidence: {} };
  const failing = new Set([name, ...verdicts.map((verdict) => verdict.name)]);
  return rankCauses([self, ...verdicts].map((verdict) => toCandidate(health, verdict, failing)));
}

function toCandidate(health: HealthEngine, verdict: Verdict, failing: ReadonlySet<string>): CauseCandidate {
  const axes = health.read(verdict.name)?.axes;
  const isDown = axes?.liveness.state === 'dead' || axes?.liveness.state === 'suspended';
  return {
    ...verdict,
    isDeepest: !needsAnyOf(health, verdict.name, failing) && !requiresItself(health, verdict.name),
    isDown,
    since: (isDown ? axes?.liveness.since : axes?.readiness.since) ?? 0,
  };
}

function requiresItself(health: HealthEngine, name: string): boolean {
  return requiredDependencies(health, name).includes(name);
}

/** What the engine holds already is enough to call it failing, never enough to call it healthy. */
async function look(deps: ExaminationDeps, name: string): Promise<Verdict | undefined> {
  const known = knownVerdict(deps, name);
  if (known) return known;
  const late: Verdict = {
    name,
    reason: `no answer within ${deps.limitMs} ms`,
    evidence: { limitMs: deps.limitMs },
  };
  const asked = await withDeadline(
    deps.clock,
    deps.limitMs,
    (signal) => askTwice(deps, name, signal),
    () => late,
  );
  // It may have been found out and replaced while we asked: then it was the new process that answered.
  return asked ?? knownVerdict(deps, name);
}

/** One failed answer may be chance: the second one, or the engine's own verdict meanwhile, decides. */
async function askTwice(
  deps: ExaminationDeps,
  name: string,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  const first = await askFresh(deps, name);
  if (first === undefined || first.ok) return undefined;
  await sleep(deps.clock, SECOND_LOOK_MS, signal);
  const known = knownVerdict(deps, name);
  if (known) return known;
  const second = await askFresh(deps, name);
  return second === undefined || second.ok
    ? undefined
    : { name, reason: second.reason, evidence: { ...second.evidence, answers: 2 } };
}

function askFresh({ clock, health }: ExaminationDeps, name: string): Promise<ProbeResult | undefined> {
  return health.probeNow(name, { notBeforeMs: clock.monotonic() });
}

function knownVerdict(
  { health, recoveryOf }: Pick<ExaminationDeps, 'health' | 'recoveryOf'>,
  name: string,
): Verdict | undefined {
  const state = health.read(name);
  if (state && cannotServe(state))
    return { name, reason: state.reason, evidence: { rule: state.rule ?? null } };
  const recovery = recoveryOf(name);
  return recovery === undefined ? undefined : { name, reason: recovery, evidence: {} };
}

/** In error, or working so hard that it does not answer: either way its dependents are not served. */
function cannotServe({ status, axes }: SubsystemHealth): boolean {
  return status === 'error' || axes.readiness.state === 'not_ready';
}
