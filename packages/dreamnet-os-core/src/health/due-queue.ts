import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Things to do later, all on one timer: the memory of a waiting thing is its place in three arrays. */
export interface DueQueue<T> {
  /** @param dueMs Monotonic ms; in the past means at the next turn of the timer. */
  push(dueMs: number, item: T): void;
  readonly size: number;
  clear(): void;
}

/** A binary heap by due time, and by order of pushing where that is the same. */
interface Heap<T> {
  readonly dues: number[];
  readonly orders: number[];
  readonly items: T[];
}

/**
 * A heap of due times behind one timer of the clock. Nothing is ever taken out early: who pushed an item that has
 * become pointless ignores it when it comes.
 *
 * @param onDue Called in order of due time; `lateMs` tells how far behind this process itself was.
 */
export function createDueQueue<T>(
  clock: Clock,
  onDue: (item: T, due: { dueMs: number; lateMs: number }) => void,
): DueQueue<T> {
  const heap: Heap<T> = { dues: [], orders: [], items: [] };
  let order = 0;
  let timer: TimerHandle | undefined;
  let armedMs = Number.POSITIVE_INFINITY;

  const arm = (): void => {
    const firstMs = heap.dues[0];
    if (firstMs === undefined || firstMs >= armedMs) return;
    if (timer !== undefined) clock.clearTimeout(timer);
    armedMs = firstMs;
    timer = clock.setTimeout(fire, Math.max(0, firstMs - clock.monotonic()));
  };
  const fire = (): void => {
    timer = undefined;
    armedMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.monotonic();
    // Only what was pushed before this turn: an item that pushes itself as due at once must not starve the rest.
    const before = order;
    for (let dueMs = heap.dues[0]; dueMs !== undefined && dueMs <= nowMs; dueMs = heap.dues[0]) {
      if ((heap.orders[0] ?? 0) > before) break;
      onDue(takeFirst(heap), { dueMs, lateMs: nowMs - dueMs });
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
      return heap.items.length;
    },
    clear: () => {
      heap.dues.length = 0;
      heap.orders.length = 0;
      heap.items.length = 0;
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
      armedMs = Number.POSITIVE_INFINITY;
    },
  };
}

interface Place {
  dueMs: number;
  order: number;
}

function isBefore({ dues, orders }: Heap<unknown>, at: number, { dueMs, order }: Place): boolean {
  const otherMs = dues[at] ?? Number.POSITIVE_INFINITY;
  return otherMs < dueMs || (otherMs === dueMs && (orders[at] ?? 0) < order);
}

function move<T>({ dues, orders, items }: Heap<T>, from: number, to: number): void {
  dues[to] = dues[from] as number;
  orders[to] = orders[from] as number;
  items[to] = items[from] as T;
}

function put<T>({ dues, orders, items }: Heap<T>, at: number, entry: Place & { item: T }): void {
  dues[at] = entry.dueMs;
  orders[at] = entry.order;
  items[at] = entry.item;
}

function insert<T>(heap: Heap<T>, entry: Place & { item: T }): void {
  let at = heap.items.length;
  while (at > 0) {
    const up = (at - 1) >> 1;
    if (isBefore(heap, up, entry)) break;
    move(heap, up, at);
    at = up;
  }
  put(heap, at, entry);
}

function takeFirst<T>(heap: Heap<T>): T {
  const { dues, orders, items } = heap;
  const first = items[0] as T;
  const last = { dueMs: dues.pop() as number, order: orders.pop() as number, item: items.pop() as T };
  if (items.length === 0) return first;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    if (left >= items.length) break;
    const right = left + 1;
    const isRight =
      right < items.length &&
      !isBefore(heap, left, { dueMs: dues[right] as number, order: orders[right] as number });
    const down = isRight ? right : left;
    if (!isBefore(heap, down, last)) break;
    move(heap, down, at);
    at = down;
  }
  put(heap, at, last);
  return first;
}
