import {
  createEvidence,
  EVIDENCE,
  type EvidenceName,
  type SavedEvidence,
  TELLING_STRENGTH,
} from './evidence.js';
import { createQuietPeriod, type SavedQuiet } from './quiet-period.js';
import { WINDOW_ROWS } from './recent-rows.js';

/** Beyond this a value is taken as this: squares and sums of a hundred of them stay finite. */
const LARGEST_VALUE = 1e100;
/** What is weaker is not worth a word. */
const MENTIONED_STRENGTH = TELLING_STRENGTH / 5;
/** Raised with every change of what a state holds: an older one is learnt anew. */
export const STATE_VERSION = 2;

/** All a scorer has learnt, as plain data that survives JSON; about 3 KiB. */
export interface AnomalyScorerState {
  version: typeof STATE_VERSION;
  rows: number;
  skipped: number;
  evidence: SavedEvidence;
  quiet: SavedQuiet;
}

/** Why the newest row has the score it has. */
export interface AnomalyExplanation {
  /** 0..1 */
  score: number;
  /** Too few rows so far to call anything unusual; the score is 0. */
  isLearning: boolean;
  rows: number;
  /** Rows that were no finite number and were left out. */
  skipped: number;
  /** The strongest evidence; undefined before any row, or where nothing speaks for an anomaly. */
  evidence?: EvidenceName;
  /** Widths of the range seen so far by which that one lies beyond it, before an earlier anomaly is held against it. */
  strength: number;
  /** The evidence in words. */
  reason: string;
}

/** Scores one series as it comes. Not to be shared by two series. */
export interface AnomalyScorer {
  /**
   * Takes the next row and scores it by what came before it only.
   *
   * @param at Epoch ms. Gaps, repeats and steps back are taken as they come; only the hour of the day is read from it.
   * @returns 0..1; from 0.5 on it is worth telling. 0 while learning and for what is no finite number.
   */
  next(value: number, at: number): number;
  /** About the newest row. */
  explain(): AnomalyExplanation;
  /** Everything learnt so far, to go on with later. */
  save(): AnomalyScorerState;
}

/** How a scorer begins. */
export interface AnomalyScorerOptions {
  /** What `save()` gave; one of another version is not used, and learning begins anew. */
  state?: AnomalyScorerState;
}

/**
 * Makes the anomaly scorer of one series: how far the row leaves everything this series has shown so far, looked at from
 * eight sides, and told once. Deterministic; bounded memory (about 3 KiB); a few microseconds a row.
 */
export function createAnomalyScorer(options: AnomalyScorerOptions = {}): AnomalyScorer {
  const saved = options.state?.version === STATE_VERSION ? options.state : undefined;
  const evidence = createEvidence(saved?.evidence);
  const quiet = createQuietPeriod(saved?.quiet);
  let rows = saved?.rows ?? 0;
  let skipped = saved?.skipped ?? 0;
  let newest: { name?: EvidenceName; strength: number; score: number } = { strength: 0, score: 0 };
  const isLearning = (): boolean => rows <= WINDOW_ROWS;
  return {
    next: (value, at) => {
      if (!Number.isFinite(value)) {
        skipped += 1;
        newest = { strength: 0, score: 0 };
        return 0;
      }
      rows += 1;
      const found = evidence.next(Math.max(-LARGEST_VALUE, Math.min(LARGEST_VALUE, value)), at);
      const left = isLearning() ? 0 : quiet.next(found.strength);
      newest = { ...found, score: left > 0 ? left / (left + TELLING_STRENGTH) : 0 };
      return newest.score;
    },
    explain: () => explanationOf(newest, { isLearning: isLearning(), rows, skipped }),
    save: () => ({ version: STATE_VERSION, rows, skipped, evidence: evidence.saved(), quiet: quiet.saved() }),
  };
}

function explanationOf(
  { name, strength, score }: { name?: EvidenceName; strength: number; score: number },
  progress: { isLearning: boolean; rows: number; skipped: number },
): AnomalyExplanation {
  if (progress.isLearning)
    return { score, ...progress, strength, reason: `learning: ${progress.rows} of ${WINDOW_ROWS} rows` };
  if (name === undefined || strength < MENTIONED_STRENGTH)
    return { score, ...progress, strength, reason: 'nothing unusual' };
  const reason = score > 0 ? EVIDENCE[name] : `${EVIDENCE[name]}, but no more than was told lately`;
  return { score, ...progress, evidence: name, strength, reason };
}
