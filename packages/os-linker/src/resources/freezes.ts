import type { FreezeView } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { budgetError } from './budget-errors.js';

/** All spending. */
export const EVERYTHING = '*';

/** What is frozen now. Checked before each spending; no copy, no wait. */
export interface Freezes {
  list(): readonly FreezeView[];
  get(target: string): FreezeView | undefined;
  add(freeze: FreezeView): void;
  remove(target: string): void;
  /** The freeze that stops this one, the widest first; undefined when it may spend. */
  find(agent: string, budgets: readonly string[]): FreezeView | undefined;
}

/** Frozen as it was written down. */
export function createFreezes(): Freezes {
  const frozen = new Map<string, FreezeView>();
  return {
    list: () => [...frozen.values()],
    get: (target) => frozen.get(target),
    add: (freeze) => void frozen.set(freeze.target, freeze),
    remove: (target) => void frozen.delete(target),
    find: (agent, budgets) => {
      if (frozen.size === 0) return undefined;
      for (const target of [EVERYTHING, agent, ...budgets]) {
        const freeze = frozen.get(target);
        if (freeze) return freeze;
      }
      return undefined;
    },
  };
}

/** Why it may not be spent. @param isGranted It was reserved before the freeze came, and may be spent in part. */
export function frozenError(freeze: FreezeView, isGranted = false): DreamnetError {
  return budgetError('DN_BUDGET_FROZEN', {
    target: showTarget(freeze.target),
    by: freeze.by,
    reason: freeze.reason === '' ? '' : ` (${freeze.reason})`,
    which: freeze.target === EVERYTHING ? '' : ` ${freeze.target}`,
    at: freeze.at,
    delivered: isGranted,
  });
}

/** A target in words. */
export function showTarget(target: string): string {
  return target === EVERYTHING ? 'everybody' : `'${target}'`;
}
