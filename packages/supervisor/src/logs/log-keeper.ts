import { rmSync, statSync } from 'node:fs';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { LOG_STREAMS, type LogBook, type OldPart } from './log-book.js';
import { DEFAULT_ROTATION, type LogRotation } from './log-rotation.js';
import { QuietLogs } from './quiet-logs.js';
import type { StreamLog } from './stream-log.js';
import { marksPath } from './time-marks.js';

/** How often those that grow are looked at; see `QuietLogs` for the others. */
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
  readonly #quiet: QuietLogs;
  #rotation: LogRotation = DEFAULT_ROTATION;
  #timer: TimerHandle | undefined;
  #isStopped = false;
  #isFlooded = false;
  #tidiedMs = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;
  #gap: string | undefined;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    this.#quiet = new QuietLogs(options.book.logDir);
  }

  /** What does not work here as it should; empty when all does. */
  get problems(): readonly string[] {
    return [this.#problem, this.#gap].filter((problem) => problem !== undefined);
  }

  start(): void {
    if (this.#isStopped) return;
    const afterMs = this.#isFlooded ? LOOK_AGAIN_MS : LOOK_EVERY_MS;
    this.#timer = this.#options.clock.setTimeout(() => {
      void this.#look(this.#isFlooded || this.#quiet.hasDiskFilled()).then(() => this.start());
    }, afterMs);
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer) this.#options.clock.clearTimeout(this.#timer);
  }

  /** One look at everything. Never throws: what fails is a problem until a look goes well. */
  look(): Promise<void> {
    return this.#look(true);
  }

  async #look(isAll: boolean): Promise<void> {
    this.#problem = undefined;
    this.#rotation = { ...DEFAULT_ROTATION, ...this.#options.rotation() };
    const logs = [...this.#options.ids()].flatMap((id) => this.#options.book.both(id));
    if (isAll) this.#quiet.beginAll(logs.map(({ path }) => path));
    let hasCut = false;
    for (const log of logs) {
      if (!isAll && (this.#quiet.isPassedOver(log.path) || this.#isAsItWas(log))) continue;
      await this.#attempt(log.path, async () => {
        const size = await log.observe();
        this.#quiet.note(log.path, size);
        if (await this.#cutWhatIsTooMuch(log, size)) hasCut = true;
      });
    }
    this.#isFlooded = hasCut && this.#problem === undefined;
    const nowMs = this.#options.clock.monotonic();
    if (!hasCut && nowMs - this.#tidiedMs < TIDY_EVERY_MS) return;
    this.#tidiedMs = nowMs;
    await this.#attempt(this.#options.book.logDir, () => this.#tidy());
  }

  /** Neither longer nor too old: then there is nothing to wait for its turn with, and most logs are so at most looks. */
  #isAsItWas(log: StreamLog): boolean {
    try {
      const size = log.liveBytes;
      const isQuiet = this.#quiet.isAsLong(log.path, size) && size <= this.#rotation.limitBytes;
      if (!isQuiet || this.#isOld(log)) return false;
      this.#quiet.note(log.path, size);
      return true;
    } catch {
      return false; // told by the look that follows
    }
  }

  #isOld({ firstAt }: StreamLog): boolean {
    return firstAt !== undefined && this.#options.clock.now() - firstAt > this.#rotation.everyMs;
  }

  async #attempt(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#problem = `the logs at ${path} could not be looked after (${why})`;
    }
  }

  async #cutWhatIsTooMuch(log: StreamLog, size: number): Promise<boolean> {
    const { limitBytes, keep } = this.#rotation;
    let liveBytes = size;
    let count = 0;
    // As often as parts are kept; whoever writes faster still is met again at the next look.
    for (; count <= keep; count += 1) {
      const isOld = count === 0 && this.#isOld(log);
      if (!isOld && liveBytes <= limitBytes) break;
      const cut = await log.rotate(this.#rotation, isOld);
      if (!cut) break;
      liveBytes = log.liveBytes;
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
