import type { StopManner } from '@dreamnet/contracts';
import type { LaunchKit } from '../launch-kit.js';
import type { ProcessRow } from '../linux/process-table.js';
import type { Run } from '../run.js';
import type { StopLog } from '../stop/stop-log.js';
import type { UnitSurroundings } from '../unit-surroundings.js';
import { endTree, killStrays } from './end-tree.js';
import { findTree } from './find-tree.js';
import { lookNow, type ProcessLook } from './process-look.js';

/** The whole tree of one supervised process, all its generations up to the newest. */
export interface UnitTree {
  readonly processId: string;
  readonly run: Run | null;
  readonly kit: LaunchKit | null;
  readonly newestGeneration: number;
  /** Nobody is told of its end here any more. */
  readonly isReleased: boolean;
  /** How long it may still end by itself. */
  readonly leftMs: () => number;
  readonly manner: StopManner;
  readonly log: StopLog;
}

/**
 * Ends it and waits until the end of what we have started was told.
 *
 * @throws DN_SUPERVISOR_TREE_SURVIVES
 */
export async function endUnitTree(tree: UnitTree, around: UnitSurroundings): Promise<void> {
  const { processId, run, kit, leftMs, manner, log } = tree;
  const killConfined = kit?.confinement?.killAll;
  await endTree(
    {
      processId,
      leader: run?.identity ?? null,
      find: async () => findUnitTree(tree, around, await around.look()),
      endInput: () => endInputOf(run),
      ...(killConfined ? { killConfined } : {}),
    },
    { clock: around.clock, leftMs, manner, log },
  );
  if (run?.process && !run.isOver && !tree.isReleased)
    await new Promise<void>((resolve) => run.whenOver.push(resolve));
}

/** What is written already goes out first; a process that does not read gets no end either, and is asked by the next rung. */
function endInputOf(run: Run | null): boolean {
  const stdin = run?.process?.streams?.stdin;
  if (!stdin?.writable) return false;
  stdin.end();
  return true;
}

/** Ends descendants that outlived their main process, now; never those of a newer run. */
export function endStraysOf(run: Run, processId: string, instanceId: string): void {
  const hasGeneration = (generation: number) => generation <= run.generation;
  const query = { instanceId, processId, hasGeneration, known: run.meter.members };
  killStrays(findTree({ ...query, leader: run.identity }, lookNow()));
}

function findUnitTree(tree: UnitTree, { instanceId }: UnitSurroundings, look: ProcessLook): ProcessRow[] {
  const { processId, run, kit, newestGeneration } = tree;
  const query = {
    instanceId,
    processId,
    hasGeneration: (generation: number) => generation <= newestGeneration,
    leader: run?.identity ?? null,
    known: run?.meter.members ?? [],
    confinedPids: kit?.confinement?.pids() ?? [],
  };
  return findTree(query, look);
}
