import { isDeepStrictEqual } from 'node:util';
import { DreamnetError } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';
import type { AgentFleet } from './agent-fleet.js';
import { toAlertSettings } from './alert-settings.js';
import { applyAgents, rollAgain } from './apply-agents.js';
import type { DaemonParts } from './parts.js';
import { hasBudgets, toBudgetDefinitions } from './spending/budget-definitions.js';
import { budgetRules, watchBudgets } from './spending/budget-watch.js';
import { useGroups } from './start-agents.js';
import { createWatchedSubsystem } from './watched-subsystem.js';

/** What differs between two fleet files, by name. */
export interface FleetDiff {
  addedAgents: string[];
  changedAgents: string[];
  removedAgents: string[];
  changedSubsystems: string[];
  removedSubsystems: string[];
  /** Sections that count at once as a whole. */
  changedSections: Section[];
  /** Settings that are read at the start only: they wait for the next one. */
  waiting: string[];
}

const READ_AT_START = ['http', 'ingest', 'recovery', 'history', 'anomalies'] as const;

/** `logs` and `vault` are asked for at every use, so that there is nothing to do about them. */
const SECTIONS = ['alerts', 'groups', 'logs', 'vault', 'budgets'] as const;
type Section = (typeof SECTIONS)[number];

/** Compares entry by entry; the context counts as part of every agent. */
export function diffFleets(before: LoadedFleet, after: LoadedFleet): FleetDiff {
  const isContextSame = isDeepStrictEqual(before.fleet.context, after.fleet.context);
  const agents = compare(before.fleet.agents, after.fleet.agents, isContextSame);
  const subsystems = compare(before.fleet.subsystems, after.fleet.subsystems, true);
  return {
    addedAgents: agents.added,
    changedAgents: agents.changed,
    removedAgents: agents.removed,
    changedSubsystems: [...subsystems.added, ...subsystems.changed],
    removedSubsystems: subsystems.removed,
    changedSections: changedSections(before, after),
    waiting: READ_AT_START.filter((key) => !isDeepStrictEqual(before.fleet[key], after.fleet[key])),
  };
}

function changedSections({ fleet: before }: LoadedFleet, { fleet: after }: LoadedFleet): Section[] {
  const isSame = (section: Section): boolean => {
    // Those of agents count, too.
    if (section === 'budgets')
      return isDeepStrictEqual(toBudgetDefinitions(before), toBudgetDefinitions(after));
    // The rules on budgets come and go with them.
    const isRuled = section !== 'alerts' || hasBudgets(before) === hasBudgets(after);
    return isRuled && isDeepStrictEqual(before[section], after[section]);
  };
  return SECTIONS.filter((section) => !isSame(section));
}

/** Is there nothing to do? */
export function isEmptyDiff(diff: FleetDiff): boolean {
  return Object.values(diff).every((names: readonly string[]) => names.length === 0);
}

function compare(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  isSame: boolean,
) {
  const names = Object.keys(after);
  return {
    added: names.filter((name) => !Object.hasOwn(before, name)),
    changed: names.filter(
      (name) => Object.hasOwn(before, name) && !(isSame && isDeepStrictEqual(before[name], after[name])),
    ),
    removed: Object.keys(before).filter((name) => !Object.hasOwn(after, name)),
  };
}

/**
 * Carries a difference out: what did not change is not touched.
 *
 * @returns One line a change, with what could not be done.
 */
export async function applyDiff(
  parts: DaemonParts,
  fleet: AgentFleet,
  change: { diff: FleetDiff; loaded: LoadedFleet; actor: string },
): Promise<string[]> {
  const { diff, loaded, actor } = change;
  const done: string[] = [];
  const attempt = async (words: string, act: () => Promise<void>) => {
    try {
      await act();
      done.push(words);
    } catch (thrown) {
      done.push(`${words}: ${DreamnetError.from(thrown).message}`);
    }
  };
  // First the alerts: what the other changes do is judged by the new rules and told to the new receivers.
  if (diff.changedSections.includes('alerts'))
    await attempt('alerts: rules, receivers and routes in force', async () => {
      const rules = budgetRules(loaded.fleet);
      parts.core.configureAlerts(toAlertSettings(loaded.fleet.alerts, parts.notifierTools, rules));
    });
  // Before an agent starts that is only there with its budget.
  if (diff.changedSections.includes('budgets'))
    await attempt('budgets: limits in force', async () => {
      parts.budgets.configure(toBudgetDefinitions(loaded.fleet));
      watchBudgets(parts, loaded.fleet);
    });
  for (const key of diff.changedSections)
    if (key !== 'alerts' && key !== 'budgets') done.push(`${key}: in force`);
  await applyAgents({ parts, fleet, diff, loaded, actor, done, attempt }, async () => {
    useGroups(parts, fleet, loaded);
    for (const name of diff.removedAgents)
      await attempt(`${name}: ended and forgotten`, () => fleet.forget(name, actor));
    for (const name of diff.removedSubsystems) parts.watchList.unwatch(name);
    for (const name of diff.removedSubsystems) done.push(`${name}: no longer watched`);
    for (const name of diff.changedSubsystems) {
      watchSubsystem(parts, loaded, name);
      done.push(`${name}: watched`);
    }
  });
  done.push(...(await rollAgain(parts, fleet)));
  for (const key of diff.waiting) done.push(`${key}: counts from the daemon's next start`);
  return done;
}

/** Lets OS Core watch a subsystem of the fleet file. */
export function watchSubsystem(parts: DaemonParts, loaded: LoadedFleet, name: string): void {
  const entry = loaded.fleet.subsystems[name];
  if (!entry) return;
  parts.watchList.unwatch(name);
  const place = loaded.placeOfKey(['subsystems'], name);
  parts.watchList.watch(name, () => createWatchedSubsystem(entry, place, parts.probeHost(loaded)));
}
