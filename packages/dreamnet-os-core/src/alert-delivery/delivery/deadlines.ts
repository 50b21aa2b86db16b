import { setMaxListeners } from 'node:events';
import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Something that must be over by a time. */
export interface Limited {
  /** Told once, if it is not over by then. */
  onExpired: () => void;
  /** Its place in a list of its second; -1 when it is in none. Kept by the deadlines. */
  slot: number;
}

/** Deadlines of many things on few timers and signals: those of one second share theirs. */
export interface Deadlines<T extends Limited> {
  /** @param atMs Monotonic ms; rounded up to the second. @returns The signal that aborts then. */
  begin(thing: T, atMs: number): AbortSignal;
  end(thing: T, atMs: number): void;
  /** All of them, now. */
  expireAll(): void;
}

interface Bucket<T> {
  abort: AbortController;
  timer: TimerHandle;
  /** A list and not a set: those grow anew again and again when thousands come and go. */
  things: T[];
}

const BUCKET_MS = 1000;

export function createDeadlines<T extends Limited>(clock: Clock): Deadlines<T> {
  const buckets = new Map<number, Bucket<T>>();
  const expire = (second: number): void => {
    const bucket = buckets.get(second);
    if (!bucket) return;
    buckets.delete(second);
    clock.clearTimeout(bucket.timer);
    bucket.abort.abort();
    for (const thing of [...bucket.things]) thing.onExpired();
  };
  const open = (second: number): Bucket<T> => {
    const timer = clock.setTimeout(() => expire(second), second * BUCKET_MS - clock.monotonic());
    const bucket: Bucket<T> = { abort: new AbortController(), timer, things: [] };
    // Many deliveries listen to one signal: that is no leak to warn of.
    setMaxListeners(0, bucket.abort.signal);
    buckets.set(second, bucket);
    return bucket;
  };
  return {
    begin: (thing, atMs) => {
      const second = Math.ceil(atMs / BUCKET_MS);
      const bucket = buckets.get(second) ?? open(second);
      thing.slot = bucket.things.push(thing) - 1;
      return bucket.abort.signal;
    },
    end: (thing, atMs) => {
      const second = Math.ceil(atMs / BUCKET_MS);
      const bucket = buckets.get(second);
      if (!bucket || !takeOut(bucket.things, thing) || bucket.things.length > 0) return;
      buckets.delete(second);
      clock.clearTimeout(bucket.timer);
    },
    expireAll: () => {
      for (const second of [...buckets.keys()]) expire(second);
    },
  };
}

/** The last one takes its place. */
function takeOut<T extends Limited>(things: T[], thing: T): boolean {
  const { slot } = thing;
  if (slot < 0 || things[slot] !== thing) return false;
  const last = things.pop();
  if (last !== undefined && last !== thing) {
    things[slot] = last;
    last.slot = slot;
  }
  thing.slot = -1;
  return true;
}
