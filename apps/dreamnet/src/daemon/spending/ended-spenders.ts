import type { StopAccount } from '@dreamnet/contracts';
import { DreamnetError, sleep } from '@dreamnet/kit';
import { type AgentFleet, DAEMON_ACTOR } from '../agent-fleet.js';
import type { DaemonParts } from '../parts.js';
import { startAgents } from '../start-agents.js';

/** What a freeze that ends agents has ended. */
export interface EndedSpenders {
  /** Of each process how it went; null: nothing of it ran. */
  stopped: { id: string; stop: StopAccount | null }[];
  /** Who may go on spending by means of their own, and why. */
  notStopped: { id: string; because: string }[];
  tookMs: number;
}

/** What came back when such a freeze ended. */
export interface BroughtBack {
  started: string[];
  notStarted: { id: string; because: string }[];
}

/** All is to be over within a second: that is how long they may end by themselves. */
const DEADLINE_MS = 500;
/** What is not proven by then is not called ended. */
const ANSWER_MS = 900;

const NOT_SEEN = `asked, and not seen to be gone within ${ANSWER_MS} ms; 'dreamnet ps' shows when it is`;

/**
 * Ends every agent that a freeze in force keeps ended and that still runs; all at once.
 *
 * @returns `unnoted`: why a next daemon would not know who was ended
 */
export async function endSpenders(
  parts: DaemonParts,
  fleet: AgentFleet,
  { target, by }: { target: string; by: string },
): Promise<{ ended: EndedSpenders; unnoted: string | undefined }> {
  const startMs = parts.clock.monotonic();
  const at = parts.clock.now();
  const agents = fleet
    .names()
    .filter((agent) => fleet.stops.endingFreeze(agent)?.target === target && !fleet.stops.book.get(agent));
  const running = agents.filter((agent) => fleet.idsOf(agent).some((id) => isThere(parts, id)));
  // Of all of them in one commit; it stands from here on, also when it cannot be written down.
  const unnoted = await fleet.stops.book.note(running.map((agent) => ({ agent, at, by, freeze: target })));
  const found = await Promise.all(running.map((agent) => endOne(parts, fleet, { agent, target, by })));
  const ended = {
    stopped: found.flatMap(({ stopped }) => stopped),
    notStopped: found.flatMap(({ notStopped }) => notStopped),
    tookMs: Math.round(parts.clock.monotonic() - startMs),
  };
  return { ended, unnoted };
}

/** Starts whom a freeze had ended, unless another one keeps it so. */
export async function bringBack(
  parts: DaemonParts,
  fleet: AgentFleet,
  { target, by }: { target: string; by: string },
): Promise<BroughtBack> {
  const mine = fleet.stops.book.list().filter(({ freeze }) => freeze === target);
  const names: string[] = [];
  for (const record of mine) {
    const other = fleet.stops.endingFreeze(record.agent);
    if (other) await fleet.stops.book.replace({ ...record, freeze: other.target });
    else names.push(record.agent);
  }
  await fleet.stops.book.remove(names);
  await startAgents(parts, fleet, { names, actor: by });
  const ids = names.flatMap((name) => fleet.idsOf(name));
  const isUp = (id: string) => parts.supervisor.get(id)?.identity != null;
  return {
    started: ids.filter(isUp),
    notStarted: ids.filter((id) => !isUp(id)).map((id) => ({ id, because: whyNotUp(parts, fleet, id) })),
  };
}

/** For a daemon that starts: whoever is to stay stopped and runs is ended. */
export async function keepStopped(parts: DaemonParts, fleet: AgentFleet, agent: string): Promise<void> {
  const freeze = fleet.stops.book.get(agent)?.freeze ?? fleet.stops.endingFreeze(agent)?.target;
  const at = parts.clock.now();
  if (freeze !== undefined) await fleet.stops.book.note([{ agent, at, by: DAEMON_ACTOR, freeze }]);
  if (fleet.idsOf(agent).some((id) => isThere(parts, id))) await fleet.stop(agent, DAEMON_ACTOR);
}

interface OneSpender {
  agent: string;
  target: string;
  by: string;
}

async function endOne(
  parts: DaemonParts,
  fleet: AgentFleet,
  { agent, target, by }: OneSpender,
): Promise<Pick<EndedSpenders, 'stopped' | 'notStopped'>> {
  const { supervisor, clock } = parts;
  const ids = fleet.idsOf(agent);
  const since = clock.now();
  const done = new AbortController();
  const stopping = fleet
    .stop(agent, by, { freeze: target, deadlineMs: DEADLINE_MS })
    // What the store does not take must not keep anybody spending.
    .catch(() => Promise.all(ids.map((id) => supervisor.stop(id, DEADLINE_MS))))
    .then(
      () => undefined,
      (thrown) => DreamnetError.from(thrown).message,
    );
  const because = await Promise.race([stopping, sleep(clock, ANSWER_MS, done.signal).then(() => NOT_SEEN)]);
  done.abort();
  const isGone = (id: string) => !isThere(parts, id);
  const stopOf = (id: string) => {
    const stop = supervisor.get(id)?.lastExit?.stop;
    return stop && stop.at >= since ? stop : null;
  };
  return {
    stopped: ids.filter(isGone).map((id) => ({ id, stop: stopOf(id) })),
    notStopped: ids.filter((id) => !isGone(id)).map((id) => ({ id, because: because ?? NOT_SEEN })),
  };
}

/** Anything that runs, or is about to. */
function isThere({ supervisor }: DaemonParts, id: string): boolean {
  const phase = supervisor.get(id)?.phase ?? 'idle';
  return phase !== 'idle' && phase !== 'exited';
}

function whyNotUp({ supervisor }: DaemonParts, fleet: AgentFleet, id: string): string {
  const agent = fleet.find(id);
  const wait = agent && fleet.waitOf(agent.agent);
  if (wait) return `waits for ${wait.for.join(', ')}`;
  const [problem] = agent?.problems ?? [];
  return problem?.description ?? supervisor.get(id)?.lastExit?.reason ?? 'it did not start';
}
