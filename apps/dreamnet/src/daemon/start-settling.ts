import type { SupervisedPhase, SupervisedProcess } from '@dreamnet/contracts';
import { DreamnetError, howAndWhyItEnded } from '@dreamnet/kit';
import { programError } from '../errors.js';
import type { AgentFleet } from './agent-fleet.js';
import type { DaemonParts } from './parts.js';
import { startStateOf } from './start-state.js';

/**
 * A program that cannot work with what it was given mostly ends while it loads: a shell within milliseconds, a Node or Python program
 * within a few tenths of a second. Longer than this nobody who asked for a start is kept waiting.
 */
export const SETTLE_MS = 500;
/** The last lines of standard error that go into an answer: the last ones say what went wrong. */
const LINES_SHOWN = 5;

/** Phases in which a process is there, or is on its way without having failed. */
const UP: ReadonlySet<SupervisedPhase> = new Set(['running', 'starting', 'waiting']);

/** What came of starts that somebody waits for. */
export interface StartSettling {
  /**
   * Does it, then waits until each process of the agent serves, has ended, or has run for a moment: what is answered then is true.
   * One that ended well and is not started again has finished, which is a success.
   *
   * @param act Starts or restarts the agent.
   * @throws DN_AGENT_ENDED_AT_ONCE, and what `act` throws.
   */
  after(agent: string, act: () => Promise<void>): Promise<void>;
  /**
   * Waits as `after` does for all processes of the agents that are on their way.
   *
   * @returns Those that do not run then, although they should: ids of processes.
   */
  settle(agents: readonly string[]): Promise<readonly string[]>;
  /**
   * Waits as `after` does for these processes.
   *
   * @returns DN_AGENT_ENDED_AT_ONCE of each that does not run then, although it should: by its id.
   */
  failures(ids: readonly string[]): Promise<ReadonlyMap<string, DreamnetError>>;
}

/** Of one fleet. */
export function createStartSettling(parts: DaemonParts, fleet: AgentFleet): StartSettling {
  const failures = async (ids: readonly string[]) => {
    await Promise.all(ids.map((id) => settled(parts, fleet, id)));
    const failed = new Map<string, DreamnetError>();
    for (const id of ids) {
      const process = parts.supervisor.get(id);
      if (process && hasFailed(process)) failed.set(id, endedAtOnce(id, process));
    }
    return failed;
  };
  return {
    failures,
    settle: async (agents) => [...(await failures(agents.flatMap((agent) => fleet.idsOf(agent)))).keys()],
    after: async (agent, act) => {
      const refusal = await refusalOf(act);
      for (const failure of (await failures(fleet.idsOf(agent))).values()) throw failure;
      if (refusal && fleet.idsOf(agent).some((id) => parts.supervisor.get(id) === undefined)) throw refusal;
    },
  };
}

/** That what was launched does not run any more is told better by how it ended. */
async function refusalOf(act: () => Promise<void>): Promise<DreamnetError | undefined> {
  try {
    await act();
    return undefined;
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    if (wasLaunched(error)) return error;
    throw error;
  }
}

/** Does this error of a start or restart say that there was a process, which has ended since? */
export function wasLaunched({ code, details }: DreamnetError): boolean {
  return code === 'DN_AGENT_NOT_STARTED' && details.reason === 'DN_LINKER_NOT_UP';
}

/** Resolves when it serves, does not run, or has run for long enough. */
function settled(parts: DaemonParts, fleet: AgentFleet, id: string): Promise<void> {
  const { bus, clock, supervisor } = parts;
  const startedAt = supervisor.get(id)?.startedAt ?? clock.now();
  const leftMs = Math.min(SETTLE_MS, startedAt + SETTLE_MS - clock.now());
  if (leftMs <= 0 || isDecided(parts, fleet, id)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      hearing.unsubscribe();
      clock.clearTimeout(timer);
      resolve();
    };
    const timer = clock.setTimeout(done, leftMs);
    const hearing = bus.subscribe('>', ({ subject }) => {
      if (subject === id && isDecided(parts, fleet, id)) done();
    });
  });
}

/** The Linker hears of an end a moment after the supervisor saw it: an answer must not say both. */
function isDecided(parts: DaemonParts, fleet: AgentFleet, id: string): boolean {
  const { supervisor, linker } = parts;
  const phase = supervisor.get(id)?.phase ?? 'idle';
  if (phase === 'waiting') return true;
  if (!UP.has(phase)) return linker.getProcess(id)?.status !== 'running';
  return isTold(fleet, id) && startStateOf(parts, fleet, id) === 'ready';
}

/** Is there anything that tells when it serves? */
function isTold(fleet: AgentFleet, id: string): boolean {
  const entry = fleet.find(id)?.entry;
  return entry !== undefined && (entry.protocol !== 'none' || entry.health.probe !== undefined);
}

function hasFailed({ phase, lastExit }: SupervisedProcess): boolean {
  // Whoever stopped it meanwhile knows.
  if (UP.has(phase) || phase === 'idle' || phase === 'stopping') return false;
  return phase !== 'exited' || lastExit?.code !== 0;
}

function endedAtOnce(name: string, { phase, lastExit }: SupervisedProcess): DreamnetError {
  const said = lastExit?.stderrTail.slice(-LINES_SHOWN).join('\n') ?? '';
  return programError('DN_AGENT_ENDED_AT_ONCE', {
    name,
    how: lastExit ? howAndWhyItEnded(lastExit) : 'nobody saw how it ended',
    next: NEXT[phase] ?? '',
    said: said === '' ? `it wrote nothing to standard error` : `its last words:\n${said}`,
  });
}

const NEXT: Partial<Record<SupervisedPhase, string>> = {
  backoff: 'it is tried again',
  broken: 'it is tried again later',
  exited: 'its restart policy does not start it again',
};
