/** Signals by which a program may be asked to end. SIGKILL and SIGSTOP ask for nothing. */
export const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** One of `STOP_SIGNALS`. */
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** How a process is asked to end before it is ended; what is left out has the default. */
export interface StopManner {
  /** Default SIGTERM. */
  signal?: StopSignal;
  /**
   * Of a `pipe` process: how long it may take to end after the end of its input, before it gets the signal; half of the whole
   * deadline at most. 0: the signal at once. Default 1000.
   */
  stdinMs?: number;
}

/** The rungs of a stop, in their order: the end of its input, a signal, SIGKILL. */
export type StopRung = 'stdin' | 'signal' | 'kill';

/** One rung of a stop, and what came of it. */
export interface StopStep {
  rung: StopRung;
  /** What was sent; null for the end of the input. */
  signal: StopSignal | 'SIGKILL' | null;
  /** ms since the stop began. */
  afterMs: number;
  /** ms until all that were there had gone, or the time of the rung was over. */
  tookMs: number;
  /** Processes of the tree when the rung began. */
  asked: number;
  /** Processes of the tree when it was over. */
  left: number;
}

/** How a process was stopped: every rung that was needed, and the proof that nothing is left. */
export interface StopAccount {
  /** Epoch ms. */
  at: number;
  /** ms so far. */
  tookMs: number;
  steps: readonly StopStep[];
  /** Has a last look found nothing of its tree? false while the stop goes on. */
  isProven: boolean;
  /** An earlier supervisor began it, and was killed meanwhile. */
  isResumed: boolean;
  /** All of it in a sentence: `ignored SIGTERM for 5 s, killed; 3 processes ended`. */
  summary: string;
}
