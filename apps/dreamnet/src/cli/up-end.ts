import { DreamnetError } from '@dreamnet/kit';
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
  /** Nobody listens any more; says to whoever comes next whether there are agents to return to. */
  leave(): void;
  /** It was carried out, or never begun. */
  finish(): void;
}

/** Ends on the program's signal or when asked over HTTP. */
export function createEnd({ signal, clock, terminal }: CommandContext, stateDir: StateDir): UpEnd {
  let leaveRunning = false;
  let settle: () => void = () => undefined;
  const wait = new Promise<void>((resolve) => {
    settle = resolve;
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // What cannot be noted, as on a full disk, keeps nobody from ending.
  const note = (loss: string, write: () => void) => {
    try {
      write();
    } catch (thrown) {
      terminal.error(`the end is not noted: ${DreamnetError.from(thrown).message}; ${loss}`);
    }
  };
  return {
    wait,
    leaveRunning: () => leaveRunning,
    request: (isLeft) => {
      leaveRunning = isLeft;
      // The answer to whoever asked goes out first.
      setImmediate(() => setImmediate(settle));
    },
    begin: () =>
      note('a daemon that is killed now is followed by the fleet, not by the rest of this end', () =>
        stateDir.writeEnding({ at: clock.now(), leaveRunning }),
      ),
    leave: () => {
      // First, so that a crash in between leaves one of the two.
      if (leaveRunning)
        note('the next daemon starts who has ended by then, too', () =>
          stateDir.noteLeftRunning(clock.now()),
        );
      stateDir.clearDaemon();
    },
    finish: () => stateDir.clearEnding(),
  };
}
