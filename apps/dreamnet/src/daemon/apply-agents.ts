import { DreamnetError } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';
import type { AgentFleet } from './agent-fleet.js';
import type { FleetDiff } from './apply.js';
import type { DaemonParts } from './parts.js';
import { notReplaced } from './replicas/not-replaced.js';
import { canRoll, isRolling } from './replicas/replica-entry.js';
import { tellTrouble } from './start-agents.js';

/** Does something and notes what was done, or why it could not be. */
export type Attempt = (words: string, act: () => Promise<void>) => Promise<void>;

/** What carries changes of agents out, with one line a change in `done`. */
export interface AgentChange {
  readonly parts: DaemonParts;
  readonly fleet: AgentFleet;
  readonly diff: FleetDiff;
  readonly loaded: LoadedFleet;
  readonly actor: string;
  readonly done: string[];
  readonly attempt: Attempt;
}

/**
 * What is added and what needs new processes is begun in the order of starts, each when what it comes after is ready: of two that
 * changed, what the other depends on goes first.
 *
 * @param between What else of the change comes between, with those who wait already waiting for who is added.
 */
export async function applyAgents(change: AgentChange, between: () => Promise<void>): Promise<void> {
  const { fleet, diff, loaded, actor } = change;
  const marks = new Map<string, () => void>();
  try {
    // Before anybody is forgotten: whoever waits for one that is only called otherwise now must find it coming.
    for (const name of diff.addedAgents) {
      await fleet.register(loaded, name, actor);
      marks.set(name, fleet.expect(name, 'coming'));
    }
    await between();
    for (const name of diff.changedAgents)
      if (await takeOver(change, name)) marks.set(name, fleet.expect(name, 'renewed'));
    // They may come after others now.
    fleet.lookAtWaits();
    for (const name of fleet.startPlan().order) {
      const release = marks.get(name);
      if (!release) continue;
      await (diff.addedAgents.includes(name) ? add(change, name) : renew(change, name));
      release();
    }
  } finally {
    for (const release of marks.values()) release();
  }
}

/**
 * Tries again where a rolling restart stopped and some process runs as before it: the file, or a secret, may be right by now, and if it
 * is not, that is to be said again.
 *
 * @returns One line an agent.
 */
export async function rollAgain({ supervisor }: DaemonParts, fleet: AgentFleet): Promise<string[]> {
  const lines: string[] = [];
  for (const name of fleet.names()) {
    const record = fleet.record(name);
    if (!record?.rolling || isRolling(record) || notReplaced(record, supervisor).length === 0) continue;
    const { reason, because = 'it was given up' } = record.rolling;
    const words = `${name}: its replicas are replaced one after the other, again; the last try stopped: ${because}`;
    try {
      await fleet.desk.rollNext(name, reason);
      lines.push(words);
    } catch (thrown) {
      lines.push(`${words}: ${DreamnetError.from(thrown).message}`);
    }
  }
  return lines;
}

/** @returns whether it must be given new processes */
async function takeOver({ parts, fleet, loaded, actor, done }: AgentChange, name: string): Promise<boolean> {
  const before = new Set(fleet.idsOf(name));
  const needsRestart = await fleet.register(loaded, name, actor);
  fleet.waitAnew(name);
  const kept = fleet.idsOf(name).filter((id) => before.has(id));
  for (const id of kept) fleet.watch(id);
  if (await startsWithItsGroup(parts, kept)) {
    done.push(`${name}: changed, starts with its group`);
    return false;
  }
  if (needsRestart && kept.some((id) => parts.linker.getProcess(id)?.status === 'running')) return true;
  done.push(`${name}: changed`);
  fleet.settle(name);
  return false;
}

/** A group that restarts starts its members itself, in order: then that is the start with what is new. */
async function startsWithItsGroup(
  { linker, supervisor }: DaemonParts,
  ids: readonly string[],
): Promise<boolean> {
  if (ids.length === 0 || !ids.every((id) => supervisor.renewHeld(id))) return false;
  const wanted = new Set(ids);
  const found = await linker.listAdoptable((id) => wanted.has(id));
  const renewed = found.filter(
    ({ problems, spec }) => problems.length === 0 && supervisor.renewHeld(spec.id, spec),
  );
  return renewed.length === ids.length;
}

async function add({ parts, fleet, actor, done, attempt }: AgentChange, name: string): Promise<void> {
  if (fleet.mustWait(name)) {
    void tellTrouble(parts, name, fleet.startInOrder(name, actor));
    done.push(`${name}: added, waits for ${fleet.waitOf(name)?.for.join(', ') ?? 'its turn'}`);
  } else await attempt(`${name}: added and started`, () => fleet.start(name, actor));
}

/** New processes for what changed: replicas one after the other where two can run side by side, others at once. */
async function renew(change: AgentChange, name: string): Promise<void> {
  const { parts, fleet, loaded, actor, done, attempt } = change;
  const entry = loaded.fleet.agents[name];
  const isRolled = entry !== undefined && canRoll(entry);
  const act = async () => {
    if (isRolled) await fleet.desk.rollNext(name, `a change of the fleet file, by ${actor}`);
    else await fleet.restart(name, actor);
  };
  if (fleet.mustWait(name)) {
    const waiting = fleet.renewInOrder(name, act).finally(() => fleet.settle(name));
    void tellTrouble(parts, name, waiting);
    const how = isRolled ? 'its replicas are replaced' : 'restarted';
    const missing = fleet.renewalWaitOf(name)?.for.join(', ') ?? 'what it comes after';
    done.push(`${name}: ${how} when ${missing} is ready`);
    return;
  }
  const words = isRolled ? 'its replicas are replaced one after the other' : 'restarted';
  await attempt(`${name}: ${words}`, () => fleet.renewInOrder(name, act));
  fleet.settle(name);
}
