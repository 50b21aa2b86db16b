import type {
  DreamnetEvent,
  ExitRecord,
  LivenessSignal,
  SupervisedGroup,
  SupervisedPhase,
  SupervisedProcess,
} from '@dreamnet/contracts';
import { howAndWhyItEnded, neverRan } from '@dreamnet/kit';
import { formatIdentity } from '@dreamnet/os-linker';
import { takeoverText } from '../takeover-text.js';

type Supervised = SupervisedProcess | undefined;

/** Phases in which nothing of it runs and nothing is being started. */
const DOWN: ReadonlySet<SupervisedPhase> = new Set(['backoff', 'broken', 'exited']);

/** What OS Core is told of the end of a process. `now`: how the supervisor has it, which says who brings it back. */
export function deathOf(event: DreamnetEvent<'process.exited'>, now: Supervised): LivenessSignal {
  const { exit, identity } = event.data;
  const how = exit.isKnown
    ? exit.signal === null
      ? `exited with code ${exit.code}`
      : `was ended by ${exit.signal}`
    : 'ended while nobody was its parent';
  return {
    subsystem: event.subject,
    state: 'dead',
    reason: `process ${identity.pid} ${how}${exit.reason === undefined ? '' : ` (${exit.reason})`}${takeoverOf(exit)}`,
    at: event.at,
    identity: formatIdentity(identity),
    ...(exit.spare && { isReplaced: true }),
    evidence: {
      ...{ pid: identity.pid, code: exit.code, signal: exit.signal, stderrTail: exit.stderrTail },
      ...(exit.resources && { resources: exit.resources }),
      ...(exit.spare && { spare: exit.spare }),
    },
    ...recoveryOf(now, event.at),
  };
}

/** There is no process of it, whatever became of the one before. */
export function failedStartOf(event: DreamnetEvent<'process.start-failed'>, now: Supervised): LivenessSignal {
  const { reason, attempt } = event.data;
  return {
    ...{ subsystem: event.subject, state: 'dead', reason, at: event.at },
    evidence: { attempt },
    ...recoveryOf(now, event.at),
  };
}

/** It is down for want of something that a person must bring; it is tried again by itself, and that is no remedy. */
export function refusedStartOf(event: DreamnetEvent<'process.start-refused'>): LivenessSignal {
  const { reason, problems } = event.data;
  const [problem] = problems;
  const hint = problem?.remedyHint === undefined ? '' : ` — ${problem.remedyHint}`;
  const because = problem ? `${problem.description}${hint}` : reason;
  return {
    ...{ subsystem: event.subject, state: 'dead', reason: `it is not started: ${because}`, at: event.at },
    evidence: { problems },
    recovery: { by: 'nobody', because },
  };
}

/** Its restarts were too many; the next trial is due at `retryAt`. */
export function circuitOf(event: DreamnetEvent<'process.circuit-opened'>): LivenessSignal {
  const { restarts, periodMs, retryAt, lastExit } = event.data;
  const loop = `crash loop: ${howMany(restarts)} within ${periodMs / 1000} s${whyNotStarted(lastExit)}`;
  return {
    subsystem: event.subject,
    state: 'dead',
    reason: loop,
    at: event.at,
    evidence: { restarts, periodMs, lastExit },
    recovery: {
      by: 'nobody',
      because: loop,
      retryAt,
    },
  };
}

/** The alert of a group that gave up is about the member by whose end it did. */
export function groupLoopOf(event: DreamnetEvent<'group.gave-up'>): LivenessSignal {
  const { member, restarts, failedTrials, periodMs, retryAt, lastExit } = event.data;
  const after =
    failedTrials === 0
      ? `more than ${howMany(restarts)} within ${periodMs / 1000} s`
      : `try ${failedTrials} failed`;
  const because = `the group '${event.subject}' gave up: ${after}, because of '${member}'`;
  return {
    subsystem: member,
    state: 'dead',
    reason: because,
    at: event.at,
    evidence: { group: event.subject, restarts, failedTrials, periodMs, lastExit },
    recovery: { by: 'nobody', because, retryAt },
  };
}

/**
 * What an earlier daemon knew to be dead and nobody has started since: asked when it begins to be watched without a process.
 *
 * @param now How the supervisor took it over.
 * @param groups All groups.
 * @returns undefined for one that is no fault: never run, stopped, done with its work, or ended with its group because of another one.
 */
export function lastDeathOf(
  name: string,
  now: Supervised,
  groups: readonly SupervisedGroup[],
): LivenessSignal | undefined {
  const exit = now?.lastExit;
  if (!exit || now.identity) return undefined;
  const told = {
    ...{ subsystem: name, state: 'dead' as const, at: exit.at },
    evidence: { code: exit.code, signal: exit.signal, stderrTail: exit.stderrTail },
  };
  const group = groups.find(({ phase, lastDecision }) => phase === 'broken' && lastDecision?.member === name);
  if (group) return { ...told, ...groupGaveUp(group) };
  const isDone = now.phase === 'exited' && exit.code === 0;
  if (!DOWN.has(now.phase) || isDone || exit.endedWith !== undefined) return undefined;
  const how = `(last: ${howAndWhyItEnded(exit)})`;
  const reason = now.phase === 'broken' ? `crash loop: it ended again and again ${how}` : `no process ${how}`;
  return { ...told, reason, ...recoveryOf(now, exit.at) };
}

function groupGaveUp({ name, lastDecision, retryAt }: SupervisedGroup) {
  const because = `the group '${name}' gave up: ${lastDecision?.because ?? 'too many restarts'}`;
  const recovery = { by: 'nobody' as const, because, ...(retryAt !== null && { retryAt }) };
  return { reason: because, recovery };
}

/** What its last start failed for is what there is to mend. */
function whyNotStarted(exit: ExitRecord | null): string {
  return exit !== null && neverRan(exit) ? `; ${howAndWhyItEnded(exit)}` : '';
}

function howMany(restarts: number): string {
  return restarts === 1 ? '1 restart' : `${restarts} restarts`;
}

/** Whoever reads of the end is to know that it was no gap. */
function takeoverOf({ spare }: ExitRecord): string {
  return spare ? `; ${takeoverText(spare)}` : '';
}

/** Who brings it back: the supervisor by its policy, or nobody. */
function recoveryOf(now: Supervised, at: number): Pick<LivenessSignal, 'recovery'> {
  if (!now) return {};
  switch (now.phase) {
    case 'waiting':
    case 'starting':
    case 'running':
    case 'backoff':
      return {
        recovery: { by: 'supervisor', attempt: now.restarts + 1, nextAttemptAt: now.nextAttemptAt ?? at },
      };
    case 'broken':
      return {
        recovery: {
          by: 'nobody',
          because: 'too many restarts: the circuit is open',
          ...(now.nextAttemptAt !== null && { retryAt: now.nextAttemptAt }),
        },
      };
    case 'exited':
      return { recovery: { by: 'nobody', because: 'its restart policy does not bring it back' } };
    default:
      return {};
  }
}
