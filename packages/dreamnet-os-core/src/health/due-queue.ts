import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Things to do later, all on one timer: the memory of a waiting thing is one heap entry. */
export interface DueQueue<T> {
  /** @param dueMs Monotonic ms; in the past means at the next turn of the timer. */
  push(dueMs: number, item: T): void;
  readonly size: number;
  clear(): void;
}

interface Entry<T> {
  dueMs: number;
  order: number;
  item: T;
}

/**
 * A heap of due times behind one timer of the clock. Nothing is ever taken out early: who pushed an item that has
 * become pointless ignores it when it comes.
 *
 * @param onDue Called in order of due time; `lateMs` tells how far behind this process itself was.
 */
export function createDueQueue<T>(clock: Clock, onDue: (item: T, lateMs: number) => void): DueQueue<T> {
  const heap: Entry<T>[] = [];
  let order = 0;
  let timer: TimerHandle | undefined;
  let armedMs = Number.POSITIVE_INFINITY;

  const arm = (): void => {
    const first = heap[0];
    if (first === undefined || first.dueMs >= armedMs) return;
    if (timer !== undefined) clock.clearTimeout(timer);
    armedMs = first.dueMs;
    timer = clock.setTimeout(fire, Math.max(0, first.dueMs - clock.monotonic()));
  };
  const fire = (): void => {
    timer = undefined;
    armedMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.monotonic();
    // Only what was pushed before this turn: an item that pushes itself as due at once must not starve the rest.
    const before = order;
    for (let first = heap[0]; first !== undefined && first.dueMs <= nowMs; first = heap[0]) {
      if (first.order > before) break;
      takeFirst(heap);
      onDue(first.item, nowMs - first.dueMs);
    }
    arm();
  };
  return {
    push: (dueMs, item) => {
      order += 1;
      insert(heap, { dueMs, order, item });
      arm();
    },
    get size() {
      return heap.length;
    },
    clear: () => {
      heap.length = 0;
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
      armedMs = Number.POSITIVE_INFINITY;
    },
  };
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function insert<T>(heap: Entry<T>[], entry: Entry<T>): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = entry;
}

function takeFirst<T>(heap: Entry<T>[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let down = 2 * at + 1;
    const left = heap[down];
    if (left === undefined) break;
    const right = heap[down + 1];
    let child = left;
    if (right !== undefined && isBefore(right, left)) {
      child = right;
      down += 1;
    }
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = down;
  }
  heap[at] = last;
}
