import { openReportLog } from '@dreamnet/adapters';
import type { Clock, ErrorBody, ReportLog, ReportLogReplay, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';

/** What was acknowledged, until the history has it. */
export interface ReportJournal {
  /**
   * Resolves when the reports are on disk.
   *
   * @param text JSON of one report, of a list of them, or several such with commas between.
   * @param at Epoch ms of their arrival.
   * @throws DN_REPORT_LOG_*; then they are not kept, though they count in memory
   */
  keep(text: Uint8Array, at: number): Promise<void>;
  /** Why reports are refused; undefined only when there is room for as many together as were refused. */
  readonly failing: ErrorBody | undefined;
  /** Hands on what an earlier life acknowledged and the history may not have. */
  replay(each: (report: unknown, at: number) => void): Promise<ReportLogReplay>;
  /** From now on the log drops what the history has: call it after `replay`, nothing is dropped before. */
  start(): void;
  /** Resolves when the history is not being settled. */
  settled(): Promise<void>;
  /** Writes what waits, then lets go of the files. */
  stop(): Promise<void>;
}

export interface ReportJournalOptions {
  clock: Clock;
  directory: string;
  /** Puts what is known of all reports so far where it survives; the log drops them then. */
  settle: () => Promise<void>;
  /** Said once when acknowledgements stop, and once when they come again. */
  onFailing: (error: ErrorBody | undefined) => void;
  onTrouble: (text: string) => void;
}

/**
 * By then the history closes its open blocks in any case; closing them sooner makes them short and its file larger (by
 * a sixth at one minute). A full segment settles sooner.
 */
const SETTLE_EVERY_MS = 300_000;
/** A disk that was full is asked again this often, even when nobody reports. */
const RETRY_EVERY_MS = 2000;
/** An arrival so long before an earlier one: the clock was set back. The history begins its series anew then, too. */
const SET_BACK_MS = 60_000;

interface Journal {
  readonly options: ReportJournalOptions;
  readonly log: ReportLog;
  isFailing: boolean;
  settling: Promise<void> | undefined;
  /** Of the newest report, epoch ms. */
  arrivedAt: number;
  /** The clock was set back: what came before is to be in the history alone, as nobody can tell it by its time. */
  isTurnDue: boolean;
  /** Until then the log may hold what nobody has read again yet. */
  isStarted: boolean;
  isStopped: boolean;
  timers: Set<TimerHandle>;
}

/** Opens the log in its folder. @throws DN_REPORT_LOG_IO */
export async function openReportJournal(options: ReportJournalOptions): Promise<ReportJournal> {
  let onSegment: () => void = () => undefined;
  const log = await openReportLog({
    clock: options.clock,
    directory: options.directory,
    onSegment: () => onSegment(),
    onDropped: (bytes) =>
      options.onTrouble(`report log: ${bytes} bytes given up: the history does not take them fast enough`),
  });
  const journal: Journal = {
    options,
    log,
    isFailing: false,
    settling: undefined,
    arrivedAt: Number.NEGATIVE_INFINITY,
    isTurnDue: false,
    isStarted: false,
    isStopped: false,
    timers: new Set(),
  };
  onSegment = () => void settle(journal);
  let written: Promise<void> | undefined;
  let noted = Promise.resolve();
  return {
    keep: (text, at) => {
      const settled = log.append(text, at);
      noteArrival(journal, at);
      // All who are written together wait for the same promise: one look at the state is enough for them.
      if (settled !== written) {
        written = settled;
        noted = noteAfter(journal, settled);
      }
      return noted;
    },
    get failing() {
      return log.failing;
    },
    replay: (each) =>
      log.replay(({ bytes, at }) => {
        journal.arrivedAt = at;
        for (const report of readEntry(bytes, options)) each(report, at);
      }),
    start: () => {
      journal.isStarted = true;
      repeat(journal, SETTLE_EVERY_MS, () => void settle(journal));
      if (journal.isTurnDue) void settle(journal);
    },
    settled: () => journal.settling ?? Promise.resolve(),
    stop: async () => {
      journal.isStopped = true;
      for (const timer of journal.timers) options.clock.clearTimeout(timer);
      journal.timers.clear();
      await log.close();
    },
  };
}

function readEntry(bytes: Uint8Array, { onTrouble }: ReportJournalOptions): unknown[] {
  try {
    return (JSON.parse(`[${Buffer.from(bytes).toString('utf8')}]`) as unknown[]).flat(1);
  } catch (thrown) {
    // Its checksum was right, so it was written like this.
    onTrouble(`report log: an entry is no JSON: ${DreamnetError.from(thrown).message}`);
    return [];
  }
}

async function noteAfter(journal: Journal, settled: Promise<void>): Promise<void> {
  try {
    await settled;
  } finally {
    noteState(journal);
  }
}

function noteState(journal: Journal): void {
  const { log, options } = journal;
  const isFailing = log.failing !== undefined;
  if (isFailing === journal.isFailing) return;
  journal.isFailing = isFailing;
  options.onFailing(log.failing);
  if (isFailing) retry(journal);
}

/** Also without reports: the disk is asked for as much room as was lacking. */
function retry(journal: Journal): void {
  const { clock } = journal.options;
  const timer = clock.setTimeout(() => {
    journal.timers.delete(timer);
    void journal.log.tryAgain().then(() => {
      noteState(journal);
      if (journal.isFailing && !journal.isStopped) retry(journal);
    });
  }, RETRY_EVERY_MS);
  journal.timers.add(timer);
}

/**
 * Reports of before and after the clock was set back are never replayed together for long: the history knows by the time
 * of a value whether it has it, and times come twice then.
 */
function noteArrival(journal: Journal, at: number): void {
  const isSetBack = at < journal.arrivedAt - SET_BACK_MS;
  if (!isSetBack && at < journal.arrivedAt) return;
  journal.arrivedAt = at;
  if (!isSetBack) return;
  journal.isTurnDue = true;
  void settle(journal);
}

/** What is in the history now needs no log any more. One at a time; what failed is tried again with the next. */
function settle(journal: Journal): Promise<void> {
  if (!journal.isStarted) return Promise.resolve();
  journal.settling ??= settleWhileDue(journal).finally(() => {
    journal.settling = undefined;
  });
  return journal.settling;
}

async function settleWhileDue(journal: Journal): Promise<void> {
  const { log, options } = journal;
  do {
    const isTurn = journal.isTurnDue;
    journal.isTurnDue = false;
    try {
      if (isTurn) await log.turn();
      const { position } = log;
      await options.settle();
      await log.checkpoint(position);
    } catch (thrown) {
      journal.isTurnDue ||= isTurn;
      options.onTrouble(`report log: kept for now: ${DreamnetError.from(thrown).message}`);
      return;
    }
  } while (journal.isTurnDue && !journal.isStopped);
}

function repeat(journal: Journal, everyMs: number, act: () => void): void {
  const { clock } = journal.options;
  const timer = clock.setTimeout(() => {
    journal.timers.delete(timer);
    act();
    repeat(journal, everyMs, act);
  }, everyMs);
  journal.timers.add(timer);
}
