import type { ChangeReaction, SupervisedPhase } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { agentOf, type ChangeSignal, chooseReactions, type SecretVersion } from '@dreamnet/os-linker';
import { programError } from '../errors.js';
import type { AgentFleet } from './agent-fleet.js';
import { countingBindings } from './counting-bindings.js';
import { type BehindVersion, behindVersions } from './held-versions.js';
import type { DaemonParts } from './parts.js';
import { canRoll } from './replicas/replica-entry.js';
import { createStartSettling, wasLaunched } from './start-settling.js';

/** What was done to one agent because something bound to it changed, and whether it was seen to work. */
export interface ReactionOutcome {
  agent: string;
  /** `roll`: its processes are being replaced one after the other, which is not over when this is told. */
  action: 'start' | 'restart' | 'roll' | 'signal' | 'none';
  ok: boolean;
  because: string;
}

/** What is known of one secret; never its value. */
export interface SecretView {
  key: string;
  /** Versions still kept, oldest first; the last one is in force. */
  versions: readonly SecretVersion[];
  usedBy: readonly string[];
  /** Those of them whose process runs with an older version. */
  behind: readonly BehindVersion[];
}

/** Secrets of the vault and those bound to them, as the interfaces use them. */
export interface SecretDesk {
  list(): Promise<SecretView[]>;
  /** @throws DN_API_NOT_FOUND */
  get(key: string): Promise<SecretView>;
  /** Stores a new version, and does to those bound what their bindings ask for. */
  set(
    key: string,
    value: string,
    actor: string,
  ): Promise<{ version: number; outcomes: readonly ReactionOutcome[] }>;
  /** Makes an older version the newest one. @throws DN_API_NOT_FOUND */
  rollback(
    key: string,
    version: number,
    actor: string,
  ): Promise<{ version: number; outcomes: readonly ReactionOutcome[] }>;
  /** Removes every version. Who runs keeps what it was given. @throws DN_API_NOT_FOUND */
  delete(key: string, actor: string): Promise<SecretView>;
  /** Fetches all secrets of an agent anew, for those kept elsewhere that changed there. */
  rotate(agent: string, actor: string): Promise<ReactionOutcome>;
}

/** The desk of a daemon. Calls for one agent run one after another, in the Linker. */
export function createSecretDesk(parts: DaemonParts, fleet: AgentFleet): SecretDesk {
  const { vault, linker, core } = parts;
  const usersOf = (key: string) => linker.usersOfSecret(key).map(({ processId }) => processId);
  const get = async (key: string): Promise<SecretView> => {
    const versions = await vault.versions(key);
    if (versions.length === 0 || versions.at(-1)?.isDeleted)
      throw programError('DN_API_NOT_FOUND', { kind: 'secret', name: key });
    const usedBy = usersOf(key);
    return { key, versions, usedBy, behind: behindVersions(parts, { key, users: usedBy, versions }) };
  };
  const set = async (key: string, value: string, actor: string) => {
    await core.audit.record({ actor, action: 'secret.set', target: key });
    const { version, users } = await linker.setSecret(key, value, actor);
    const outcomes = await reactAll(
      { parts, fleet },
      users.map(({ processId, reactions }) => ({ id: processId, reactions })),
      `setting ${key}`,
    );
    return { version, outcomes };
  };
  return {
    list: async () => Promise.all((await vault.keys()).map(get)),
    get,
    set,
    rollback: async (key, version, actor) => {
      const value = await vault.get(key, version);
      if (value === undefined)
        throw programError('DN_API_NOT_FOUND', { kind: 'secret version', name: `${key} ${version}` });
      return set(key, value, actor);
    },
    delete: async (key, actor) => {
      const view = await get(key);
      await core.audit.record({ actor, action: 'secret.delete', target: key });
      await linker.deleteSecret(key, actor);
      return view;
    },
    rotate: async (agent, actor) => {
      const ids = fleet.record(agent) ? fleet.idsOf(agent) : [fleet.get(agent).name];
      await core.audit.record({ actor, action: 'agent.rotate', target: agent });
      const because = `rotation by ${actor}`;
      const users = ids.map((id) => ({
        id,
        reactions: countingBindings(linker, { processId: id, type: 'secrets' }).flatMap(reactionsOf),
      }));
      // One replica by its own name: that one, while the others serve.
      const [one] = users;
      if (one && !fleet.record(agent)) {
        const reacting = { parts, fleet };
        const seen = await seenToRun(reacting, [await react(reacting, one.id, { ...one, because })]);
        return joined(agent, seen);
      }
      return joined(agent, await reactAll({ parts, fleet }, users, because));
    },
  };
}

/** What became of all processes of an agent: what failed is told first. */
function joined(agent: string, outcomes: readonly ReactionOutcome[]): ReactionOutcome {
  const [first] = [...outcomes].sort((left, right) => Number(left.ok) - Number(right.ok));
  return first
    ? { ...first, agent: first.ok ? agent : first.agent }
    : {
        agent,
        action: 'none',
        ok: true,
        because: 'no process of it runs; the next start takes the new value',
      };
}

/** Phases in which its next start is the supervisor's. */
const TRIED_LATER: ReadonlySet<string> = new Set<SupervisedPhase>(['backoff', 'broken']);

