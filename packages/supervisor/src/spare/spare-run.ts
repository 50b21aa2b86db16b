import type { ProcessUsage } from '@dreamnet/contracts';
import { usageOf } from '../activity/usage.js';
import { holdOpen } from '../hold-open.js';
import type { KitPlace, LaunchKit } from '../launch-kit.js';
import { hasEnded, readProcess } from '../linux/process-table.js';
import type { Run } from '../run.js';
import { endTree } from '../tree/end-tree.js';
import { findTree } from '../tree/find-tree.js';
import type { UnitSurroundings } from '../unit-surroundings.js';
import type { TurnLine } from './turn-line.js';

/** A spare that runs, with everything that is its own. */
export interface SpareRun {
  readonly run: Run;
  readonly kit: LaunchKit;
  readonly place: KitPlace;
  readonly line: TurnLine;
  /** Of one that an earlier supervisor started. */
  readonly unwatch?: () => void;
}

/** It holds no work: what it has to tidy up is little. */
const STOP_DEADLINE_MS = 500;

/** What it uses now. */
export function spareUsage({ run, kit }: SpareRun): ProcessUsage | undefined {
  return usageOf(run.meter, kit);
}

/** Can it take a turn: is it there, and not stopped by a signal or a debugger? */
export function canRun({ run: { identity } }: SpareRun): boolean {
  const row = readProcess(identity.pid);
  return row?.startTicks === identity.startTicks && !hasEnded(row) && !['T', 't'].includes(row.state);
}

/**
 * Ends it and all it has started, and removes what was its own.
 *
 * @throws DN_SUPERVISOR_TREE_SURVIVES
 */
export async function endSpare(spare: SpareRun, processId: string, around: UnitSurroundings): Promise<void> {
  const { run, kit } = spare;
  const { clock, instanceId, look } = around;
  const untilMs = clock.monotonic() + STOP_DEADLINE_MS;
  const killConfined = kit.confinement?.killAll;
  const query = {
    ...{ instanceId, processId, leader: run.identity },
    hasGeneration: (generation: number) => generation === run.generation,
  };
  const tree = {
    ...{ processId, leader: run.identity },
    find: async () => {
      const known = run.meter.members;
      return findTree({ ...query, known, confinedPids: kit.confinement?.pids() ?? [] }, await look());
    },
    ...(killConfined ? { killConfined } : {}),
  };
  try {
    await holdOpen(() => endTree(tree, { clock, leftMs: () => untilMs - clock.monotonic() }));
  } finally {
    run.isOver = true;
    run.meter.end();
    spare.unwatch?.();
    spare.line.remove();
    closeKit(kit);
  }
}

/** Lets go of it without ending it, for the next supervisor. */
export function releaseSpare({ run, kit, line, unwatch }: SpareRun): void {
  unwatch?.();
  run.process?.release();
  run.meter.end();
  line.release();
  kit.logs.close();
  kit.isolated?.close();
}

/** Nothing runs in it any more. */
export function closeKit(kit: LaunchKit): void {
  kit.confinement?.remove();
  kit.logs.close();
  kit.isolated?.close();
}
