import { crc32 } from 'node:zlib';
import type { MetricAnomaly } from '@dreamnet/contracts';
import { type AnomalyScorerState, STATE_VERSION } from './anomaly-scorer.js';
import type { RangeName, SavedEvidence } from './evidence.js';
import { type BytesReader, type BytesWriter, createBytesReader, createBytesWriter } from './packed-bytes.js';

/** What is kept of one series. */
export interface KeptScorer {
  subsystem: string;
  metric: string;
  /** Epoch ms of the newest value it was scored by. */
  at: number;
  lastTold?: MetricAnomaly['lastTold'];
  state: AnomalyScorerState;
}

/** Raised with every change of these bytes; the version of what a scorer learns stands beside it. */
const FORMAT = 1;
const HEAD_BYTES = 2 + 4;
/** In the order of their bits. */
const RANGES = [
  'value',
  'level',
  'hour',
  'activity',
  'spread',
  'heldHigh',
  'heldLow',
] as const satisfies readonly RangeName[];
const HOURS = 24;
const CLASSES = 200;

/** About 1.5 KiB, at most 2.4 KiB and the names; every number as it is, to the last digit. */
export function packScorer({ subsystem, metric, at, lastTold, state }: KeptScorer): Uint8Array {
  const out = createBytesWriter();
  out.text(subsystem);
  out.text(metric);
  out.double(at);
  out.byte(lastTold === undefined ? 0 : 1);
  if (lastTold !== undefined) {
    for (const value of [lastTold.at, lastTold.value, lastTold.score]) out.double(value);
    out.text(lastTold.reason);
  }
  for (const value of [state.rows, state.skipped, state.quiet.peak, state.quiet.age]) out.double(value);
  packEvidence(out, state.evidence);
  const body = out.done();
  const record = new Uint8Array(HEAD_BYTES + body.length);
  record.set([FORMAT, STATE_VERSION]);
  new DataView(record.buffer).setUint32(2, crc32(body));
  record.set(body, HEAD_BYTES);
  return record;
}

/** Whose record it is and how old, without reading all of it. @returns undefined as of `unpackScorer` */
export function peekScorer(record: unknown): Pick<KeptScorer, 'subsystem' | 'metric' | 'at'> | undefined {
  const from = bodyOf(record);
  return from && { subsystem: from.text(), metric: from.text(), at: from.double() };
}

/** @returns undefined for what is of another version, damaged, or nothing of ours. */
export function unpackScorer(record: unknown): KeptScorer | undefined {
  const from = bodyOf(record);
  if (from === undefined) return undefined;
  const [subsystem, metric, at] = [from.text(), from.text(), from.double()];
  const lastTold =
    from.byte() === 1
      ? { at: from.double(), value: from.double(), score: from.double(), reason: from.text() }
      : undefined;
  const [rows, skipped] = [from.double(), from.double()];
  const quiet = { peak: from.double(), age: from.double() };
  const state: AnomalyScorerState = {
    version: STATE_VERSION,
    rows,
    skipped,
    quiet,
    evidence: unpackEvidence(from),
  };
  return from.isAtEnd() ? { subsystem, metric, at, ...(lastTold && { lastTold }), state } : undefined;
}

function bodyOf(record: unknown): BytesReader | undefined {
  if (!(record instanceof Uint8Array) || record.length < HEAD_BYTES) return undefined;
  const body = record.subarray(HEAD_BYTES);
  const sum = new DataView(record.buffer, record.byteOffset).getUint32(2);
  const isWhole = record[0] === FORMAT && record[1] === STATE_VERSION && sum === crc32(body);
  return isWhole ? createBytesReader(body) : undefined;
}

function packEvidence(out: BytesWriter, { recent, level, hours, jumps, ranges }: SavedEvidence): void {
  out.byte(recent.length);
  for (const value of recent) out.double(value);
  for (const value of [level.rows, level.level, level.deviation]) out.double(value);
  for (let hour = 0; hour < HOURS; hour += 1) out.double(hours[hour] ?? Number.NaN);
  out.double(jumps.rows);
  out.double(jumps.total);
  const seen = jumps.counts.flatMap((count, index) => (count > 0 ? [{ count, index }] : []));
  out.byte(seen.length);
  for (const { count, index } of seen) {
    out.byte(index);
    out.float(count);
  }
  for (const name of RANGES) {
    const [low, high, values] = ranges[name] ?? [Number.NaN, Number.NaN, 0];
    out.double(low);
    out.double(high);
    out.byte(values);
  }
}

function unpackEvidence(from: BytesReader): SavedEvidence {
  const recent = Array.from({ length: from.byte() || 0 }, from.double);
  const level = { rows: from.double(), level: from.double(), deviation: from.double() };
  const hours = Array.from({ length: HOURS }, from.double).map((value) =>
    Number.isNaN(value) ? null : value,
  );
  const jumps = {
    rows: from.double(),
    total: from.double(),
    counts: Array.from({ length: CLASSES }, () => 0),
  };
  for (let left = from.byte() || 0; left > 0; left -= 1) jumps.counts[from.byte()] = from.float();
  const ranges: SavedEvidence['ranges'] = {};
  for (const name of RANGES) {
    const [low, high, values] = [from.double(), from.double(), from.byte()];
    if (!Number.isNaN(low)) ranges[name] = [low, high, values];
  }
  return { recent, level, hours, jumps, ranges };
}
