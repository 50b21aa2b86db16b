import type { LocalProcessSpec, ProcessStreams } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import type { RunEnd } from '../run.js';
import type { SpawnPlan } from './spawn-plan.js';

/** A process that has just been started. */
export interface StartedProcess {
  readonly pid: number;
  readonly startTicks: number;
  /** Of one that speaks over pipes. */
  readonly streams?: ProcessStreams;
  /** This program need not stay for it any more. */
  release(): void;
}

/**
 * Is told what comes of a start, never before `start` has returned: `failed` or `lost`, or `began` and later `ended`.
 */
export interface StartListener {
  began(process: StartedProcess): void;
  /** `isHeld`: the process is not reaped yet, so that its number and its group are nobody else's in this turn. */
  ended(end: RunEnd, isHeld: boolean): void;
  failed(error: DreamnetError): void;
  /** Whoever should have started it is gone, and nothing of this start runs: it may be asked for anew. */
  lost(): void;
}

/** Starts processes. */
export interface ProcessStarter {
  /** Whether a start stops the event loop, so that one a turn is enough. */
  isBlocking(spec: LocalProcessSpec): boolean;
  /** @param generation Goes into the process's marker; each start has its own. */
  start(plan: SpawnPlan, generation: number, listener: StartListener): void;
}
