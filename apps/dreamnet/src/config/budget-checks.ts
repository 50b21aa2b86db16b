import { programError } from '../errors.js';
import type { LoadedFleet } from './load.js';
import { showPlace } from './source.js';

/** What OS Core calls the watch over all budgets. */
export const BUDGETS_SUBSYSTEM = 'budgets';

/**
 * A budget of nobody would limit nothing; one named like an agent would leave open what `freeze NAME` means.
 *
 * @throws DN_CONFIG_INCOMPLETE, DN_CONFIG_DUPLICATE_NAME
 */
export function checkBudgets(loaded: LoadedFleet): void {
  const { agents, budgets, subsystems } = loaded.fleet;
  for (const [name, budget] of Object.entries(budgets)) {
    if (Object.hasOwn(agents, name))
      throw programError('DN_CONFIG_DUPLICATE_NAME', {
        place: showPlace(loaded.placeOfKey(['budgets'], name)),
        name,
        where: ': an agent has it; its own budget is its resources.budget',
      });
    for (const [index, agent] of (budget.agents ?? []).entries())
      if (!Object.hasOwn(agents, agent))
        throw programError('DN_CONFIG_INCOMPLETE', {
          place: showPlace(loaded.placeOf(['budgets', name, 'agents', index])),
          name,
          why: `there is no agent '${agent}'`,
        });
  }
  const hasAny =
    Object.keys(budgets).length > 0 || Object.values(agents).some(({ resources }) => resources.budget);
  for (const [section, entries] of [
    ['agents', agents],
    ['subsystems', subsystems],
  ] as const)
    if (hasAny && Object.hasOwn(entries, BUDGETS_SUBSYSTEM))
      throw programError('DN_CONFIG_DUPLICATE_NAME', {
        place: showPlace(loaded.placeOfKey([section], BUDGETS_SUBSYSTEM)),
        name: BUDGETS_SUBSYSTEM,
        where: ': the watch over the budgets of this file is called that',
      });
}
