import type { DreamnetEvent, EventBus, EventHandler, Subscription } from '@dreamnet/contracts';
import { type BoundedQueue, createBoundedQueue, DreamnetError } from '@dreamnet/kit';
import { busSubject, compilePattern, type SubjectMatcher } from './subject.js';

export interface InProcessBusOptions {
  /** Told of what a handler threw; must not throw itself. Default: only counted. */
  onHandlerError?: (error: DreamnetError, event: DreamnetEvent) => void;
}

/** Queue of a subscriber who does not say how long: a few seconds of a busy fleet. */
const DEFAULT_QUEUE_LIMIT = 1000;

/** After this many events in a row a subscriber lets timers and sockets have their turn: some handlers take 0.5 ms each. */
const EVENTS_PER_TURN = 16;

/**
 * Delivers within this process. Each subscriber has its own bounded queue and gets its events one at a time and in
 * the order of publishing; one that is slow or throws delays nobody else. Nothing is kept: see `createEventBus`.
 */
export function createInProcessBus(options: InProcessBusOptions = {}): EventBus {
  const subscribers = new Set<Subscriber>();
  let isClosed = false;
  return {
    publish: (event) => {
      if (isClosed || subscribers.size === 0) return;
      const subject = busSubject(event);
      for (const subscriber of subscribers) if (subscriber.isFor(subject)) subscriber.push(event);
    },
    subscribe: (pattern, handler, { queueLimit = DEFAULT_QUEUE_LIMIT } = {}) => {
      const subscriber = new Subscriber(compilePattern(pattern), handler, {
        queue: createBoundedQueue<DreamnetEvent>(queueLimit),
        onError: options.onHandlerError,
      });
      if (!isClosed) subscribers.add(subscriber);
      return asSubscription(subscriber, () => subscribers.delete(subscriber));
    },
    close: async () => {
      isClosed = true;
      const leaving = [...subscribers];
      subscribers.clear();
      await Promise.all(leaving.map((subscriber) => subscriber.drained()));
    },
  };
}

interface SubscriberParts {
  queue: BoundedQueue<DreamnetEvent>;
  onError: InProcessBusOptions['onHandlerError'];
}

class Subscriber {
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    readonly isFor: SubjectMatcher,
    private readonly handler: EventHandler,
    private readonly parts: SubscriberParts,
  ) {}

  get dropped(): number {
    return this.parts.queue.dropped;
  }

  push(event: DreamnetEvent): void {
    this.parts.queue.push(event);
    // The handler never runs inside publish: a publisher must not wait for, or fail by, whoever listens.
    this.running ??= Promise.resolve().then(() => this.drain());
  }

  stop(): void {
    this.isStopped = true;
  }

  async drained(): Promise<void> {
    await this.running;
  }

  private async drain(): Promise<void> {
    let count = 0;
    for (let event = this.next(); event; event = this.next()) {
      try {
        await this.handler(event);
      } catch (thrown) {
        this.parts.onError?.(DreamnetError.from(thrown), event);
      }
      count += 1;
      if (count % EVENTS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.running = undefined;
  }

  private next(): DreamnetEvent | undefined {
    return this.isStopped ? undefined : this.parts.queue.shift();
  }
}

function asSubscription(subscriber: Subscriber, onStop: () => void): Subscription {
  return {
    get dropped() {
      return subscriber.dropped;
    },
    unsubscribe: () => {
      subscriber.stop();
      onStop();
    },
  };
}
