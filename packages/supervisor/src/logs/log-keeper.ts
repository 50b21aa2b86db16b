import { rmSync, statSync } from 'node:fs';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { LOG_STREAMS, type LogBook, type OldPart } from './log-book.js';
import { DEFAULT_ROTATION, type LogRotation } from './log-rotation.js';
import type { StreamLog } from './stream-log.js';
import { marksPath } from './time-marks.js';

/** Most processes write nothing for hours, and a look costs some microseconds a log. */
const LOOK_EVERY_MS = 1000;
/** While one writes faster than the logs are kept: `yes` writes gigabytes a second. */
const LOOK_AGAIN_MS = 50;
/** Old parts only come by a cut or grow old: no need to look at them all the time. */
const TIDY_EVERY_MS = 60_000;

export interface LogKeeperOptions {
  readonly clock: Clock;
  readonly book: LogBook;
  readonly rotation: () => Partial<LogRotation>;
  /** Whose logs to look at. */
  readonly ids: () => Iterable<string>;
}

/**
 * Looks at every log from time to time: notes how far it has come by when, cuts what has grown too long or too old,
 * and removes the oldest parts when all of them together are too much.
 */
export class LogKeeper {
  readonly #options: LogKeeperOptions;
  #rotation: LogRotation = DEFAULT_ROTATION;
  #timer: TimerHandle | undefined;
  #isStopped = false;
  #isFlooded = false;
  #tidiedMs = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;
  #gap: string | undefined;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
  }

  /** What does not work here as it should; empty when all does. */
  get problems(): readonly string[] {
    return [this.#problem, this.#gap].filter((problem) => problem !== undefined);
  }

  start(): void {
    if (this.#isStopped) return;
    const afterMs = this.#isFlooded ? LOOK_AGAIN_MS : LOOK_EVERY_MS;
    this.#timer = this.#options.clock.setTimeout(() => {
      void this.look().then(() => this.start());
    }, afterMs);
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer) this.#options.clock.clearTimeout(this.#timer);
  }

  /** One look at everything. Never throws: what fails is a problem until a look goes well. */
  async look(): Promise<void> {
    this.#problem = undefined;
    this.#rotation = { ...DEFAULT_ROTATION, ...this.#options.rotation() };
    let hasCut = false;
    for (const id of [...this.#options.ids()])
      for (const stream of LOG_STREAMS) {
        const log = this.#options.book.of(id, stream);
        await this.#attempt(log.path, async () => {
          await log.observe();
          if (await this.#cutWhatIsTooMuch(log)) hasCut = true;
        });
      }
    this.#isFlooded = hasCut && this.#problem === undefined;
    const nowMs = this.#options.clock.monotonic();
    if (!hasCut && nowMs - this.#tidiedMs < TIDY_EVERY_MS) return;
    this.#tidiedMs = nowMs;
    await this.#attempt(this.#options.book.logDir, () => this.#tidy());
  }

  async #attempt(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#problem = `the logs at ${path} could not be looked after (${why})`;
    }
  }

  async #cutWhatIsTooMuch(log: StreamLog): Promise<boolean> {
    const { limitBytes, keep, everyMs } = this.#rotation;
    let count = 0;
    // As often as parts are kept; whoever writes faster still is met again at the next look.
    for (; count <= keep; count += 1) {
      const { firstAt } = log;
      const isOld = count === 0 && firstAt !== undefined && this.#options.clock.now() - firstAt > everyMs;
      if (!isOld && log.liveBytes <= limitBytes) break;
      const cut = await log.rotate(this.#rotation, isOld);
      if (!cut) break;
      if (cut.gapBecause !== undefined)
        this.#gap = `logs are cut with a gap of microseconds: lines written just then are lost (${cut.gapBecause})`;
    }
    return count > 0;
  }

  async #tidy(): Promise<void> {
    const { keepMs, totalBytes } = this.#rotation;
    const { book, clock } = this.#options;
    const parts = book
      .oldParts()
      .map((part) => ({ part, stat: statSync(part.path, { throwIfNoEntry: false }) }))
      .filter(({ stat }) => stat !== undefined)
      .sort(
        (one, other) =>
          (one.stat?.mtimeMs ?? 0) - (other.stat?.mtimeMs ?? 0) || other.part.number - one.part.number,
      );
    let bytes = parts.reduce((sum, { stat }) => sum + (stat?.size ?? 0), this.#liveBytes());
    for (const { part, stat } of parts) {
      const isOld = clock.now() - (stat?.mtimeMs ?? 0) > keepMs;
      if (!isOld && bytes <= totalBytes) return;
      await this.#remove(part);
      bytes -= stat?.size ?? 0;
    }
  }

  #liveBytes(): number {
    let bytes = 0;
    for (const id of this.#options.ids())
      for (const stream of LOG_STREAMS) bytes += this.#options.book.of(id, stream).liveBytes;
    return bytes;
  }

  /** The oldest of all parts is also the oldest of its log, unless somebody touched it by hand. */
  async #remove({ processId, stream, path }: OldPart): Promise<void> {
    const isOurs = [...this.#options.ids()].includes(processId);
    if (isOurs) return void (await this.#options.book.of(processId, stream).removeOldest());
    for (const file of [path, marksPath(path)]) rmSync(file, { force: true });
  }
}
