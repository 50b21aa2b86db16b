import type { Clock } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { supervisorError } from '../errors.js';
import { sendSignal, signalProcess } from '../linux/process-identity.js';
import type { ProcessRow } from '../linux/process-table.js';
import { hasEnded, readProcess } from '../linux/process-table.js';
import type { TreeMember } from './find-tree.js';

/** A tree that is to end. */
export interface DoomedTree {
  readonly processId: string;
  readonly leader: TreeMember | null;
  /** Looks again each time: a dying tree may still fork. */
  readonly find: () => Promise<ProcessRow[]>;
  /** Ends everything in the tree's cgroup at once, where there is one. */
  readonly killConfined?: () => void;
}

export interface EndTreeOptions {
  readonly clock: Clock;
  /** How long it may still end by itself after SIGTERM; 0 goes to SIGKILL at once. Asked again at each look. */
  readonly leftMs: () => number;
}

/** Between two looks at whether members are gone: short at first, since most end at once. */
const FIRST_LOOK_MS = 4;
const SLOWEST_LOOK_MS = 40;
/** A process that survives SIGKILL this long hangs inside the kernel. */
const KILL_DEADLINE_MS = 5000;

/**
 * Ends a whole tree: SIGTERM to group and strays, SIGCONT for those that are stopped, a deadline, then SIGKILL.
 *
 * @returns When a last look found nothing of it.
 * @throws DN_SUPERVISOR_TREE_SURVIVES
 */
export async function endTree(tree: DoomedTree, { clock, leftMs }: EndTreeOptions): Promise<void> {
  let members = await tree.find();
  if (members.length > 0 && leftMs() > 0) {
    askToEnd(tree.leader, members);
    await waitUntilEnded(members, clock, leftMs);
    members = await tree.find();
  }
  await killAll(tree, members, clock);
}

/** SIGKILL to every member of a tree whose main process has ended; does not wait. */
export function killStrays(members: readonly TreeMember[]): void {
  for (const member of members) signalProcess(member, 'SIGKILL');
}

/** SIGCONT always follows: a stopped process does not see SIGTERM until it goes on, and the rest take no notice of it. */
function askToEnd(leader: TreeMember | null, members: readonly ProcessRow[]): void {
  const main = members.find(({ pid, startTicks }) => pid === leader?.pid && startTicks === leader.startTicks);
  const group = main?.group === main?.pid ? main?.pid : undefined;
  for (const signal of ['SIGTERM', 'SIGCONT'] as const) {
    if (group !== undefined) sendSignal(-group, signal);
    for (const member of members) if (member.group !== group) signalProcess(member, signal);
  }
}

async function killAll(tree: DoomedTree, first: ProcessRow[], clock: Clock): Promise<void> {
  const startMs = clock.monotonic();
  for (let members = first; members.length > 0; members = await tree.find()) {
    const waitedMs = Math.round(clock.monotonic() - startMs);
    if (waitedMs > KILL_DEADLINE_MS) {
      const pids = members.map(({ pid }) => pid).join(', ');
      throw supervisorError('DN_SUPERVISOR_TREE_SURVIVES', { id: tree.processId, waitedMs, pids });
    }
    tree.killConfined?.();
    killStrays(members);
    await waitUntilEnded(members, clock, () => KILL_DEADLINE_MS - (clock.monotonic() - startMs));
  }
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
