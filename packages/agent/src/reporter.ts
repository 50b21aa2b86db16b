import type { Clock, HealthReport, TimerHandle } from '@dreamnet/contracts';
import type { ReportCounts } from './agent-types.js';
import { type Delivery, nextReportMs } from './pacing.js';

/** News is told at once, but never more often than this. */
const SOONEST_MS = 1000;

/** What a reporter is made with. */
export interface ReporterOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly next: () => HealthReport;
  /** Settles by itself, never throws. */
  readonly deliver: (report: HealthReport) => Promise<Delivery>;
  readonly onFailed: (report: HealthReport) => void;
  /** The first of a row of failures, and the end of the row. */
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
  const { clock, everyMs, random = Math.random } = options;
  let timer: TimerHandle | undefined;
  let look: TimerHandle | undefined;
  let asked: (() => boolean) | undefined;
  let dueMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  let [isRunning, isSending, hasNews] = [false, false, false];
  let [sent, failed, failures] = [0, 0, 0];
  let lastError: string | undefined;

  const plan = (delayMs: number) => {
    if (timer !== undefined) clock.clearTimeout(timer);
    dueMs = clock.monotonic() + delayMs;
    timer = clock.setTimeout(send, delayMs);
  };
  const dropLook = () => {
    if (look !== undefined) clock.clearTimeout(look);
    [look, asked] = [undefined, undefined];
  };
  const settle = (report: HealthReport, delivery: Delivery) => {
    isSending = false;
    const why = delivery.is === 'taken' ? undefined : delivery.why;
    if (why === undefined) sent += 1;
    else {
      failed += 1;
      options.onFailed(report);
    }
    failures = why === undefined ? 0 : failures + 1;
    if (why === undefined ? lastError !== undefined : lastError === undefined) options.onChange(why);
    lastError = why;
    if (!isRunning) return;
    plan(nextReportMs(delivery, { everyMs, failures, random: random() }));
    if (hasNews) soon();
    if (asked) soonIf(asked);
  };
  const send = () => {
    if (isSending || !isRunning) return;
    dropLook();
    isSending = true;
    hasNews = false;
    lastMs = clock.monotonic();
    const report = options.next();
    void options.deliver(report).then((delivery) => settle(report, delivery));
  };
  const soon = () => {
    hasNews = true;
    if (!isRunning || isSending || failures > 0) return;
    const delayMs = Math.max(0, lastMs + SOONEST_MS - clock.monotonic());
    if (clock.monotonic() + delayMs < dueMs) plan(delayMs);
  };
  const soonIf = (isNews: () => boolean) => {
    if (isSending) {
      asked = isNews;
      return;
    }
    asked = undefined;
    if (!isRunning || failures > 0 || look !== undefined) return;
    const delayMs = Math.max(0, lastMs + SOONEST_MS - clock.monotonic());
    if (clock.monotonic() + delayMs >= dueMs) return;
    look = clock.setTimeout(() => {
      look = undefined;
      if (isNews()) send();
    }, delayMs);
  };
  return {
    get counts() {
      return { sent, failed, lastError };
    },
    start: () => {
      isRunning = true;
      send();
    },
    soon,
    soonIf,
    stop: () => {
      isRunning = false;
      dropLook();
      if (timer !== undefined) clock.clearTimeout(timer);
    },
  };
}
