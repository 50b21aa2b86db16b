import type {
  AxisView,
  Domain,
  GlobalHealthScores,
  Liveness,
  Progress,
  Readiness,
  SubsystemStatus,
} from '@dreamnet/contracts';

/** One subsystem of `GET api/subsystems`. */
export interface SubsystemView {
  name: string;
  domain: Domain;
  status: SubsystemStatus;
  reason: string;
  lastUpdatedAt: number | null;
  isAgent: boolean;
  dependsOn: string[];
  axes: { liveness: AxisView<Liveness>; readiness: AxisView<Readiness>; progress: AxisView<Progress> };
}

/** The domains in the order they are shown: name, field of the scores, and what the score is about. */
export const DOMAINS: readonly {
  domain: Domain;
  label: string;
  score: keyof GlobalHealthScores;
  about: string;
}[] = [
  { domain: 'infra', label: 'Infrastructure', score: 'infraHealth', about: 'agents and services' },
  { domain: 'economy', label: 'Economy', score: 'economyHealth', about: 'tokens, balances, rewards' },
  { domain: 'social', label: 'Social', score: 'socialHealth', about: 'engagement and activity' },
  {
    domain: 'dreamPipeline',
    label: 'Dream pipeline',
    score: 'dreamPipelineHealth',
    about: 'creation to completion',
  },
];
