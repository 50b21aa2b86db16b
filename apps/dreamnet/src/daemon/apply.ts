import { isDeepStrictEqual } from 'node:util';
import { DreamnetError } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';
import type { AgentFleet } from './agent-fleet.js';
import { toAlertSettings } from './alert-settings.js';
import type { DaemonParts } from './parts.js';
import { createWatchedSubsystem } from './watched-subsystem.js';

/** What differs between two fleet files, by name. */
export interface FleetDiff {
  addedAgents: string[];
  changedAgents: string[];
  removedAgents: string[];
  changedSubsystems: string[];
  removedSubsystems: string[];
  /** Sections that count at once as a whole. */
  changedSections: (typeof COUNT_AT_ONCE)[number][];
  /** Settings that are read at the start only: they wait for the next one. */
  waiting: string[];
}

const READ_AT_START = ['http', 'ingest', 'recovery', 'history', 'anomalies'] as const;

/** `logs` and `vault` are asked for at every use, so that there is nothing to do about them. */
const COUNT_AT_ONCE = ['alerts', 'logs', 'vault'] as const;

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
    changedSections: COUNT_AT_ONCE.filter((key) => !isDeepStrictEqual(before.fleet[key], after.fleet[key])),
    waiting: READ_AT_START.filter((key) => !isDeepStrictEqual(before.fleet[key], after.fleet[key])),
  };
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
      parts.core.configureAlerts(toAlertSettings(loaded.fleet.alerts, parts.notifierTools));
    });
  for (const key of diff.changedSections) if (key !== 'alerts') done.push(`${key}: in force`);
  for (const name of diff.removedAgents)
    await attempt(`${name}: ended and forgotten`, () => fleet.forget(name, actor));
  for (const name of diff.removedSubsystems) parts.watchList.unwatch(name);
  for (const name of diff.removedSubsystems) done.push(`${name}: no longer watched`);
  for (const name of diff.changedSubsystems) {
    watchSubsystem(parts, loaded, name);
    done.push(`${name}: watched`);
  }
  for (const name of diff.changedAgents) {
    const needsRestart = await fleet.register(loaded, name, actor);
    fleet.watch(name);
    const isRunning = parts.linker.getProcess(name)?.status === 'running';
    if (needsRestart && isRunning) await attempt(`${name}: restarted`, () => fleet.restart(name, actor));
    else done.push(`${name}: changed`);
  }
  for (const name of diff.addedAgents) {
    await fleet.register(loaded, name, actor);
    await attempt(`${name}: added and started`, () => fleet.start(name, actor));
  }
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
