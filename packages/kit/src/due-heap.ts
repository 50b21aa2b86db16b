/** Things with a due time, the earliest first; equal times in the order they were pushed. */
export interface DueHeap<T> {
  readonly size: number;
  /** Due time of the earliest; Infinity when there is none. */
  readonly firstMs: number;
  push(dueMs: number, item: T): void;
  /** Takes the earliest out. */
  shift(): T | undefined;
  clear(): void;
}

interface Entry<T> {
  dueMs: number;
  order: number;
  item: T;
}

/**
 * An empty binary heap: pushing and taking cost the logarithm of what waits. Nothing can be taken out of its middle;
 * who pushed something that has become pointless ignores it when it comes.
 */
export function createDueHeap<T>(): DueHeap<T> {
  const heap: Entry<T>[] = [];
  let order = 0;
  return {
    get size() {
      return heap.length;
    },
    get firstMs() {
      return heap[0]?.dueMs ?? Number.POSITIVE_INFINITY;
    },
    push: (dueMs, item) => {
      order += 1;
      heap.push({ dueMs, order, item });
      rise(heap, heap.length - 1);
    },
    shift: () => {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first?.item;
      heap[0] = last;
      sink(heap);
      return first.item;
    },
    clear: () => {
      heap.length = 0;
    },
  };
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function rise<T>(heap: Entry<T>[], from: number): void {
  const entry = heap[from];
  let at = from;
  while (entry !== undefined && at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[at] = parent;
    heap[up] = entry;
    at = up;
  }
}

function sink<T>(heap: Entry<T>[]): void {
  const entry = heap[0];
  for (let at = 0; entry !== undefined; ) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) return;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (!isBefore(child, entry)) return;
    heap[at] = child;
    at = 2 * at + (isRight ? 2 : 1);
    heap[at] = entry;
  }
}
