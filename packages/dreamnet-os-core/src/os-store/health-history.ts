import type {
  Domain,
  GlobalHealthScores,
  HealthHistoryEntry,
  SeriesName,
  Store,
  TimerHandle,
} from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { HealthEngine, RoomOptions } from '../boundary.js';
import { readOldJournal } from './health-journal.js';
import { createHistoryRing } from './history-ring.js';
import type { ScoreReasons } from './score-reasons.js';
import type { Samples } from './series/sample-block.js';
import type { SeriesHistory } from './series/series-history.js';

export interface HealthHistoryOptions extends RoomOptions {
  engine: Pick<HealthEngine, 'scores' | 'summaries' | 'explain'>;
  /** Where the entries are kept, as series of their own. */
  series: Pick<SeriesHistory, 'record' | 'samples' | 'load' | 'flush' | 'settled'>;
  /** Told of every entry, to note why scores changed. */
  reasons?: Pick<ScoreReasons, 'note'>;
  /** Between two entries. Default 10 000 ms. */
  everyMs?: number;
  /** How far back `entries` goes. Default 24 h. */
  keepMs?: number;
}

/** The scores over time. */
export interface HealthHistory {
  /** Takes an entry now; two within the same moment are one. */
  record(): void;
  /** Oldest first. */
  entries(): HealthHistoryEntry[];
  load(): Promise<void>;
  settled(): Promise<void>;
  start(): void;
  stop(): void;
}

const EVERY_MS = 10_000;
const KEEP_MS = 24 * 3_600_000;
/** The specification's score of a domain without data. */
const NO_DATA = 0.5;
const DOMAINS = Object.keys(DOMAIN_FACTORS) as Domain[];
const STATUSES = ['ok', 'warn', 'error', 'unknown'] as const;

/** The series of a domain's score. */
export function scoreSeries(domain: Domain): SeriesName {
  return { kind: 'score', subject: domain, metric: 'score' };
}

/** The series of how many subsystems have a status. */
function countSeries(status: (typeof STATUSES)[number]): SeriesName {
  return { kind: 'score', subject: 'global', metric: `subsystems.${status}` };
}

/** The newest entries in memory; all of them are series in the store. */
export function createHealthHistory(options: HealthHistoryOptions): HealthHistory {
  const { clock, engine, publish, series } = options;
  const everyMs = options.everyMs ?? EVERY_MS;
  const keepMs = options.keepMs ?? KEEP_MS;
  const capacity = Math.max(1, Math.ceil(keepMs / everyMs));
  let ring = createHistoryRing(capacity);
  let timer: TimerHandle | undefined;
  const record = (): void => {
    const at = clock.now();
    if (ring.newest()?.at === at) return;
    const entry = { at, globalHealth: engine.scores(), subsystems: countStatuses(engine) };
    ring.push(entry);
    keepEntry(series, entry, (domain) => isKnown(engine, domain, entry.globalHealth));
    options.reasons?.note(at, entry.globalHealth);
    publish('health.scored', 'global', { globalHealth: entry.globalHealth });
  };
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      record();
      arm();
    }, everyMs);
  };
  return {
    record,
    entries: () => ring.entries(),
    load: async () => {
      await series.load();
      if (options.store !== undefined) await moveJournal(options.store, options);
      const now = clock.now();
      // Entries taken before this are among them: they are series, too.
      const entries = await readEntries(series, now - keepMs, now + 1);
      ring = createHistoryRing(capacity);
      for (const entry of entries) ring.push(entry);
    },
    settled: series.settled,
    start: () => {
      if (timer === undefined) arm();
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}

function countStatuses(engine: HealthHistoryOptions['engine']): HealthHistoryEntry['subsystems'] {
  const counts = { ok: 0, warn: 0, error: 0, unknown: 0 };
  for (const { status } of engine.summaries()) counts[status] += 1;
  return counts;
}

/** A score made of nothing is exactly a half; only then it is asked what it is made of. */
function isKnown(engine: Pick<HealthEngine, 'explain'>, domain: Domain, scores: GlobalHealthScores): boolean {
  return scores[`${domain}Health`] !== NO_DATA || engine.explain(domain).confidence > 0;
}

/** A domain of which nothing is known has a gap in its series, not a half. */
function keepEntry(
  series: Pick<SeriesHistory, 'record'>,
  entry: HealthHistoryEntry,
  isScored: (domain: Domain) => boolean = () => true,
): void {
  for (const domain of DOMAINS)
    series.record(
      scoreSeries(domain),
      entry.at,
      isScored(domain) ? entry.globalHealth[`${domain}Health`] : Number.NaN,
    );
  for (const status of STATUSES) series.record(countSeries(status), entry.at, entry.subsystems[status]);
}

/** Entries out of their series; a moment at which the subsystems were not counted is left out. */
async function readEntries(
  series: Pick<SeriesHistory, 'samples'>,
  fromMs: number,
  toMs: number,
): Promise<HealthHistoryEntry[]> {
  const read = (name: SeriesName) => series.samples(name, fromMs, toMs);
  const scores = await Promise.all(DOMAINS.map((domain) => read(scoreSeries(domain))));
  const counts = await Promise.all(STATUSES.map((status) => read(countSeries(status))));
  const [first] = counts;
  const scored = scores.map(byTime);
  const counted = counts.map(byTime);
  return [...(first?.times ?? [])].flatMap((at) => {
    const row = counted.map((column) => column.get(at));
    if (row.includes(undefined)) return [];
    const globalHealth = Object.fromEntries(
      DOMAINS.map((domain, index) => [`${domain}Health`, scored[index]?.get(at) ?? NO_DATA]),
    ) as unknown as GlobalHealthScores;
    const [ok, warn, error, unknown] = row;
    return [
      {
        at,
        globalHealth,
        subsystems: { ok: ok ?? 0, warn: warn ?? 0, error: error ?? 0, unknown: unknown ?? 0 },
      },
    ];
  });
}

function byTime({ times, values }: Samples): ReadonlyMap<number, number> {
  const known = [...times].flatMap((at, index): [number, number][] => {
    const value = values[index] ?? Number.NaN;
    return Number.isNaN(value) ? [] : [[at, value]];
  });
  return new Map(known);
}

/** What an earlier version kept in a journal becomes series, once. */
async function moveJournal(store: Store, { series, publish }: HealthHistoryOptions): Promise<void> {
  try {
    const journal = await readOldJournal(store);
    if (journal === undefined) return;
    for (const entry of journal.entries) keepEntry(series, entry);
    await series.flush();
    await journal.drop();
  } catch (thrown) {
    const { message } = DreamnetError.from(thrown);
    publish('store.failed', 'history', { operation: 'take over the earlier health history', error: message });
  }
}
