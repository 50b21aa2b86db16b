import type { LabelSet, PostedAlert } from '@dreamnet/contracts';
import { fingerprintOf } from '../labels/fingerprint.js';
import { isWellFormed, type KeptLabels, type LabelInterning } from '../labels/label-sets.js';
import type { Route } from '../routes/route-tree.js';
import type { DispatchGroup } from './dispatch-group.js';
import { beginningOf, type Fingerprinted } from './fingerprint-order.js';

/** What of an alert changes when it is reported again. Times are epoch ms. */
export interface AlertReport {
  startsAt: number;
  endsAt: number;
  updatedAt: number;
  /** Was `endsAt` set by us because the sender gave none? Then any explicit end goes before it. */
  isTimeout: boolean;
  annotations: LabelSet;
  generatorURL: string;
}

/** One alert, in as few objects as possible: there may be 100,000. */
export interface AlertRecord extends AlertReport, KeptLabels, Fingerprinted {
  /** Where it goes by the configuration in force; undefined before it was routed. */
  routes: readonly Route[] | undefined;
  /** The groups it is in now, by the place of their route in `routes`; undefined where it has been told as resolved. */
  groups: readonly (DispatchGroup | undefined)[];
  /** What the inhibitor found last: kept here, because a listing asks for each of 100,000. */
  inhibitedBy: readonly string[];
  /** Which of the inhibitor's changes that was as of. */
  inhibitedAt: number;
}

/** Of an alert that is in none. */
export const NO_GROUPS: readonly undefined[] = [];

const NOBODY: readonly string[] = [];
const NO_ANNOTATIONS: LabelSet = Object.freeze({});

/**
 * An alert as it was posted, completed: a missing start is now, a missing end is the resolve timeout away.
 *
 * @returns What is wrong with it, as a text, or the alert.
 */
export function readPosted(
  posted: PostedAlert,
  options: { interning: LabelInterning; now: number; resolveTimeoutMs: number },
): AlertRecord | string {
  const kept = options.interning.keep(posted.labels);
  if (typeof kept === 'string') return kept;
  const problem = problemOfTimes(posted) ?? problemOfAnnotations(posted.annotations);
  if (problem !== undefined) return problem;
  const isTimeout = posted.endsAt === undefined;
  const startsAt = posted.startsAt ?? posted.endsAt ?? options.now;
  const endsAt = posted.endsAt ?? options.now + options.resolveTimeoutMs;
  if (endsAt < startsAt)
    return 'it starts after its end, which without an endsAt is the resolve timeout away';
  const fingerprint = fingerprintOf(kept.labels, kept.names);
  return {
    fingerprint,
    beginning: beginningOf(fingerprint),
    labels: kept.labels,
    names: kept.names,
    startsAt,
    endsAt,
    updatedAt: options.now,
    isTimeout,
    annotations: posted.annotations ?? NO_ANNOTATIONS,
    generatorURL: posted.generatorURL ?? '',
    routes: undefined,
    groups: NO_GROUPS,
    inhibitedBy: NOBODY,
    inhibitedAt: 0,
  };
}

/**
 * Two reports of one alert as one, when their times overlap; else the newer one alone.
 *
 * @param known What is held.
 * @param fresh What was reported now.
 * @source Alertmanager: provider/mem Put and types.Alert.Merge, by their documented rules
 */
export function mergeReports(known: AlertReport, fresh: AlertReport, now: number): AlertReport {
  const isEndWithin = fresh.endsAt > known.startsAt && fresh.endsAt < known.endsAt;
  const isStartWithin = fresh.startsAt > known.startsAt && fresh.startsAt < known.endsAt;
  if (!isEndWithin && !isStartWithin) return fresh;
  return fresh.updatedAt < known.updatedAt ? joinReports(fresh, known, now) : joinReports(known, fresh, now);
}

/** So many characters come with an ordinary alert; the objects around them take about as much again. */
export const ORDINARY_CHARACTERS = 1024;

/** How many ordinary alerts one with these texts counts for. */
export function weightOf({ labels, annotations }: Pick<AlertRecord, 'labels' | 'annotations'>): number {
  let characters = 0;
  for (const name in labels) characters += name.length + (labels[name]?.length ?? 0);
  for (const name in annotations) characters += name.length + (annotations[name]?.length ?? 0);
  return 1 + Math.floor(characters / ORDINARY_CHARACTERS);
}

/** Has it ended? */
export function isResolved(report: { endsAt: number }, now: number): boolean {
  return report.endsAt <= now;
}

/** The earliest start; the latest end that somebody stated; everything else from the younger report. */
function joinReports(older: AlertReport, younger: AlertReport, now: number): AlertReport {
  const startsAt = Math.min(older.startsAt, younger.startsAt);
  const isOlderEnd = isResolved(younger, now) ? isResolved(older, now) : !older.isTimeout;
  const endsAt = isOlderEnd ? Math.max(older.endsAt, younger.endsAt) : younger.endsAt;
  const { updatedAt, isTimeout, annotations, generatorURL } = younger;
  return { startsAt, endsAt, updatedAt, isTimeout, annotations, generatorURL };
}

function problemOfTimes({ startsAt, endsAt }: PostedAlert): string | undefined {
  if (startsAt !== undefined && !Number.isFinite(startsAt)) return 'startsAt is not a time';
  if (endsAt !== undefined && !Number.isFinite(endsAt)) return 'endsAt is not a time';
  if (startsAt !== undefined && endsAt !== undefined && endsAt < startsAt) return 'it ends before it starts';
  return undefined;
}

function problemOfAnnotations(annotations: unknown): string | undefined {
  if (annotations === undefined) return undefined;
  if (typeof annotations !== 'object' || annotations === null) return 'annotations are not a record';
  const texts = annotations as Readonly<Record<string, unknown>>;
  for (const name in texts) {
    const value = texts[name];
    if (typeof value !== 'string') return `the annotation '${name}' is not a text`;
    if (name === '' || !isWellFormed(name) || !isWellFormed(value))
      return `the annotation '${name}' is not valid Unicode or has no name`;
  }
  return undefined;
}
