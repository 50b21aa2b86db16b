import type { Store, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { BlockKeeper } from './block-keeper.js';
import type { SampleIntake } from './sample-intake.js';
import type { SeriesBook } from './series-book.js';
import type { SeriesHistory } from './series-history.js';
import { loadSeries } from './series-loading.js';
import type { HistoryCore } from './series-options.js';
import { createSeriesUpkeep } from './series-upkeep.js';
import { createSeriesWriter } from './series-writer.js';

/** What the history does by itself and what takes time. */
export type SeriesJobs = Pick<SeriesHistory, 'flush' | 'onFlushed' | 'load' | 'settled' | 'start' | 'stop'>;

interface Parts {
  book: SeriesBook;
  intake: SampleIntake;
  keeper: BlockKeeper;
  onDamaged: (key: string) => void;
}

/** One job at a time: loading, writing, summing up. Without a store there are none. */
export function createSeriesJobs(core: HistoryCore, parts: Parts): SeriesJobs {
  const work = core.store && createWork(core, parts, core.store);
  const listeners = new Set<(beforeMs: number) => void>();
  const flush = async (): Promise<void> => {
    if (work === undefined) return;
    const beforeMs = core.clock.monotonic();
    await work.write();
    for (const listener of listeners) listener(beforeMs);
  };
  const ticker = createTicker(core, () => {
    parts.intake.setOldest();
    work?.tick();
  });
  return {
    flush,
    onFlushed: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: () => work?.load() ?? Promise.resolve(),
    settled: () => work?.settled() ?? Promise.resolve(),
    start: ticker.start,
    stop: async () => {
      ticker.stop();
      // What went wrong was told already.
      await flush().catch(() => undefined);
    },
  };
}

function createWork(core: HistoryCore, parts: Parts, store: Store) {
  const writer = createSeriesWriter(core, { ...parts, store });
  const upkeep = createSeriesUpkeep(core, { ...parts, store });
  let loading: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  let isTicking = false;
  const load = (): Promise<void> => {
    loading ??= loadSeries(parts.book, store).catch((thrown) => {
      // Whoever needs it next tries again; nothing was taken in yet.
      loading = undefined;
      throw thrown;
    });
    return loading;
  };
  const run = (job: () => Promise<void>): Promise<void> => {
    const mine = last.then(load).then(job);
    last = mine.then(
      () => {
        core.counts.lastError = null;
      },
      (thrown) => tellFailure(core, thrown),
    );
    return mine;
  };
  return {
    load,
    write: () => run(() => writer.write(true)),
    settled: () => last,
    /** One that comes while the last one still works is left out. */
    tick: () => {
      if (isTicking) return;
      isTicking = true;
      void run(async () => {
        await writer.write(false);
        await upkeep.run();
      })
        .catch(() => undefined)
        .finally(() => {
          isTicking = false;
        });
    },
  };
}

/** A store that stays broken is told of once. */
function tellFailure({ counts, publish }: HistoryCore, thrown: unknown): void {
  const { message } = DreamnetError.from(thrown);
  if (counts.lastError === null)
    publish('store.failed', 'history', { operation: 'write the history', error: message });
  counts.lastError = message;
}

function createTicker({ clock, settings }: HistoryCore, tick: () => void) {
  let timer: TimerHandle | undefined;
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      tick();
      arm();
    }, settings.flushEveryMs);
  };
  return {
    start: () => {
      if (timer === undefined) arm();
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}
