/** Things with a due time, the earliest first; equal times in the order they were pushed. */
export interface DueHeap<T> {
  readonly size: number;
  /** Due time of the earliest; Infinity when there is none. */
  readonly firstMs: number;
  /** The how manieth the earliest was when it was pushed, from 1; 0 when there is none. */
  readonly firstOrder: number;
  /** @returns The how manieth push this is, from 1. */
  push(dueMs: number, item: T): number;
  /** Takes the earliest out. */
  shift(): T | undefined;
  clear(): void;
}

/** Three arrays side by side: what waits costs its place in them and no object of its own. */
interface Heap<T> {
  readonly dues: number[];
  readonly orders: number[];
  readonly items: T[];
}

interface Place {
  dueMs: number;
  order: number;
}

/**
 * An empty binary heap: pushing and taking cost the logarithm of what waits. Nothing can be taken out of its middle;
 * who pushed something that has become pointless ignores it when it comes.
 */
export function createDueHeap<T>(): DueHeap<T> {
  const heap: Heap<T> = { dues: [], orders: [], items: [] };
  let pushed = 0;
  return {
    get size() {
      return heap.items.length;
    },
    get firstMs() {
      return heap.dues[0] ?? Number.POSITIVE_INFINITY;
    },
    get firstOrder() {
      return heap.orders[0] ?? 0;
    },
    push: (dueMs, item) => {
      pushed += 1;
      insert(heap, { dueMs, order: pushed, item });
      return pushed;
    },
    shift: () => (heap.items.length === 0 ? undefined : takeFirst(heap)),
    clear: () => {
      heap.dues.length = 0;
      heap.orders.length = 0;
      heap.items.length = 0;
    },
  };
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
