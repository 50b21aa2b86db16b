import type { SupervisedPhase } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';
import { type AgentFleet, DAEMON_ACTOR } from './agent-fleet.js';
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
    const begun = new Map<string, Begin>(diff.addedAgents.map((name) => [name, 'added']));
    const anew: string[] = [];
    for (const name of diff.changedAgents) {
      const next = await takeOver(change, name, anew);
      if (next === undefined) continue;
      begun.set(name, next);
      marks.set(name, fleet.expect(name, next === 'renewed' ? 'renewed' : 'coming'));
    }
    // After all of them, so that none is started as it was.
    change.parts.supervisor.startGroupsAnew(anew);
    // They may come after others now.
    fleet.lookAtWaits();
    for (const name of fleet.startPlan().order) {
      const release = marks.get(name);
      if (!release) continue;
      const how = begun.get(name);
      await (how === 'added' || how === 'changed' ? start(change, name, how) : renew(change, name));
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

/** Started for the first time; started because it waited for what the change may have given it; given new processes. */
type Begin = 'added' | 'changed' | 'renewed';

/**
 * @param anew Takes the ids of those whose group is to begin anew by this.
 * @returns what is to be begun for it; undefined: nothing
 */
async function takeOver(
  { parts, fleet, loaded, actor, done }: AgentChange,
  name: string,
  anew: string[],
): Promise<Begin | undefined> {
  const before = new Set(fleet.idsOf(name));
  const isChanged = await fleet.register(loaded, name, actor);
  fleet.waitAnew(name);
  const kept = fleet.idsOf(name).filter((id) => before.has(id));
  for (const id of kept) fleet.watch(id);
  if (isChanged) anew.push(...kept.filter((id) => isTried(parts, fleet, id)));
  if (await startsWithItsGroup(parts, kept)) {
    done.push(`${name}: changed, starts with its group`);
    return undefined;
  }
  const isRunning = kept.some((id) => parts.linker.getProcess(id)?.status === 'running');
  if (isChanged && (isRunning || kept.some((id) => isTried(parts, fleet, id)))) return 'renewed';
  if (kept.some((id) => wasBlocked(parts, fleet, id))) return 'changed';
  done.push(isChanged ? `${name}: changed, counts from its next start` : `${name}: changed`);
  fleet.settle(name);
  return undefined;
}

/** Phases of one that does not run and is to be started, by what is known of it since it was last launched. */
const TRIED: ReadonlySet<SupervisedPhase> = new Set(['starting', 'waiting', 'backoff', 'broken']);

/** Is it about to be started as it was, by a restart that somebody asked for or by itself? */
function isTried(
  { linker, supervisor }: DaemonParts,
  fleet: Pick<AgentFleet, 'isStopped'>,
  id: string,
): boolean {
  if (fleet.isStopped(id)) return false;
  const { identity = null, phase = 'idle' } = supervisor.get(id) ?? {};
  return identity === null && (linker.isBusy(id) || TRIED.has(phase));
}

/** Should it run, and was its last start refused, for something it needs or because it could not be launched? */
function wasBlocked({ linker, supervisor }: DaemonParts, fleet: AgentFleet, id: string): boolean {
  const { agent } = fleet.get(id);
  if (fleet.isStopped(id) || fleet.isComing(agent) || fleet.waitOf(agent) || linker.isBusy(id)) return false;
  const status = linker.getProcess(id)?.status;
  const isIdle = (supervisor.get(id)?.phase ?? 'idle') === 'idle';
  return isIdle && (status === 'pending' || status === 'error');
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

async function start(
  { parts, fleet, actor, done, attempt }: AgentChange,
  name: string,
  how: 'added' | 'changed',
): Promise<void> {
  // Nobody asked for it by name: a replica of it that somebody stopped stays so.
  const by = how === 'added' ? actor : DAEMON_ACTOR;
  if (fleet.mustWait(name)) {
    void tellTrouble(parts, name, fleet.startInOrder(name, by));
    done.push(`${name}: ${how}, waits for ${fleet.waitOf(name)?.for.join(', ') ?? 'its turn'}`);
  } else await attempt(`${name}: ${how} and started`, () => fleet.start(name, by));
}

/** New processes for what changed: replicas one after the other where two can run side by side, others at once. */
async function renew(change: AgentChange, name: string): Promise<void> {
  const { parts, fleet, loaded, done, attempt } = change;
  const entry = loaded.fleet.agents[name];
  const isRunning = fleet.idsOf(name).some((id) => parts.supervisor.get(id)?.identity);
  const isRolled = entry !== undefined && canRoll(entry) && isRunning;
  const act = () => (isRolled ? rollAll(change, name) : restartEach(change, fleet.idsOf(name)));
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

/** Whoever of them does not run serves nobody, so that its turn need not be waited for. */
async function rollAll(change: AgentChange, name: string): Promise<void> {
  const { parts, fleet, actor } = change;
  const tried = fleet.idsOf(name).filter((id) => isTried(parts, fleet, id));
  try {
    await fleet.desk.rollNext(name, `a change of the fleet file, by ${actor}`);
  } catch (thrown) {
    if (DreamnetError.from(thrown).code !== 'DN_AGENT_NOT_RUNNING') throw thrown;
    // The last one that ran has ended meanwhile.
    await restartEach(change, fleet.idsOf(name));
    return;
  }
  await restartEach(
    change,
    tried.filter((id) => !fleet.isLeaving(id)),
  );
}

/** All at once; nobody asked for it by name, so that a replica that somebody stopped stays so. @throws the first refusal */
async function restartEach({ fleet, actor }: AgentChange, ids: readonly string[]): Promise<void> {
  const wanted = ids.filter((id) => !fleet.isStopped(id));
  const outcomes = await Promise.allSettled(wanted.map((id) => fleet.restart(id, actor)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
