import type { Severity } from '@dreamnet/contracts';

/** All severities. */
export const WORST_FIRST: readonly Severity[] = ['critical', 'warning', 'info'];

/** Is it worse than the other one? Than what is no severity each one is. */
export function isWorseThan(severity: Severity, other: unknown): boolean {
  const asBad: readonly unknown[] = WORST_FIRST.slice(0, WORST_FIRST.indexOf(severity) + 1);
  return !asBad.includes(other);
}
