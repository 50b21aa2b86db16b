import type { Clock, DreamnetEvent, EventData, EventType, PublishEvent } from '@dreamnet/contracts';
import { createBoundedQueue, createId } from '@dreamnet/kit';

/** Events an iterator may lag behind before the oldest are dropped. */
const ITERATOR_LIMIT = 1000;

/** Takes every event as it is published; must return at once. */
export type EventListener = (event: DreamnetEvent) => void;

/** Makes events of what the rooms publish and hands them on. */
export interface EventHub {
  readonly publish: PublishEvent;
  /** @returns The unsubscribe. */
  subscribe(listener: EventListener): () => void;
  /** Events from now on; ends with `return()` or when the loop over it is left. */
  events(): AsyncIterableIterator<DreamnetEvent>;
  /** Listeners that threw since the hub was made. */
  readonly failedListeners: number;
}

/** @param source Who the events say they come from. */
export function createEventHub(clock: Clock, source: string): EventHub {
  const listeners = new Set<EventListener>();
  let failedListeners = 0;
  const publish = <T extends EventType>(type: T, subject: string, data: EventData[T], at?: number): void => {
    const event = {
      id: createId('event'),
      type,
      at: at ?? clock.now(),
      source,
      subject,
      data,
    } as DreamnetEvent;
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch {
        failedListeners += 1;
      }
    }
  };
  const subscribe = (listener: EventListener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    publish,
    subscribe,
    events: () => iterate(subscribe),
    get failedListeners() {
      return failedListeners;
    },
  };
}

function iterate(subscribe: EventHub['subscribe']): AsyncIterableIterator<DreamnetEvent> {
  const queue = createBoundedQueue<DreamnetEvent>(ITERATOR_LIMIT);
  const waiting: ((result: IteratorResult<DreamnetEvent>) => void)[] = [];
  let isOver = false;
  const unsubscribe = subscribe((event) => {
    const next = waiting.shift();
    if (next) next({ value: event, done: false });
    else queue.push(event);
  });
  const end = (): Promise<IteratorResult<DreamnetEvent>> => {
    isOver = true;
    unsubscribe();
    for (const next of waiting.splice(0)) next({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  return {
    next: () => {
      const value = queue.shift();
      if (value) return Promise.resolve({ value, done: false });
      if (isOver) return end();
      return new Promise((resolve) => waiting.push(resolve));
    },
    return: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
