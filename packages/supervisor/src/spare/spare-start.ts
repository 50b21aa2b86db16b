import type { KitPlace } from '../launch-kit.js';
import { sendSignal } from '../linux/process-identity.js';
import { beforeStart, beginRun, type Run, type RunEnd, runStart } from '../run.js';
import type { StartListener } from '../spawn/process-starter.js';
import { spawnError } from '../spawn/spawn-plan.js';
import type { UnitState } from '../unit/unit-state.js';
import { closeKit, type SpareRun } from './spare-run.js';

/** Is told what comes of the start of a spare. */
export interface SpareStartListener {
  began(spare: SpareRun): void;
  /** At any time after `began`. */
  ended(run: Run, end: RunEnd, isHeld: boolean): void;
  failed(problem: string): void;
}

/** A start that was asked for; cancelled, nothing of it is told any more and what comes of it is ended. */
export interface SpareStart {
  cancel(): void;
}

const NO_LINE =
  'the process that starts all others cannot be had here, and nothing else makes the line it would wait on';

/** Starts a spare in its turn: the next generation of a process, in the place that the one that runs has not. */
export function startSpare(state: UnitState, listener: SpareStartListener): SpareStart {
  let isCancelled = false;
  const isOff = () => isCancelled || state.isReleased;
  const queued = state.around.queue.enqueue(
    () =>
      new Promise((settle) => {
        if (isOff()) settle(undefined);
        else attempt(state, { listener, isOff, settle });
      }),
    { isUrgent: false, isBlocking: () => false },
  );
  return {
    cancel: () => {
      isCancelled = true;
      queued.cancel();
    },
  };
}

interface Attempt {
  readonly listener: SpareStartListener;
  readonly isOff: () => boolean;
  readonly settle: (pid: number | undefined) => void;
}

function attempt(state: UnitState, { listener, isOff, settle }: Attempt): void {
  const fail = (problem: string) => {
    settle(undefined);
    if (!isOff()) listener.failed(problem);
  };
  const prepared = prepare(state);
  if (typeof prepared === 'string') {
    queueMicrotask(() => fail(prepared));
    return;
  }
  const { kit, line, place, generation } = prepared;
  const before = beforeStart(kit, state.around);
  const undo = () => {
    line.remove();
    closeKit(kit);
  };
  let run: Run | undefined;
  const told: StartListener = {
    began: (process) => {
      settle(process.pid);
      if (state.isReleased) return process.release();
      // Somebody has asked for none since: it has done nothing yet.
      if (isOff()) {
        sendSignal(-process.pid, 'SIGKILL');
        return undo();
      }
      run = beginRun(process, runStart(kit, state.around, { generation, ...before }));
      listener.began({ run, kit, place, line });
    },
    ended: (end, isHeld) => {
      if (run) listener.ended(run, end, isHeld);
    },
    failed: (error) => {
      undo();
      fail(error.message);
    },
    lost: () => {
      undo();
      fail('whoever should have started it died');
    },
  };
  state.around.starter.start(kit.plan, generation, told);
}

function prepare(state: UnitState) {
  const { spec, around } = state;
  const place: KitPlace = state.kit.place === 0 ? 1 : 0;
  state.generation += 1;
  const { generation } = state;
  try {
    const kit = around.prepare(spec, { place, turnPath: around.lines.pathOf(spec, generation) });
    const line = around.lines.make(spec, generation);
    if (line) return { kit, line, place, generation };
    closeKit(kit);
    return NO_LINE;
  } catch (error) {
    return spawnError(spec, error).message;
  }
}
