import { useSyncExternalStore } from 'react';

/** One tick a second for the whole page, and none while nobody looks at an age. */
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const tell of listeners) tell();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time in epoch ms, a new one every second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
