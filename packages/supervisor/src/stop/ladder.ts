import type { StopManner, StopRung, StopSignal } from '@dreamnet/contracts';

/** One rung: how a tree is brought to end, and how long that may take. */
export interface Rung {
  readonly rung: StopRung;
  /** Whose end it waits for: descendants never see the end of the main process's input. */
  readonly waitsFor: 'main' | 'tree';
  /** How much of the whole deadline it may take at most. */
  readonly share: number;
}

/**
 * The rungs in their order. Each is climbed only when the one before it left something; a rung that does not apply (a process
 * without an input of ours) is left out, and the last one asks for nothing.
 *
 * @source Model Context Protocol, Lifecycle, Shutdown (stdio): close the input, then SIGTERM, then SIGKILL
 * @source Agent Client Protocol, Transports (stdio): the client closes the input and ends the agent
 */
export const LADDER = [
  { rung: 'stdin', waitsFor: 'main', share: 0.5 },
  { rung: 'signal', waitsFor: 'tree', share: 1 },
  { rung: 'kill', waitsFor: 'tree', share: 0 },
] as const satisfies readonly Rung[];

/** A healthy server on stdio ends within milliseconds of the end of its input; most that do not never will. */
const DEFAULT_STDIN_MS = 1000;

/**
 * How long a rung may take.
 *
 * @param deadlineMs What is left of the whole stop when the rung begins.
 */
export function rungMs({ rung, share }: Rung, manner: StopManner, deadlineMs: number): number {
  const mostMs = Math.max(0, deadlineMs) * share;
  return rung === 'stdin' ? Math.min(manner.stdinMs ?? DEFAULT_STDIN_MS, mostMs) : mostMs;
}

/** What is sent on a rung; null where nothing is. */
export function signalOf(rung: StopRung, { signal = 'SIGTERM' }: StopManner): StopSignal | 'SIGKILL' | null {
  const sent = { stdin: null, signal, kill: 'SIGKILL' } as const;
  return sent[rung];
}
