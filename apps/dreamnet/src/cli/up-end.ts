import type { StateDir } from '../daemon/state-dir.js';
import type { CommandContext } from './context.js';

/** How and when `up` ends. */
export interface UpEnd {
  /** Resolves when the end was asked for. */
  readonly wait: Promise<void>;
  leaveRunning(): boolean;
  /** Asked for over HTTP. */
  request(leaveRunning: boolean): void;
  /** From now on a crash is followed by the rest of this end, not by the fleet's return. */
  begin(): void;
  /** It was carried out, or never begun. */
  finish(): void;
}

/** Ends on the program's signal or when asked over HTTP. */
export function createEnd({ signal, clock }: CommandContext, stateDir: StateDir): UpEnd {
  let leaveRunning = false;
  let settle: () => void = () => undefined;
  const wait = new Promise<void>((resolve) => {
    settle = resolve;
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return {
    wait,
    leaveRunning: () => leaveRunning,
    request: (isLeft) => {
      leaveRunning = isLeft;
      // The answer to whoever asked goes out first.
      setImmediate(() => setImmediate(settle));
    },
    begin: () => stateDir.writeEnding({ at: clock.now(), leaveRunning }),
    finish: () => stateDir.clearEnding(),
  };
}
