import type { RecoveryActionType, RemedyEffect, Risk, Subsystem } from '@dreamnet/contracts';
import { hasPower, shortageOf } from './powers.js';

/** What the choice of the next rung may look at. */
export interface LadderFacts {
  name: string;
  subsystem: Subsystem | undefined;
  /** Types that are not offered again in this incident, each with why: tried, rejected, not approved. */
  passedOver: ReadonlyMap<RecoveryActionType, string>;
  /** A declared connection that is missing now. */
  brokenConnection: string | undefined;
}

/** One way up the ladder, before it is a remedy. */
export interface RungPlan {
  type: RecoveryActionType;
  rung: number;
  risk: Risk;
  effect: RemedyEffect;
  description: string;
}

export interface RungChoice {
  /** Absent when only a person is left. */
  plan?: RungPlan;
  /** Why this rung and not a lower one. */
  reason: string;
  skipped: readonly { type: RecoveryActionType; because: string }[];
}

interface Rung {
  readonly type: RecoveryActionType;
  /** The plan, or in words why this rung is not possible. */
  offer(facts: LadderFacts): Omit<RungPlan, 'type' | 'rung'> | string;
}

/** From the mildest to the last; after these comes a person. */
const LADDER: readonly Rung[] = [
  { type: 'service_restart', offer: offerRestart },
  { type: 'configuration_fix', offer: offerConfiguration },
  { type: 'resource_scaling', offer: offerScaling },
  { type: 'dependency_resolution', offer: offerConnection },
];

/** Takes the first rung that is not passed over and is possible; every rung passed over says why. */
export function chooseRung(facts: LadderFacts): RungChoice {
  const skipped: { type: RecoveryActionType; because: string }[] = [];
  for (const [rung, { type, offer }] of LADDER.entries()) {
    const offered = facts.passedOver.get(type) ?? offer(facts);
    if (typeof offered !== 'string')
      return { plan: { type, rung, ...offered }, reason: reasonFor(rung, skipped), skipped };
    skipped.push({ type, because: offered });
  }
  return { reason: `nothing is left to try: ${list(skipped)}`, skipped };
}

function reasonFor(rung: number, skipped: RungChoice['skipped']): string {
  return rung === 0 ? 'the mildest remedy comes first' : `next rung: ${list(skipped)}`;
}

function list(skipped: RungChoice['skipped']): string {
  return skipped.map(({ type, because }) => `${type} (${because})`).join(', ');
}

function offerRestart({ name, subsystem }: LadderFacts): ReturnType<Rung['offer']> {
  if (!hasPower(subsystem, 'restart')) return 'it offers no restart()';
  const shortage = shortageOf(subsystem);
  if (shortage?.more) return `${shortage.description}: it would again`;
  return { risk: 'low', effect: { power: 'restart' }, description: `Restart '${name}'` };
}

function offerConfiguration({ name, subsystem }: LadderFacts): ReturnType<Rung['offer']> {
  if (!hasPower(subsystem, 'configure')) return 'it offers no configure()';
  const problem = subsystem?.problems?.().find(({ patch }) => patch !== undefined);
  if (!problem) return 'it knows no problem that a patch would mend';
  return {
    risk: 'low',
    effect: { power: 'configure', argument: problem.patch },
    description: `Configure '${name}': ${problem.description}`,
  };
}

function offerScaling({ name, subsystem }: LadderFacts): ReturnType<Rung['offer']> {
  const shortage = shortageOf(subsystem);
  if (shortage?.more)
    return {
      risk: 'medium',
      effect: { power: 'configure', argument: shortage.more.patch },
      description: `${shortage.more.description}: ${shortage.description}`,
    };
  if (!hasPower(subsystem, 'scale')) return 'it offers no scale()';
  const replicas = replicasOf(subsystem) + 1;
  return {
    risk: 'medium',
    effect: { power: 'scale', argument: replicas },
    description: `Scale '${name}' to ${replicas}`,
  };
}

function offerConnection({ name, subsystem, brokenConnection }: LadderFacts): ReturnType<Rung['offer']> {
  if (brokenConnection === undefined) return 'no declared connection is missing';
  if (!hasPower(subsystem, 'connect')) return 'it offers no connect()';
  return {
    risk: 'low',
    effect: { power: 'connect', argument: brokenConnection },
    description: `Connect '${name}' to '${brokenConnection}'`,
  };
}

/** A subsystem that does not say how many it is counts as one. */
function replicasOf(subsystem: Subsystem | undefined): number {
  const config = subsystem?.config?.();
  if (!config || config instanceof Promise) return 1;
  const { replicas } = config;
  return typeof replicas === 'number' && replicas >= 1 ? replicas : 1;
}
