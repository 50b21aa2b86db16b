import type { AlertRecord } from './dispatch/alert-record.js';
import type { Inhibitor } from './inhibition/inhibitor.js';
import type { SilenceDeskRoom } from './silences/silence-desk.js';

/** Who keeps an alert quiet. Silences are looked up when they are asked for; the inhibitor keeps what it found. */
export interface Suppression {
  /** Ids of silences. */
  silencedBy(record: AlertRecord, now: number): readonly string[];
  /** Fingerprints of alerts. */
  inhibitedBy(record: AlertRecord, now: number): readonly string[];
  isSuppressed(record: AlertRecord, now: number): boolean;
}

const NOBODY: readonly string[] = [];

/** @param suppressedBy Further alerts that keep one quiet, by its fingerprint. */
export function createSuppression(
  inhibitor: Inhibitor,
  silences: SilenceDeskRoom,
  suppressedBy?: (fingerprint: string) => readonly string[],
): Suppression {
  const inhibitedBy = (record: AlertRecord, now: number): readonly string[] => {
    const source = inhibitor.inhibitedBy(record, now);
    const others = suppressedBy?.(record.fingerprint) ?? NOBODY;
    if (source.length === 0) return others;
    return others.length === 0 ? source : [...source, ...others];
  };
  return {
    silencedBy: (record, now) => silences.silencing(record.labels, now),
    inhibitedBy,
    isSuppressed: (record, now) =>
      inhibitedBy(record, now).length > 0 || silences.silencing(record.labels, now).length > 0,
  };
}
