import type { FreezeView } from '@dreamnet/contracts';
import { type Budgets, EVERYTHING } from '@dreamnet/os-linker';
import type { AgentEntry } from '../../config/schema.js';
import { capabilitiesOf } from '../agent-plan.js';

/**
 * The freeze that keeps an agent ended: of all spending, of its own, or of a budget that counts anything it serves.
 *
 * @param entry Its entry of the fleet file; undefined: it has none any more.
 */
export function endingFreeze(
  budgets: Pick<Budgets, 'freezes' | 'covers'>,
  agent: string,
  entry: AgentEntry | undefined,
): FreezeView | undefined {
  const ending = budgets.freezes().filter(({ endsAgents }) => endsAgents === true);
  if (ending.length === 0) return undefined;
  const served = entry ? capabilitiesOf(entry).map(({ name: capability }) => ({ agent, capability })) : [];
  return ending.find(
    ({ target }) =>
      target === EVERYTHING ||
      target === agent ||
      [{ agent }, ...served].some((spender) => budgets.covers(target, spender)),
  );
}
