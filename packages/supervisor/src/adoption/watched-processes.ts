import type { Clock, ProcessIdentity, TimerHandle } from '@dreamnet/contracts';
import { isAlive } from '../linux/process-identity.js';
import { readProcess } from '../linux/process-table.js';
import { type RunEnd, UNKNOWN_END } from '../run.js';
import type { ExitBook } from './exit-book.js';

/** How often /proc is looked at where nothing can tell of an exit. */
export const LOOK_EVERY_MS = 250;

/** An end is told when the process becomes a zombie; whoever waits for it writes the end down before it is gone. */
const BOOK_LOOK_MS = 1;
/** A witness that does not write within this time is stopped or stuck. */
const BOOK_DEADLINE_MS = 100;

/** `isHeld`: the process is not reaped yet, so that its number and its group are nobody else's in this turn. */
export type OnEnd = (end: RunEnd, isHeld: boolean) => void;

interface Watched {
  readonly identity: ProcessIdentity;
  readonly onEnd: OnEnd;
}

export interface WatchedProcessesOptions {
  readonly clock: Clock;
  readonly book: ExitBook;
}

/** Whose end is waited for. Each is told once, whoever notices it first. */
export class WatchedProcesses {
  readonly #clock: Clock;
  readonly #book: ExitBook;
  readonly #watched = new Map<number, Watched>();
  /** Those that only a look at /proc tells of. */
  readonly #unseen = new Set<number>();
  #timer: TimerHandle | undefined;
  #isClosed = false;

  constructor({ clock, book }: WatchedProcessesOptions) {
    this.#clock = clock;
    this.#book = book;
  }

  get identities(): readonly ProcessIdentity[] {
    return [...this.#watched.values()].map(({ identity }) => identity);
  }

  add(identity: ProcessIdentity, onEnd: OnEnd): void {
    this.#watched.set(identity.pid, { identity, onEnd });
  }

  /** @returns false when another process has its number by now. */
  remove(identity: ProcessIdentity): boolean {
    if (this.#watched.get(identity.pid)?.identity !== identity) return false;
    this.#unseen.delete(identity.pid);
    return this.#watched.delete(identity.pid);
  }

  /** Its parent saw it end, and has not reaped it. */
  ended(pid: number, startTicks: number, end: RunEnd): void {
    const watched = this.#watched.get(pid);
    if (watched?.identity.startTicks !== startTicks) return;
    this.remove(watched.identity);
    watched.onEnd(end, true);
  }

  /** It is a zombie or gone; how it ended is in the book, or will be in a moment, or never. */
  gone(pid: number): void {
    const watched = this.#watched.get(pid);
    if (!watched) return;
    this.remove(watched.identity);
    this.#tellGone(watched, this.#clock.monotonic() + BOOK_DEADLINE_MS);
  }

  /** Nobody tells of these any more: /proc is looked at. @param pids Default: all. */
  lookAfter(pids: Iterable<number> = this.#watched.keys()): void {
    for (const pid of pids) this.#unseen.add(pid);
    this.#look();
  }

  /** One look at all of them, now: whoever told of ends has just died, and the next one takes a moment to begin. */
  lookOnce(): void {
    for (const identity of this.identities) if (!isAlive(identity, identity.bootId)) this.gone(identity.pid);
  }

  /** Somebody tells of all of them again. */
  areSeen(): void {
    this.#unseen.clear();
  }

  close(): void {
    this.#isClosed = true;
    this.#watched.clear();
    if (this.#timer) this.#clock.clearTimeout(this.#timer);
  }

  #tellGone({ identity, onEnd }: Watched, untilMs: number): void {
    if (this.#isClosed) return;
    // Asked before the book is read: when it was gone then, the book held all that it ever will.
    const isThere = readProcess(identity.pid)?.startTicks === identity.startTicks;
    const end = this.#book.find(identity);
    if (end || !isThere || !this.#book.isKept || this.#clock.monotonic() >= untilMs)
      onEnd(end ?? UNKNOWN_END, false);
    else this.#clock.setTimeout(() => this.#tellGone({ identity, onEnd }, untilMs), BOOK_LOOK_MS);
  }

  #look(): void {
    if (this.#timer) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const pid of [...this.#unseen]) {
      const identity = this.#watched.get(pid)?.identity;
      if (!identity) this.#unseen.delete(pid);
      else if (!isAlive(identity, identity.bootId)) this.gone(pid);
    }
    if (this.#unseen.size > 0 && !this.#isClosed)
      this.#timer = this.#clock.setTimeout(() => this.#look(), LOOK_EVERY_MS);
  }
}