/** Is it to run and does not, perhaps for want of a value, or for a wrong one? */
export function mayWaitForValue({ linker, supervisor }: DaemonParts, agent: string): boolean {
  return (
    linker.getProcess(agent)?.status === 'pending' || TRIED_LATER.has(supervisor.get(agent)?.phase ?? 'idle')
  );
}

/** A process that is bound to what changed. */
export interface BoundProcess {
  readonly id: string;
  readonly reactions: readonly ChangeReaction[];
}

interface Reacting {
  parts: DaemonParts;
  fleet: AgentFleet;
}

/**
 * Does to each process what its bindings ask for, and looks whether those it started run; but where an agent's processes can be
 * replaced without a gap they are, all in one rolling restart.
 */
export async function reactAll(
  { parts, fleet }: Reacting,
  users: readonly BoundProcess[],
  because: string,
): Promise<ReactionOutcome[]> {
  const reacting = { parts, fleet };
  const rolled = new Set(users.filter((one) => isRolled(reacting, one)).map(({ id }) => agentOf(id)));
  const reacted: Reacted[] = [];
  // One that is only just starting is replaced with the others; one that could not start may be able to now.
  for (const { id, reactions } of users)
    if (!rolled.has(agentOf(id)) || (fleet.find(id)?.problems.length ?? 0) > 0)
      reacted.push(await react(reacting, id, { reactions, because }));
  const outcomes = await seenToRun(reacting, reacted);
  for (const agent of rolled) outcomes.push(await roll(reacting, agent, because));
  return outcomes;
}

function isRolled({ parts, fleet }: Reacting, { id, reactions }: BoundProcess): boolean {
  // Of the file: that of one process has its port in it.
  const entry = parts.loaded().fleet.agents[agentOf(id)];
  const isRunning = parts.linker.getProcess(id)?.status === 'running';
  return (
    entry !== undefined &&
    isRunning &&
    fleet.find(id) !== undefined &&
    canRoll(entry) &&
    chooseReactions(reactions)[0] === 'restart'
  );
}

/** Begins it; how it ends is told by its events. */
async function roll({ parts, fleet }: Reacting, agent: string, because: string): Promise<ReactionOutcome> {
  try {
    await parts.core.audit.record({ actor: because, action: 'agent.roll', target: agent });
    const how = await fleet.desk.rollNext(agent, because);
    const begun =
      how === 'begun'
        ? 'begun, its processes are replaced one after the other'
        : 'one is under way, and another one follows it';
    return { agent, action: 'roll', ok: true, because: `${begun}; 'dreamnet scale ${agent}' shows how far` };
  } catch (thrown) {
    return { agent, action: 'roll', ok: false, because: DreamnetError.from(thrown).message };
  }
}

interface Reacted {
  outcome: ReactionOutcome;
  /** A process was started, and nobody has looked yet whether it runs. */
  isLaunched: boolean;
}

/** A process that ends as soon as it has the new value is a failure, which is told with its last words. */
async function seenToRun(
  { parts, fleet }: Reacting,
  reacted: readonly Reacted[],
): Promise<ReactionOutcome[]> {
  const launched = reacted.flatMap(({ isLaunched, outcome }) => (isLaunched ? [outcome.agent] : []));
  const failures = await createStartSettling(parts, fleet).failures(launched);
  return reacted.map(({ outcome }) => {
    const failure = failures.get(outcome.agent);
    return failure ? { ...outcome, ok: false, because: failure.message } : outcome;
  });
}

/** Does what the bindings ask for. A failure is an answer: whoever changed the value has changed it all the same. */
async function react(
  { parts, fleet }: Reacting,
  agent: string,
  what: { reactions: readonly ChangeReaction[]; because: string },
): Promise<Reacted> {
  const { linker, supervisor } = parts;
  const status = linker.getProcess(agent)?.status;
  const chosen = chooseReactions(what.reactions);
  // What was wrong with its last starts may have been the old value.
  const isWaiting = mayWaitForValue(parts, agent);
  const isDown = status === 'stopped' || status === undefined || (status === 'error' && !isWaiting);
  const told = (outcome: Omit<ReactionOutcome, 'agent'>, isLaunched = false): Reacted => ({
    outcome: { agent, ...outcome },
    isLaunched,
  });
  if (!fleet.find(agent) || isDown)
    return told({ action: 'none', ok: true, because: 'it does not run; its next start takes the new value' });
  try {
    if (isWaiting) {
      await fleet.start(agent, what.because);
      return told({ action: 'start', ok: true, because: 'it waited, and runs now' }, true);
    }
    if (chosen[0] === 'restart') {
      await fleet.restart(agent, what.because);
      return told({ action: 'restart', ok: true, because: 'another process runs with the new value' }, true);
    }
    const signals = chosen.filter((one): one is ChangeSignal => one.startsWith('signal:'));
    const outcome = await linker.renewSecrets(agent, signals);
    // It would begin with what it was booted with.
    supervisor.replaceSpare(agent);
    return told({ action: signals.length > 0 ? 'signal' : 'none', ...outcome });
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    const because = error.message;
    return told({ action: isWaiting ? 'start' : 'restart', ok: false, because }, wasLaunched(error));
  }
}

function reactionsOf({ config }: { config: Record<string, unknown> }): ChangeReaction[] {
  // Checked by the Linker when it was bound.
  return Object.values(config as Record<string, { onChange?: ChangeReaction }>).map(
    (reference) => reference.onChange ?? 'restart',
  );
}
