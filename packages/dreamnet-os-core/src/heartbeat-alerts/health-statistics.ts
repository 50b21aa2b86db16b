import type { Domain, GlobalHealthScores, HealthHistoryEntry, HealthStats } from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';

/**
 * Health statistics over the given history, oldest first; pure.
 *
 * @returns Current, mean, least and largest score per domain; without history the current score stands for all.
 */
export function healthStatistics(
  entries: readonly HealthHistoryEntry[],
  current: GlobalHealthScores,
  figures: Pick<HealthStats, 'alerts' | 'meanTimeToResolveMs'>,
): HealthStats {
  const perDomain = {} as HealthStats['perDomain'];
  for (const domain of Object.keys(DOMAIN_FACTORS) as Domain[])
    perDomain[domain] = spanOf(entries, current, domain);
  return {
    samples: entries.length,
    from: entries[0]?.at ?? null,
    to: entries.at(-1)?.at ?? null,
    perDomain,
    ...figures,
  };
}

function spanOf(entries: readonly HealthHistoryEntry[], scores: GlobalHealthScores, domain: Domain) {
  const current = scores[`${domain}Health`];
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { globalHealth } of entries) {
    const score = globalHealth[`${domain}Health`];
    sum += score;
    min = Math.min(min, score);
    max = Math.max(max, score);
  }
  return entries.length === 0
    ? { current, mean: current, min: current, max: current }
    : { current, mean: sum / entries.length, min, max };
}
