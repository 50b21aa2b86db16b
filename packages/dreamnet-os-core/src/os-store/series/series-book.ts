import type { SeriesName } from '@dreamnet/contracts';
import type { HistorySettings } from './series-options.js';

/** Closed samples of one series. Times are epoch ms. */
export interface HeldBlock {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly lastValue: number;
  readonly bytes: Uint8Array;
  /** Is it in the store, too? */
  isStored: boolean;
}

/** One series in memory: the open head as two columns, and the newest closed blocks. */
export interface Series {
  readonly name: SeriesName;
  /** Its place in the store; undefined until it has one. */
  place: { readonly group: SeriesGroup; readonly slot: number } | undefined;
  /** Of the head only the first `count` hold samples, in order of time. */
  times: Float64Array;
  values: Float64Array;
  count: number;
  /** The head is closed at this many. */
  readonly capacity: number;
  firstAt: number;
  lastAt: number;
  lastValue: number;
  /** Nothing up to this time is taken any more. */
  closedUntil: number;
  /** Older samples are in the store; from here on all are in memory. */
  memoryFrom: number;
  blocks: HeldBlock[];
}

/** A record of raw blocks in the store. */
export interface RawRecord {
  readonly from: number;
  readonly to: number;
  readonly key: string;
}

/** Series that are stored together. */
export interface SeriesGroup {
  readonly number: number;
  readonly kind: SeriesName['kind'];
  readonly slots: Series[];
  /** Its names are not in the store as they are now. */
  isNew: boolean;
  /** Raw records in the store, by `from`. */
  records: RawRecord[];
  /** Summed up to minutes until here, and from these to hours until there. */
  minutesUntil: number;
  hoursUntil: number;
  /** Per slot the time of the sample stored last; after the clock was set back that is not the largest one stored. */
  storedUntil: number[];
}

/** Series in one record: enough that records are large, few enough that reading one series is quick. */
export const GROUP_SLOTS = 128;
/** A block of about this many samples: its head costs little, its memory is small. */
const LARGEST_HEAD = 128;
const SMALLEST_HEAD = 96;
const LONGEST_NAME = 400;
/** Known series, those without news included, per series that may be active. */
const KNOWN_PER_ACTIVE = 10;

/** All series by name. */
export interface SeriesBook {
  readonly groups: SeriesGroup[];
  /** Of every kind, in the order they were opened. */
  all(): Iterable<Series>;
  find(name: SeriesName): Series | undefined;
  metric(subject: string, metric: string): Series | undefined;
  /** Opens one that is not known; undefined beyond the limits or for an unusable name. */
  open(name: SeriesName): Series | undefined;
  /** Takes one in as it is stored, whatever the limits. */
  adopt(name: SeriesName): Series;
  /** Gives it a place in the store. */
  place(series: Series): SeriesGroup;
  /** Counts anew which had a sample since then. */
  countActive(sinceMs: number): void;
  readonly known: number;
  readonly active: number;
}

type Index = Map<string, Map<string, Series>>;

/** An empty book. */
export function createSeriesBook(settings: HistorySettings): SeriesBook {
  const indexes: Record<SeriesName['kind'], Index> = {
    metric: new Map(),
    score: new Map(),
    status: new Map(),
  };
  const groups: SeriesGroup[] = [];
  const openGroups = new Map<SeriesName['kind'], SeriesGroup>();
  let known = 0;
  let active = 0;
  const find = ({ kind, subject, metric }: SeriesName) => indexes[kind].get(subject)?.get(metric);
  const add = (name: SeriesName): Series => {
    const bySubject = indexes[name.kind];
    const byMetric = bySubject.get(name.subject) ?? new Map<string, Series>();
    bySubject.set(name.subject, byMetric);
    const series = createSeries({ ...name }, known);
    byMetric.set(name.metric, series);
    known += 1;
    active += 1;
    return series;
  };
  const mayOpen = ({ kind, subject, metric }: SeriesName): boolean => {
    if (subject.length + metric.length > LONGEST_NAME) return false;
    if (kind === 'score') return true;
    if (active >= settings.seriesTotal || known >= settings.seriesTotal * KNOWN_PER_ACTIVE) return false;
    return (indexes[kind].get(subject)?.size ?? 0) < settings.seriesPerSubsystem;
  };
  return {
    groups,
    all: function* () {
      for (const bySubject of Object.values(indexes))
        for (const byMetric of bySubject.values()) yield* byMetric.values();
    },
    find,
    metric: (subject, metric) => indexes.metric.get(subject)?.get(metric),
    open: (name) => (mayOpen(name) ? add(name) : undefined),
    adopt: (name) => find(name) ?? add(name),
    place: (series) => {
      if (series.place) return series.place.group;
      const group = openGroup(groups, openGroups, series.name.kind);
      series.place = { group, slot: group.slots.length };
      group.slots.push(series);
      group.isNew = true;
      return group;
    },
    countActive: (sinceMs) => {
      active = 0;
      for (const bySubject of Object.values(indexes))
        for (const byMetric of bySubject.values())
          for (const { lastAt, count } of byMetric.values()) if (count > 0 || lastAt >= sinceMs) active += 1;
    },
    get known() {
      return known;
    },
    get active() {
      return active;
    },
  };
}

/** An empty group of the next free number, or of the one given. */
export function createGroup(number: number, kind: SeriesName['kind']): SeriesGroup {
  return {
    number,
    kind,
    slots: [],
    isNew: false,
    records: [],
    minutesUntil: 0,
    hoursUntil: 0,
    storedUntil: [],
  };
}

function openGroup(
  groups: SeriesGroup[],
  openGroups: Map<SeriesName['kind'], SeriesGroup>,
  kind: SeriesName['kind'],
): SeriesGroup {
  const last = openGroups.get(kind) ?? groups.findLast((group) => group.kind === kind);
  if (last !== undefined && last.slots.length < GROUP_SLOTS) {
    openGroups.set(kind, last);
    return last;
  }
  const next = createGroup(
    groups.reduce((most, { number }) => Math.max(most, number + 1), 0),
    kind,
  );
  groups.push(next);
  openGroups.set(kind, next);
  return next;
}

/** @param ordinal Heads are closed at different lengths, so that series that began together do not all close at once. */
function createSeries(name: SeriesName, ordinal: number): Series {
  return {
    name,
    place: undefined,
    times: new Float64Array(0),
    values: new Float64Array(0),
    count: 0,
    capacity: SMALLEST_HEAD + ((ordinal * 7) % (LARGEST_HEAD - SMALLEST_HEAD + 1)),
    firstAt: Number.NaN,
    lastAt: Number.NEGATIVE_INFINITY,
    lastValue: Number.NaN,
    closedUntil: Number.NEGATIVE_INFINITY,
    memoryFrom: Number.NEGATIVE_INFINITY,
    blocks: [],
  };
}
