import type { Clock, LegacyNotification, LegacyNotifier, PublishEvent } from '@dreamnet/contracts';
import { backoffDelay, createBoundedQueue, DreamnetError, sleep } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';

/** How deliveries are tried again. */
export interface DeliveryOptions {
  clock: Clock;
  publish: PublishEvent;
  /** Notifications waiting for one receiver; beyond it the oldest is given up. Default 100. */
  queueLimit?: number;
  /** Tries of one notification. Default 8: with the default delays about two minutes. */
  attempts?: number;
  /** Delay before the second try, doubled each time. Default 1000 ms, at most 60000. */
  backoff?: { initialMs: number; maxMs: number };
  /** 0..1; tests give their own. */
  random?: () => number;
}

/** One receiver's notifications, delivered one after another in the background. */
export interface DeliveryQueue {
  push(notification: LegacyNotification): void;
  /** Resolves when nothing waits or is under way. */
  settled(): Promise<void>;
  /** Gives up what is under way and what waits, and says so. */
  abort(): void;
}

const DEFAULTS = { queueLimit: 100, attempts: 8, backoff: { initialMs: 1000, maxMs: 60_000 } };

/**
 * A receiver of its own pace: a slow one delays no other, and nobody waits for it. Every try that failed becomes
 * `notification.failed`; attempt 0 means that it was given up without a try.
 */
export function createDeliveryQueue(notifier: LegacyNotifier, given: DeliveryOptions): DeliveryQueue {
  const options = { ...DEFAULTS, random: Math.random, ...given };
  const queue = createBoundedQueue<LegacyNotification>(options.queueLimit);
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const tell = (notification: LegacyNotification, attempt: number, error: DreamnetError) => {
    for (const { id } of notification.alerts)
      options.publish('notification.failed', notifier.name, {
        receiver: notifier.name,
        alertId: id,
        attempt,
        error: `${error.code}: ${error.message}`,
      });
  };
  const run = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (stopping.signal.aborted) tell(next, 0, stopped(notifier));
      else await deliver({ notifier, notification: next, options, signal: stopping.signal, tell });
    }
    running = undefined;
  };
  return {
    push: (notification) => {
      if (queue.size >= options.queueLimit) {
        const oldest = queue.shift();
        if (oldest) tell(oldest, 0, overflow(notifier, options.queueLimit));
      }
      queue.push(notification);
      running ??= run();
    },
    settled: async () => {
      while (running) await running;
    },
    abort: () => stopping.abort(),
  };
}

interface Delivery {
  notifier: LegacyNotifier;
  notification: LegacyNotification;
  options: DeliveryOptions & typeof DEFAULTS & { random: () => number };
  signal: AbortSignal;
  tell: (notification: LegacyNotification, attempt: number, error: DreamnetError) => void;
}

/** Tries until it is taken, refused for good, out of attempts or stopped. Never throws. */
async function deliver({ notifier, notification, options, signal, tell }: Delivery): Promise<void> {
  for (let attempt = 1; attempt <= options.attempts; attempt += 1) {
    try {
      await notifier.notify(notification, signal);
      return;
    } catch (thrown) {
      const error = signal.aborted ? stopped(notifier, thrown) : DreamnetError.from(thrown);
      tell(notification, attempt, error);
      if (signal.aborted || !error.retryable) return;
      if (attempt < options.attempts)
        await sleep(options.clock, delayBefore(attempt, error, options), signal);
      if (signal.aborted) {
        tell(notification, attempt, stopped(notifier));
        return;
      }
    }
  }
}

/** The receiver's own wish counts when it is longer than our delay. */
function delayBefore(attempt: number, error: DreamnetError, options: Delivery['options']): number {
  const { retryAfterMs } = error.details;
  const ownMs = backoffDelay(attempt, { ...options.backoff, random: options.random });
  return typeof retryAfterMs === 'number' ? Math.max(ownMs, retryAfterMs) : ownMs;
}

function stopped(notifier: LegacyNotifier, cause?: unknown): DreamnetError {
  return adaptersError('DN_NOTIFY_STOPPED', { receiver: notifier.name }, cause);
}

function overflow(notifier: LegacyNotifier, limit: number): DreamnetError {
  return adaptersError('DN_NOTIFY_OVERFLOW', { receiver: notifier.name, limit });
}
