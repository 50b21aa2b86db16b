import type { Subsystem } from '@dreamnet/contracts';
import type { AlertRule } from '@dreamnet/dreamnet-os-core';
import type { Budgets } from '@dreamnet/os-linker';
import { BUDGETS_SUBSYSTEM } from '../../config/budget-checks.js';
import type { FleetFile } from '../../config/schema.js';
import type { DaemonParts } from '../parts.js';
import { hasBudgets } from './budget-definitions.js';

const EVERY_MS = 1000;
const NEARLY = 0.8;

/** Lets OS Core watch the budgets of this file, if it has any. Idempotent. */
export function watchBudgets({ budgets, watchList }: DaemonParts, fleet: FleetFile): void {
  if (hasBudgets(fleet)) watchList.watch(BUDGETS_SUBSYSTEM, () => createBudgetSubsystem(budgets));
  else watchList.unwatch(BUDGETS_SUBSYSTEM);
}

/** All budgets as OS Core watches them: how much of each measure is used, 0 to 1, is the metric `used`. */
function createBudgetSubsystem(budgets: Budgets): Subsystem {
  return {
    manifest: { domain: 'economy' },
    probeSchedule: { everyMs: EVERY_MS, timeoutMs: EVERY_MS, rise: 1, fall: 1 },
    probe: async () => {
      const views = budgets.views();
      const metrics: Record<string, number> = {};
      for (const { name, measures } of views)
        for (const { measure, used, limit } of measures)
          metrics[`used{budget="${name}",measure="${measure}"}`] = limit === 0 ? 1 : used / limit;
      const frozen = budgets.freezes().length;
      const words = frozen === 0 ? '' : `, ${frozen} ${frozen === 1 ? 'freeze' : 'freezes'} in force`;
      return { ok: true, reason: `${views.length} budgets are kept${words}`, metrics };
    },
  };
}

/** Told at four fifths of a budget, and again when it is used up. */
const BUDGET_RULES: readonly AlertRule[] = [
  rule('BudgetNearlyUsed', { severity: 'warning', threshold: NEARLY, words: 'is nearly used up' }),
  rule('BudgetUsedUp', {
    severity: 'critical',
    threshold: 1,
    words: 'is used up, and what would spend from it is refused',
  }),
];

/** The rules that go with the budgets of this file. */
export function budgetRules(fleet: FleetFile): readonly AlertRule[] {
  return hasBudgets(fleet) ? BUDGET_RULES : [];
}

function rule(
  name: string,
  { severity, threshold, words }: { severity: 'warning' | 'critical'; threshold: number; words: string },
): AlertRule {
  return {
    name,
    trigger: { on: 'metric', metric: 'used', when: { operator: '>=', threshold } },
    select: { subsystems: [BUDGETS_SUBSYSTEM], matchers: [] },
    forMs: 0,
    severity,
    type: 'performance',
    labels: {},
    annotations: {
      summary: `budget {{labels.budget}} ${words} ({{value}} times the limit of {{labels.measure}} is used)`,
    },
  };
}
