import type { Clock, StopManner, StopSignal } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { supervisorError } from '../errors.js';
import { sendSignal, signalProcess } from '../linux/process-identity.js';
import type { ProcessRow } from '../linux/process-table.js';
import { hasEnded, readProcess } from '../linux/process-table.js';
import { LADDER, type Rung, rungMs, signalOf } from '../stop/ladder.js';
import { StopLog } from '../stop/stop-log.js';
import type { TreeMember } from './find-tree.js';

/** A tree that is to end. */
export interface DoomedTree {
  readonly processId: string;
  readonly leader: TreeMember | null;
  /** Looks again each time: a dying tree may still fork. */
  readonly find: () => Promise<ProcessRow[]>;
  /** Ends the input of its main process; false when it has none of ours. */
  readonly endInput?: () => boolean;
  /** Ends everything in the tree's cgroup at once, where there is one. */
  readonly killConfined?: () => void;
}

export interface EndTreeOptions {
  readonly clock: Clock;
  /** How long it may still end by itself; 0 goes to SIGKILL at once. Asked again at each look. */
  readonly leftMs: () => number;
  /** Default: SIGTERM. */
  readonly manner?: StopManner;
  /** Where it is written down. */
  readonly log?: StopLog;
}

/** Between two looks at whether members are gone: short at first, since most end at once. */
const FIRST_LOOK_MS = 4;
const SLOWEST_LOOK_MS = 40;
/** A process that survives SIGKILL this long hangs inside the kernel. */
const KILL_DEADLINE_MS = 5000;

type EndingSignal = StopSignal | 'SIGKILL';

const ASKING_RUNGS = LADDER.filter(({ rung }) => rung !== 'kill');

/**
 * Ends a whole tree, rung by rung: the end of its input, a signal to group and strays, SIGKILL; each only for what the one before it
 * has left, and SIGCONT for those that are stopped.
 *
 * @returns When a last look found nothing of it.
 * @throws DN_SUPERVISOR_TREE_SURVIVES
 */
export async function endTree(tree: DoomedTree, options: EndTreeOptions): Promise<void> {
  const { clock, manner = {} } = options;
  const log = options.log ?? new StopLog({ clock, manner, onStep: () => undefined });
  let members = await tree.find();
  for (const rung of ASKING_RUNGS) members = await climb(rung, { tree, members, log, manner, ...options });
  await killAll(tree, members, { clock, log });
  log.prove();
}

interface Climb extends EndTreeOptions {
  readonly tree: DoomedTree;
  readonly members: ProcessRow[];
  readonly manner: StopManner;
  readonly log: StopLog;
}

/** @returns Who is left. */
async function climb(
  rung: Rung,
  { tree, members, log, clock, manner, leftMs }: Climb,
): Promise<ProcessRow[]> {
  const timeMs = members.length === 0 ? 0 : rungMs(rung, manner, leftMs());
  if (timeMs <= 0) return members;
  const untilMs = clock.monotonic() + timeMs;
  // Of a stop that is resumed the input is gone, and whoever had the signal is not asked twice.
  if (!log.wasAsked(rung.rung) && !ask(tree, members, signalOf(rung.rung, manner))) return members;
  const isAwaited = (one: TreeMember) => rung.waitsFor === 'tree' || isLeader(one, tree.leader);
  const awaited = members.filter(isAwaited);
  log.begin(rung.rung, awaited.length);
  await waitUntilEnded(awaited, clock, () => Math.min(leftMs(), untilMs - clock.monotonic()));
  const left = await tree.find();
  log.end(left.filter(isAwaited).length);
  return left;
}

/** SIGKILL to every member of a tree whose main process has ended; does not wait. */
export function killStrays(members: readonly TreeMember[]): void {
  for (const member of members) signalProcess(member, 'SIGKILL');
}

/** @returns false when there is no way to ask it like that. */
function ask(tree: DoomedTree, members: readonly ProcessRow[], signal: EndingSignal | null): boolean {
  if (signal !== null) {
    askToEnd(tree.leader, members, signal);
    return true;
  }
  const main = members.find((member) => isLeader(member, tree.leader));
  if (!main || tree.endInput?.() !== true) return false;
  // A stopped process does not read the end of its input.
  signalProcess(main, 'SIGCONT');
  return true;
}

function isLeader(member: TreeMember, leader: TreeMember | null): boolean {
  return member.pid === leader?.pid && member.startTicks === leader.startTicks;
}

/** SIGCONT always follows: a stopped process does not see a signal until it goes on, and the rest take no notice of it. */
function askToEnd(leader: TreeMember | null, members: readonly ProcessRow[], ending: EndingSignal): void {
  const main = members.find((member) => isLeader(member, leader));
  const group = main?.group === main?.pid ? main?.pid : undefined;
  for (const signal of [ending, 'SIGCONT'] as const) {
    if (group !== undefined) sendSignal(-group, signal);
    for (const member of members) if (member.group !== group) signalProcess(member, signal);
  }
}

async function killAll(
  tree: DoomedTree,
  first: ProcessRow[],
  { clock, log }: { clock: Clock; log: StopLog },
): Promise<void> {
  if (first.length === 0) return;
  const startMs = clock.monotonic();
  const seen = new Set<string>();
  log.begin('kill', first.length);
  for (let members = first; members.length > 0; members = await tree.find()) {
    for (const { pid, startTicks } of members) seen.add(`${pid}:${startTicks}`);
    const waitedMs = Math.round(clock.monotonic() - startMs);
    if (waitedMs > KILL_DEADLINE_MS) {
      log.end(members.length, seen.size);
      const pids = members.map(({ pid }) => pid).join(', ');
      throw supervisorError('DN_SUPERVISOR_TREE_SURVIVES', { id: tree.processId, waitedMs, pids });
    }
    tree.killConfined?.();
    killStrays(members);
    await waitUntilEnded(members, clock, () => KILL_DEADLINE_MS - (clock.monotonic() - startMs));
  }
  log.end(0, seen.size);
}

async function waitUntilEnded(
  members: readonly TreeMember[],
  clock: Clock,
  leftMs: () => number,
): Promise<void> {
  let lookMs = FIRST_LOOK_MS;
  for (let left = members.filter(isThere); left.length > 0; left = left.filter(isThere)) {
    const remainingMs = leftMs();
    if (remainingMs <= 0) return;
    await sleep(clock, Math.min(lookMs, remainingMs));
    lookMs = Math.min(SLOWEST_LOOK_MS, lookMs * 1.5);
  }
}

function isThere(member: TreeMember): boolean {
  const row = readProcess(member.pid);
  return !hasEnded(row) && row?.startTicks === member.startTicks;
}
