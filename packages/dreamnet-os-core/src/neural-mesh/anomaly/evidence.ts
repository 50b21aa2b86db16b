import { createHourProfile, type HourProfile } from './hour-profile.js';
import { createRarity, type Rarity, type SavedRarity } from './rarity.js';
import { createRecentRows, type RecentRows } from './recent-rows.js';
import { createRunningLevel, type RunningLevel, type SavedLevel } from './running-level.js';
import { type Bounds, createSeenRange, type SeenRange } from './seen-range.js';

/** What speaks for an anomaly, in the order it is looked at. */
export const EVIDENCE = {
  value: 'the value itself is outside the range seen so far',
  level: 'the distance from the recent level is outside the range seen so far',
  hour: 'the distance from what is usual at this hour of the day is outside the range seen so far',
  activity: 'it moves from row to row more or less than ever seen',
  spread: 'the last 100 rows are spread more or less than ever seen',
  heldHigh: 'it stays higher for six rows than ever seen',
  heldLow: 'it stays lower for six rows than ever seen',
  jump: 'a distance from the recent level this unusual is rare in this series',
} as const;

/** Name of a piece of evidence. */
export type EvidenceName = keyof typeof EVIDENCE;

/** What counts as an anomaly worth telling: so much of the range beyond it. */
export const TELLING_STRENGTH = 0.05;
/** So rare a jump is as strong as that: once in about 4,000 rows, in powers of ten. */
const TELLING_RARITY = 3.6;
/** Each power of ten counts for far more than the one before. */
const RARITY_POWER = 4;
const ACTIVITY_STEPS = 50;
const HELD_ROWS = 6;

export type RangeName = Exclude<EvidenceName, 'jump'>;
type Ranges = Record<RangeName, SeenRange>;

/** Everything the evidence remembers, as plain data. */
export interface SavedEvidence {
  recent: number[];
  level: SavedLevel;
  hours: (number | null)[];
  jumps: SavedRarity;
  ranges: Partial<Record<RangeName, Bounds>>;
}

/** The strongest evidence of a row. */
export interface StrongestEvidence {
  name: EvidenceName;
  /** In widths of the range seen so far: 0.1 is a tenth of it beyond. */
  strength: number;
}

/** Looks at a series from all sides, row by row. */
export interface EvidenceDesk {
  next(value: number, at: number): StrongestEvidence;
  saved(): SavedEvidence;
}

interface Memory {
  recent: RecentRows;
  level: RunningLevel;
  hours: HourProfile;
  jumps: Rarity;
  ranges: Ranges;
}

/** Makes the evidence of one series, fresh or as it was saved. */
export function createEvidence(saved?: SavedEvidence): EvidenceDesk {
  const memory: Memory = {
    recent: createRecentRows(saved?.recent, saved?.level.rows),
    level: createRunningLevel(saved?.level),
    hours: createHourProfile(saved?.hours),
    jumps: createRarity(saved?.jumps),
    ranges: createRanges(saved?.ranges),
  };
  return {
    next: (value, at) => strongest(memory, value, at),
    saved: () => ({
      recent: memory.recent.saved(),
      level: memory.level.saved(),
      hours: memory.hours.saved(),
      jumps: memory.jumps.saved(),
      ranges: savedRanges(memory.ranges),
    }),
  };
}

function strongest(
  { recent, level, hours, jumps, ranges }: Memory,
  value: number,
  at: number,
): StrongestEvidence {
  recent.push(value);
  const { distance, ratio, grain } = level.next(value);
  const held = recent.extremes(HELD_ROWS);
  const rarity = jumps.next(ratio) / TELLING_RARITY;
  let name: EvidenceName = 'jump';
  let strength = TELLING_STRENGTH * Math.max(0, rarity) ** RARITY_POWER;
  const weigh = (range: RangeName, quantity: number | undefined): void => {
    const excess = quantity === undefined ? 0 : ranges[range].surpass(quantity, grain);
    if (excess <= strength) return;
    name = range;
    strength = excess;
  };
  weigh('value', value);
  weigh('level', distance);
  weigh('hour', hours.next(value, at));
  weigh('activity', recent.activity(ACTIVITY_STEPS));
  weigh('spread', recent.spread());
  weigh('heldHigh', held?.lowest);
  weigh('heldLow', held?.highest);
  return { name, strength };
}

function createRanges(saved: Partial<Record<RangeName, Bounds>> = {}): Ranges {
  return {
    value: createSeenRange('both', saved.value),
    level: createSeenRange('both', saved.level),
    hour: createSeenRange('both', saved.hour),
    activity: createSeenRange('both', saved.activity),
    spread: createSeenRange('both', saved.spread),
    heldHigh: createSeenRange('high', saved.heldHigh),
    heldLow: createSeenRange('low', saved.heldLow),
  };
}

function savedRanges(ranges: Ranges): Partial<Record<RangeName, Bounds>> {
  const saved: Partial<Record<RangeName, Bounds>> = {};
  for (const [name, range] of Object.entries(ranges) as [RangeName, SeenRange][]) {
    const bounds = range.bounds();
    if (bounds !== undefined) saved[name] = bounds;
  }
  return saved;
}
