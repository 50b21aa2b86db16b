import type { Clock, HealthReport, TimerHandle } from '@dreamnet/contracts';
import type { ReportCounts } from './agent-types.js';
import { type Delivery, nextReportMs } from './pacing.js';
import { messageOf } from './report-limits.js';

/** News is told at once, but never more often than this. */
const SOONEST_MS = 1000;

/** What a reporter is made with. */
export interface ReporterOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly next: () => HealthReport;
  /** Settles by itself. One that rejects counts as not arrived. */
  readonly deliver: (report: HealthReport) => Promise<Delivery>;
  readonly onFailed: (report: HealthReport) => void;
  /** The daemon does not take what the report tells. */
  readonly onUnfit: (report: HealthReport, why: string) => void;
  /** The first of a row of failures of one kind, and the end of the row. */
  readonly onChange: (why: string | undefined) => void;
  readonly random?: () => number;
}

/** Sends reports on a beat, one at a time, whatever becomes of them. */
export interface Reporter {
  readonly counts: ReportCounts;
  start(): void;
  /** There is news: it is told within a second, unless the daemon is not there anyway. */
  soon(): void;
  /** As `soon`, of what may be over by then: asked again when its time has come, and told only if it still is so. */
  soonIf(isNews: () => boolean): void;
  stop(): void;
}

/** A reporter that has not begun yet. */
export function createReporter(options: ReporterOptions): Reporter {
  return new BeatReporter(options);
}

class BeatReporter implements Reporter {
  readonly #options: ReporterOptions;
  #timer: TimerHandle | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  #isRunning = false;
  #isSending = false;
  #hasNews = false;
  /** When to ask whether something still is news. */
  #look: TimerHandle | undefined;
  /** What to ask when the report that is on its way has arrived. */
  #asked: (() => boolean) | undefined;
  #sent = 0;
  #failed = 0;
  /** How many in a row failed in the same way. */
  #failures = 0;
  #outcome: Delivery['is'] = 'taken';
  #lastError: string | undefined;
  /** What was said last of a daemon that takes nothing. */
  #told: Delivery['is'] = 'taken';

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  get counts(): ReportCounts {
    return { sent: this.#sent, failed: this.#failed, lastError: this.#lastError };
  }

  start(): void {
    this.#isRunning = true;
    this.#send();
  }

  soon(): void {
    this.#hasNews = true;
    if (!this.#isRunning || this.#isSending || this.#failures > 0) return;
    const delayMs = this.#soonestMs();
    if (this.#options.clock.monotonic() + delayMs < this.#dueMs) this.#plan(delayMs);
  }

  soonIf(isNews: () => boolean): void {
    this.#asked = this.#isSending ? isNews : undefined;
    if (this.#isSending || !this.#isRunning || this.#failures > 0 || this.#look !== undefined) return;
    const { clock } = this.#options;
    const delayMs = this.#soonestMs();
    // The beat itself comes first.
    if (clock.monotonic() + delayMs >= this.#dueMs) return;
    this.#look = clock.setTimeout(() => {
      this.#look = undefined;
      if (isNews()) this.#send();
    }, delayMs);
  }

  stop(): void {
    this.#isRunning = false;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#dropLook();
  }

  #soonestMs(): number {
    return Math.max(0, this.#lastMs + SOONEST_MS - this.#options.clock.monotonic());
  }

  #plan(delayMs: number): void {
    const { clock } = this.#options;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer);
    this.#dueMs = clock.monotonic() + delayMs;
    this.#timer = clock.setTimeout(() => this.#send(), delayMs);
  }

  #dropLook(): void {
    if (this.#look !== undefined) this.#options.clock.clearTimeout(this.#look);
    this.#look = undefined;
    this.#asked = undefined;
  }

  #send(): void {
    if (this.#isSending || !this.#isRunning) return;
    const { clock, next, deliver } = this.#options;
    this.#dropLook();
    this.#isSending = true;
    this.#hasNews = false;
    this.#lastMs = clock.monotonic();
    const report = next();
    void deliver(report)
      // Whatever is wrong with it, the agent has other things to do than to end by it.
      .catch((thrown: unknown): Delivery => ({ is: 'unfit', why: messageOf(thrown) }))
      .then((delivery) => this.#settle(report, delivery));
  }

  #settle(report: HealthReport, delivery: Delivery): void {
    const { everyMs, random = Math.random } = this.#options;
    this.#isSending = false;
    this.#count(report, delivery);
    if (!this.#isRunning) return;
    this.#plan(nextReportMs(delivery, { everyMs, failures: this.#failures, random: random() }));
    if (this.#hasNews) this.soon();
    if (this.#asked) this.soonIf(this.#asked);
  }

  #count(report: HealthReport, delivery: Delivery): void {
    const { onFailed, onUnfit, onChange } = this.#options;
    const why = delivery.is === 'taken' ? undefined : delivery.why;
    this.#lastError = why;
    if (why === undefined) {
      this.#sent += 1;
      this.#failures = 0;
    } else {
      this.#failed += 1;
      this.#failures = delivery.is === this.#outcome ? this.#failures + 1 : 1;
      if (delivery.is === 'unfit') onUnfit(report, why);
      else onFailed(report);
    }
    this.#outcome = delivery.is;
    if (delivery.is === this.#told || delivery.is === 'unfit') return;
    this.#told = delivery.is;
    onChange(why);
  }
}
