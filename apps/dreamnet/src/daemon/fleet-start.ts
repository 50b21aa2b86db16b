import type { LocalProcessSpec } from '@dreamnet/contracts';
import type { AdoptionReport } from '@dreamnet/supervisor';
import { startSteps } from '../config/start-plan.js';
import { type AgentFleet, DAEMON_ACTOR } from './agent-fleet.js';
import { watchSubsystem } from './apply.js';
import type { DaemonParts } from './parts.js';
import { findTakenPorts } from './port-check.js';
import { severalAtOnce } from './several-at-once.js';
import { keepStopped } from './spending/ended-spenders.js';
import { tellTrouble, useGroups } from './start-agents.js';

/** What a start found of an earlier life and what it did. */
export interface FleetStart {
  adopted: readonly string[];
  /** Ran, but could not be adopted (they spoke over the old daemon's pipes): started anew. */
  replaced: readonly string[];
  /** Of this state folder and no longer in the fleet file: ended. */
  orphans: readonly string[];
}

/**
 * What each start writes down before it does anything then goes to disk in one commit for all of them; more at once would
 * only hold the event loop longer at a time.
 */
const STARTS_AT_ONCE = 16;

/**
 * Registers the fleet and finds what an earlier daemon left running. Starts nothing.
 *
 * @param isReturn The daemon before this one was killed, or left its agents running: one agent whose port is taken is then no reason to leave the
 *   others alone.
 * @throws DN_CONFIG_PORT_IN_USE before anything was changed on the machine.
 */
export async function takeOver(
  parts: DaemonParts,
  fleet: AgentFleet,
  isReturn: boolean,
): Promise<FleetStart> {
  const loaded = parts.loaded();
  const { supervisor, linker } = parts;
  await supervisor.start();
  await linker.open();
  // By what was bound when they were started.
  await parts.hiddenOutput.learnAll();
  await fleet.load();
  await parts.allotments.load();
  // Before anything is claimed, every process that is left counts as an orphan.
  const left = new Set(supervisor.orphans().map((orphan) => orphan.processId));
  const taken = await findTakenPorts(loaded, (name) => left.has(name));
  if (taken[0] && !isReturn) throw taken[0];
  for (const { code, message } of taken) parts.onTrouble(`${code}: ${message}`);
  await fleet.registerAll(loaded, DAEMON_ACTOR);
  useGroups(parts, fleet, loaded);
  // What nothing is left of starts anew: nobody need find out twice how.
  const adoptable = await linker.listAdoptable((id) => supervisor.hasLeft(id));
  // The end of a replica that leaves had begun: to adopt it would start it again when it is gone.
  const isGoing = (id: string, desired: string) => desired === 'stopped' && fleet.isLeaving(id);
  const report = await supervisor.adopt(
    adoptable
      .filter(({ spec, desired }) => fleet.find(spec.id) && !isGoing(spec.id, desired))
      // Who is to stay stopped is taken over to be ended, and never started again.
      .map(({ spec }) => (fleet.isStopped(spec.id) ? neverRestarted(spec) : spec)),
  );
  const ended = await supervisor.endOrphans();
  tellLeft(parts, report);
  const orphans = ended.filter((id) => !fleet.find(id));
  return { adopted: report.adopted, replaced: report.replaced, orphans };
}

/**
 * Takes over what an earlier daemon left running when it was killed in the middle of its end, so that all of it can be ended in
 * order. Nothing is started.
 */
export async function takeOverToEnd(parts: DaemonParts, fleet: AgentFleet): Promise<void> {
  const { supervisor, linker, loaded } = parts;
  await supervisor.start();
  await linker.open();
  // By what was bound when they were started.
  await parts.hiddenOutput.learnAll();
  await fleet.load();
  await fleet.registerAll(loaded(), DAEMON_ACTOR);
  const adoptable = await linker.listAdoptable();
  const report = await supervisor.adopt(
    // Who ended meanwhile stays so.
    adoptable.map(({ spec }) => neverRestarted(spec)),
  );
  await supervisor.endOrphans();
  tellLeft(parts, report);
}

/** What could not be taken over, and what could not be ended. The rest of the fleet is kept all the same. */
function tellLeft({ supervisor, onTrouble }: DaemonParts, { failed }: AdoptionReport): void {
  for (const { id, error } of failed) onTrouble(`${id}: not taken over: ${error.code}: ${error.message}`);
  for (const { processId, identity } of supervisor.orphans())
    onTrouble(
      `${processId}: what an earlier daemon left of it survives SIGKILL (pid ${identity?.pid ?? 'unknown'}): it hangs in the kernel or is another user's; end it, or start the machine anew`,
    );
}

/**
 * Starts what is wanted and not there, each when what it comes after is ready. Resolves when all have been started but those
 * who wait. What cannot start says so in its state.
 *
 * @param isReturn The daemon before this one was killed, or left its agents running: who had ended by then and is not to
 *   be started again has done its work.
 */
export async function startFleet(parts: DaemonParts, fleet: AgentFleet, isReturn: boolean): Promise<void> {
  const { linker, supervisor } = parts;
  const loaded = parts.loaded();
  const isDone = (id: string) => isReturn && supervisor.get(id)?.phase === 'exited';
  const report = await linker.recover();
  for (const id of report.toStop)
    await tellTrouble(parts, id, linker.stop(id, { reason: 'a stop was interrupted' }));
  for (const descriptor of linker.listProcesses())
    if (!fleet.find(descriptor.id) && !fleet.names().includes(descriptor.id))
      await tellTrouble(parts, descriptor.id, fleet.forget(descriptor.id, DAEMON_ACTOR));
  for (const name of Object.keys(loaded.fleet.subsystems)) watchSubsystem(parts, loaded, name);
  const isRunning = new Set([...report.running, ...report.waiting]);
  const begin = async (name: string) => {
    await fleet.stops.forgetOldFreeze(name);
    if (fleet.isStopped(name)) return tellTrouble(parts, name, keepStopped(parts, fleet, name));
    const ids = fleet.idsOf(name);
    const missing = ids.filter((id) => !isRunning.has(id) && !report.toRestart.includes(id) && !isDone(id));
    // Whoever waits must not keep those from starting who need not.
    if (ids.length > 0 && missing.length === ids.length && fleet.mustWait(name)) {
      // Its turn comes: what was wrong with it when the last daemon ended is not over for that.
      const domain = loaded.fleet.agents[name]?.domain;
      if (domain) for (const one of new Set([name, ...ids])) parts.watchList.expect(one, domain);
      void tellTrouble(parts, name, fleet.startInOrder(name, DAEMON_ACTOR));
      return;
    }
    fleet.watch(name);
    for (const id of ids) {
      if (report.toRestart.includes(id)) await tellTrouble(parts, id, fleet.restart(id, DAEMON_ACTOR));
      else if (missing.includes(id) && !fleet.isStopped(id))
        await tellTrouble(parts, id, fleet.start(id, DAEMON_ACTOR));
    }
  };
  // Step by step: who comes after somebody must find that one begun.
  for (const step of startSteps(fleet.startPlan()))
    await severalAtOnce(step, STARTS_AT_ONCE, async (name) => {
      await begin(name);
      fleet.lookAfter(name);
    });
}

function neverRestarted(spec: LocalProcessSpec): LocalProcessSpec {
  return { ...spec, restart: { ...spec.restart, type: 'temporary' } };
}
