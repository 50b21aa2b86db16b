import type { Domain, GlobalHealthScores } from '@dreamnet/contracts';

/** How one domain is shown. */
export interface DomainRow {
  domain: Domain;
  label: string;
  score: keyof GlobalHealthScores;
  about: string;
}

/** The domains in the order they are shown: name, field of the scores, and what the score is about. */
export const DOMAINS: readonly [DomainRow, ...DomainRow[]] = [
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
