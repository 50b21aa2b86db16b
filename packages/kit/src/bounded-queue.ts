/** A first-in first-out queue that never grows past its limit: the oldest gives way and is counted. */
export interface BoundedQueue<T> {
  readonly size: number;
  /** How many were dropped since creation. */
  readonly dropped: number;
  push(item: T): void;
  shift(): T | undefined;
}

/**
 * @param limit Most items held; at least 1.
 */
export function createBoundedQueue<T>(limit: number): BoundedQueue<T> {
  const slots: (T | undefined)[] = new Array(Math.max(1, limit));
  let head = 0;
  let size = 0;
  let dropped = 0;
  const shift = (): T | undefined => {
    if (size === 0) return undefined;
    const item = slots[head];
    slots[head] = undefined;
    head = (head + 1) % slots.length;
    size -= 1;
    return item;
  };
  return {
    get size() {
      return size;
    },
    get dropped() {
      return dropped;
    },
    push: (item) => {
      if (size === slots.length) {
        shift();
        dropped += 1;
      }
      slots[(head + size) % slots.length] = item;
      size += 1;
    },
    shift,
  };
}
