/** A first-in first-out queue that never grows past its limit: the oldest gives way and is counted. */
export interface BoundedQueue<T> {
  readonly size: number;
  /** How many were dropped since creation. */
  readonly dropped: number;
  push(item: T): void;
  shift(): T | undefined;
}

/** A queue that was long gives its room back once it is empty. */
const LEAST_ROOM = 16;
const MUCH_ROOM = 1024;

/**
 * Takes room as it is used: a limit of 100 000 costs nothing as long as nothing waits.
 *
 * @param limit Most items held; at least 1.
 */
export function createBoundedQueue<T>(limit: number): BoundedQueue<T> {
  const most = Math.max(1, limit);
  let slots: (T | undefined)[] = new Array(Math.min(most, LEAST_ROOM));
  let head = 0;
  let size = 0;
  let dropped = 0;
  const shift = (): T | undefined => {
    if (size === 0) return undefined;
    const item = slots[head];
    slots[head] = undefined;
    head = (head + 1) % slots.length;
    size -= 1;
    if (size === 0 && slots.length >= MUCH_ROOM) {
      slots = new Array(Math.min(most, LEAST_ROOM));
      head = 0;
    }
    return item;
  };
  const grow = (): void => {
    const larger: (T | undefined)[] = new Array(Math.min(most, slots.length * 2));
    for (let index = 0; index < size; index += 1) larger[index] = slots[(head + index) % slots.length];
    slots = larger;
    head = 0;
  };
  return {
    get size() {
      return size;
    },
    get dropped() {
      return dropped;
    },
    push: (item) => {
      if (size === most) {
        shift();
        dropped += 1;
      } else if (size === slots.length) grow();
      slots[(head + size) % slots.length] = item;
      size += 1;
    },
    shift,
  };
}
