import type { TimerHandle } from '@dreamnet/contracts';
import type { AuditDraft } from '@dreamnet/dreamnet-os-core';
import { DreamnetError, unstorableOf } from '@dreamnet/kit';
import type { DaemonParts } from './parts.js';

/** Each is a few hundred bytes; more of them than people order while a disk is full. */
const MOST_WAITING = 1000;
const TRY_EVERY_MS = 1000;

/** One write. `what`: in words, for whoever must hear that it was lost. */
export interface LateWrite {
  what: string;
  write(): Promise<void>;
}

/**
 * What has to be done even while the store takes nothing, such as an end, is written down as soon as the store takes it. In memory
 * meanwhile: the death of the daemon loses it, and whoever asked is told so. For nothing else: intent comes before effect.
 */
export interface LateWrites {
  /**
   * Writes now, or, when that fails, again every second in the order given; what can never be stored is said to be lost at once.
   *
   * @returns why it is not on disk; undefined: it is
   */
  keep(one: LateWrite): Promise<string | undefined>;
  /** The last try, while the store is open still. What is lost then is said. Idempotent. */
  close(): Promise<void>;
}

/** None is waiting. */
export function createLateWrites({ clock, onTrouble }: Pick<DaemonParts, 'clock' | 'onTrouble'>): LateWrites {
  let waiting: LateWrite[] = [];
  let timer: TimerHandle | undefined;
  let isClosed = false;
  let trying: Promise<string | undefined> | undefined;
  const lose = ({ what }: LateWrite, why: string) => onTrouble(`${what} is not written down: ${why}`);
  /** Ends at the first that fails: the others would fail, too, unless it is for what is in this one. @returns why it did */
  const tryAll = async (): Promise<string | undefined> => {
    for (let first = waiting[0]; first; first = waiting[0]) {
      const failure = await errorOf(first.write);
      if (failure && !isForGood(failure)) return failure.message;
      waiting = waiting.filter((one) => one !== first);
      if (failure) lose(first, failure.message);
    }
    return undefined;
  };
  /** Nothing is written twice: whoever comes while it is tried waits for that. */
  const tryAgain = () => {
    trying ??= tryAll().finally(() => {
      trying = undefined;
    });
    return trying;
  };
  const arm = () => {
    if (isClosed || timer !== undefined || waiting.length === 0) return;
    timer = clock.setTimeout(async () => {
      await tryAgain();
      timer = undefined;
      arm();
    }, TRY_EVERY_MS);
  };
  return {
    keep: async (one) => {
      const failure = await errorOf(one.write);
      if (failure === undefined) return undefined;
      if (isClosed || waiting.length >= MOST_WAITING || isForGood(failure)) lose(one, failure.message);
      else waiting.push(one);
      arm();
      return failure.message;
    },
    close: async () => {
      isClosed = true;
      if (timer !== undefined) clock.clearTimeout(timer);
      await trying;
      const failure = await tryAgain();
      for (const one of waiting) lose(one, failure ?? 'the daemon ends');
      waiting = [];
    },
  };
}

/** What a write fails with, in words; undefined when it does not. */
export async function failureOf(write: () => Promise<void>): Promise<string | undefined> {
  return (await errorOf(write))?.message;
}

async function errorOf(write: () => Promise<void>): Promise<DreamnetError | undefined> {
  try {
    await write();
    return undefined;
  } catch (thrown) {
    return DreamnetError.from(thrown);
  }
}

function isForGood(failure: DreamnetError): boolean {
  return unstorableOf(failure).length > 0;
}

/** The audit entry of an end, or of what comes with one: it goes ahead when this cannot be written. @returns as `LateWrites.keep` */
export function recordOrLater(
  { core, clock, lateWrites }: Pick<DaemonParts, 'core' | 'clock' | 'lateWrites'>,
  draft: AuditDraft,
): Promise<string | undefined> {
  const askedAt = clock.now();
  let isLate = false;
  return lateWrites.keep({
    what: `the audit entry '${draft.action}' of ${draft.target} by ${draft.actor}`,
    write: () => {
      // The time of an entry is when it was written.
      const late = isLate ? { details: { ...draft.details, askedAt } } : {};
      isLate = true;
      return core.audit.record({ ...draft, ...late });
    },
  });
}

/** What was done and is not on disk yet, in one sentence; undefined when all of it is. */
export function firstUnkept(reasons: readonly (string | undefined)[]): string | undefined {
  return reasons.find((reason) => reason !== undefined);
}
