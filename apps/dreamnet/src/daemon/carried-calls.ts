import type { CarriedCalls, Clock, ProcessIdentity, TimerHandle } from '@dreamnet/contracts';
import { formatIdentity } from '@dreamnet/os-linker';

/** A call that waited for less says more about whoever called than about whoever was called. */
const LEAST_WAIT_MS = 1000;
/** One that nothing answers for this long is no slow answer any more, however long a stall may take. */
const LONG_WAIT_MS = 10_000;
/** So many in a row, and others are asked first. */
const DOUBTED_AFTER = 2;
/** Then it is tried again: whoever is asked after all others may never be asked. */
const DOUBTED_FOR_MS = 30_000;

/**
 * How a call came to its end. `overtaken`: another who was asked as well was faster; that is enough to ask others first. `over`: it says
 * nothing about who was called, because the caller left or it never arrived.
 */
export type CallEnd = 'answered' | 'unanswered' | 'overtaken' | 'over';

/** The calls the daemon carries, by the process that is to answer them. */
export interface CarriedCallsBook {
  /** @returns To be called with how it ended, once. */
  begin(provider: string, timeoutMs: number): (end: CallEnd) => void;
  /** Of the process that runs now; undefined when it was not called. */
  of(provider: string): CarriedCalls | undefined;
  /** Were its last calls given up unanswered, so that others are to be asked first? */
  isDoubted(provider: string): boolean;
  /** Called when `isDoubted` or `unanswered` of a provider may have changed; by one listener. */
  onChange(heard: (provider: string) => void): void;
  stop(): void;
}

export interface CarriedCallsOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'setTimeout' | 'clearTimeout'>;
  /** The process behind a name now: another one begins with a clean record. */
  readonly identityOf: (provider: string) => ProcessIdentity | null;
  /** How long its work may stand still, ms. */
  readonly stallAfterMs: (provider: string) => number;
}

interface Run {
  count: number;
  fromMs: number;
  toMs: number;
}

interface Record {
  readonly identity: string;
  readonly open: Set<{ startedMs: number; untilMs: number }>;
  answeredMs: number | undefined;
  /** Unanswered in a row, of those that waited for a second, and of those that waited for long. */
  short: Run | undefined;
  long: Run | undefined;
  timer: TimerHandle | undefined;
}

/** No calls yet. */
export function createCarriedCalls(options: CarriedCallsOptions): CarriedCallsBook {
  return new Book(options);
}

class Book implements CarriedCallsBook {
  readonly #records = new Map<string, Record>();
  readonly #options: CarriedCallsOptions;
  #heard: (provider: string) => void = () => undefined;

  constructor(options: CarriedCallsOptions) {
    this.#options = options;
  }

  begin(provider: string, timeoutMs: number): (end: CallEnd) => void {
    const record = this.#obtain(provider);
    const startedMs = this.#options.clock.monotonic();
    const call = { startedMs, untilMs: startedMs + timeoutMs };
    record.open.add(call);
    return (end) => {
      if (!record.open.delete(call) || this.#records.get(provider) !== record) return;
      if (end === 'answered') this.#answered(provider, record);
      if (end === 'unanswered' || end === 'overtaken') this.#unanswered(provider, record, { startedMs, end });
    };
  }

  of(provider: string): CarriedCalls | undefined {
    const record = this.#now(provider);
    if (!record) return undefined;
    const { open, answeredMs, long } = record;
    const nowMs = this.#options.clock.monotonic();
    return {
      open: [...open].map(({ startedMs, untilMs }) => ({
        ageMs: nowMs - startedMs,
        leftMs: untilMs - nowMs,
      })),
      ...(answeredMs !== undefined && { answeredAgoMs: nowMs - answeredMs }),
      ...(long && {
        unanswered: { count: long.count, forMs: long.toMs - long.fromMs, agoMs: nowMs - long.toMs },
      }),
    };
  }

  isDoubted(provider: string): boolean {
    const run = this.#now(provider)?.short;
    if (!run || run.count < DOUBTED_AFTER) return false;
    return this.#options.clock.monotonic() - run.toMs < DOUBTED_FOR_MS;
  }

  onChange(heard: (provider: string) => void): void {
    this.#heard = heard;
  }

  stop(): void {
    for (const record of this.#records.values()) this.#clear(record);
    this.#records.clear();
  }

  #answered(provider: string, record: Record): void {
    record.answeredMs = this.#options.clock.monotonic();
    if (!record.short) return;
    record.short = undefined;
    record.long = undefined;
    this.#clear(record);
    this.#heard(provider);
  }

  #unanswered(
    provider: string,
    record: Record,
    { startedMs, end }: { startedMs: number; end: CallEnd },
  ): void {
    const { clock, stallAfterMs } = this.#options;
    const nowMs = clock.monotonic();
    const waitedMs = nowMs - startedMs;
    if (waitedMs < LEAST_WAIT_MS) return;
    record.short = longer(record.short, startedMs, nowMs);
    if (end === 'unanswered' && waitedMs >= Math.min(LONG_WAIT_MS, stallAfterMs(provider)))
      record.long = longer(record.long, startedMs, nowMs);
    this.#clear(record);
    record.timer = clock.setTimeout(() => {
      record.timer = undefined;
      this.#heard(provider);
    }, DOUBTED_FOR_MS);
    this.#heard(provider);
  }

  #obtain(provider: string): Record {
    const known = this.#now(provider);
    if (known) return known;
    const empty = { answeredMs: undefined, short: undefined, long: undefined, timer: undefined };
    const record: Record = { identity: this.#identityOf(provider), open: new Set(), ...empty };
    this.#records.set(provider, record);
    return record;
  }

  /** What is known of the process that runs now; what was known of another one is forgotten. */
  #now(provider: string): Record | undefined {
    const record = this.#records.get(provider);
    if (!record || record.identity === this.#identityOf(provider)) return record;
    this.#clear(record);
    this.#records.delete(provider);
    return undefined;
  }

  #identityOf(provider: string): string {
    const identity = this.#options.identityOf(provider);
    return identity ? formatIdentity(identity) : '';
  }

  #clear(record: Record): void {
    if (record.timer !== undefined) this.#options.clock.clearTimeout(record.timer);
    record.timer = undefined;
  }
}

function longer(run: Run | undefined, fromMs: number, toMs: number): Run {
  return { count: (run?.count ?? 0) + 1, fromMs: Math.min(run?.fromMs ?? fromMs, fromMs), toMs };
}
