import type { SupervisedUnit } from '../supervised-unit.js';

/** Processes by the steps in which they end, each step one after another. Those of no step come first. */
export function inSteps(
  units: readonly SupervisedUnit[],
  steps: readonly (readonly string[])[],
): SupervisedUnit[][] {
  const stepOf = new Map(steps.flatMap((ids, at) => ids.map((id) => [id, at + 1] as const)));
  const sorted: SupervisedUnit[][] = Array.from({ length: steps.length + 1 }, () => []);
  for (const unit of units) sorted[stepOf.get(unit.spec.id) ?? 0]?.push(unit);
  return sorted.filter((step) => step.length > 0);
}
