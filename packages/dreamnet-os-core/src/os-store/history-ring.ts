import type { HealthHistoryEntry } from '@dreamnet/contracts';

/** The newest entries, oldest first. */
export interface HistoryRing {
  push(entry: HealthHistoryEntry): void;
  entries(): HealthHistoryEntry[];
  newest(): HealthHistoryEntry | undefined;
}

/** @param capacity Entries held; the oldest gives way. */
export function createHistoryRing(capacity: number): HistoryRing {
  const slots: HealthHistoryEntry[] = [];
  let next = 0;
  return {
    push: (entry) => {
      slots[next] = entry;
      next = (next + 1) % capacity;
    },
    entries: () =>
      slots.length < capacity ? slots.slice() : [...slots.slice(next), ...slots.slice(0, next)],
    newest: () => slots[(next - 1 + capacity) % capacity],
  };
}
