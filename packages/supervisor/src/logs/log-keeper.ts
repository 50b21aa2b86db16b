import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { logPath } from './log-files.js';
import type { LogRotation } from './rotate-log.js';
import { DEFAULT_ROTATION, logSize, rotateLog } from './rotate-log.js';

/** Most processes write nothing for hours, and a look costs some microseconds a log. */
const LOOK_EVERY_MS = 1000;
/** While one writes faster than the logs are kept: `yes` writes gigabytes a second. */
const LOOK_AGAIN_MS = 100;

export interface LogKeeperOptions {
  readonly clock: Clock;
  readonly logDir: string;
  readonly rotation: Partial<LogRotation>;
  /** Whose logs to look at. */
  readonly ids: () => Iterable<string>;
}

/** Looks at the size of every log from time to time and rotates what has grown too big. */
export class LogKeeper {
  readonly #options: LogKeeperOptions;
  readonly #rotation: LogRotation;
  #timer: TimerHandle | undefined;
  #isStopped = false;
  #isFlooded = false;
  #problem: string | undefined;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    this.#rotation = { ...DEFAULT_ROTATION, ...options.rotation };
  }

  /** Why the last rotation failed; undefined when it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  start(): void {
    if (this.#isStopped) return;
    const afterMs = this.#isFlooded ? LOOK_AGAIN_MS : LOOK_EVERY_MS;
    this.#timer = this.#options.clock.setTimeout(() => {
      void this.#look().then(() => this.start());
    }, afterMs);
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer) this.#options.clock.clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    let problem: string | undefined;
    let isFlooded = false;
    for (const id of [...this.#options.ids()])
      for (const stream of ['out', 'err'] as const) {
        const path = logPath(this.#options.logDir, id, stream);
        if (logSize(path) <= this.#rotation.limitBytes) continue;
        isFlooded = true;
        try {
          await rotateLog(path, this.#rotation);
        } catch (error) {
          problem = `the log ${path} could not be rotated (${error instanceof Error ? error.message : error})`;
        }
      }
    this.#isFlooded = isFlooded && problem === undefined;
    this.#problem = problem;
  }
}
