import type { Clock, TimerHandle } from '@dreamnet/contracts';
import type { DeliveryFigures } from '../../alert-delivery/alert-delivery-boundary.js';
import type { AlertBook } from '../../boundary.js';

/** The rule, and so the name, of the alert that a receiver fails. */
export const FAILING_RECEIVER = 'receiver_failing';
/** The label that says which. */
export const RECEIVER_LABEL = 'receiver';
/** What alerts about the program itself are about. */
export const SELF = 'dreamnet';

export interface ReceiverWatchOptions {
  clock: Clock;
  book: Pick<AlertBook, 'raise' | 'clear' | 'open'>;
  /** Of the notifiers that are configured, and of no others. */
  figures: () => Pick<DeliveryFigures, 'notifications'>;
}

/** Raises an alert when a receiver cannot be told, and ends it when it can again. */
export interface ReceiverWatch {
  /** A try failed; `channel` is `receiver/notifier`. */
  failed(channel: string, failure: { receiver: string; error: string }): void;
  /** Alerts of a run before go on until their notifier is heard of. */
  start(): void;
  stop(): void;
}

interface Failing {
  receiver: string;
  /** Messages it had taken when it began to fail. */
  sentBefore: number;
}

/** One failed try is no news: the next one most often succeeds. */
const FOR_MS = 5_000;
const LOOK_MS = 1_000;

/** A watch over receivers that are all well so far. */
export function createReceiverWatch({ clock, book, figures }: ReceiverWatchOptions): ReceiverWatch {
  /** By `receiver/notifier`: that another notifier of the receiver can be told says nothing of this one. */
  const failing = new Map<string, Failing>();
  let timer: TimerHandle | undefined;
  const look = (): void => {
    timer = undefined;
    const { notifications } = figures();
    const over = [...failing].filter(([channel, { sentBefore }]) => {
      const now = notifications[channel];
      return now === undefined || now.sent > sentBefore;
    });
    for (const [channel] of over) failing.delete(channel);
    const left = new Set([...failing.values()].map(({ receiver }) => receiver));
    for (const [, { receiver }] of over) if (!left.has(receiver)) book.clear(fingerprintOf(receiver));
    arm();
  };
  const arm = (): void => {
    if (failing.size > 0) timer ??= clock.setTimeout(look, LOOK_MS);
  };
  return {
    failed: (channel, { receiver, error }) => {
      const sentBefore = figures().notifications[channel]?.sent ?? 0;
      if (!failing.has(channel)) failing.set(channel, { receiver, sentBefore });
      book.raise({
        fingerprint: fingerprintOf(receiver),
        type: 'error',
        severity: 'warning',
        subsystem: SELF,
        about: 'program',
        message: `the receiver '${receiver}' cannot be told: ${error}`,
        labels: { rule: FAILING_RECEIVER, [RECEIVER_LABEL]: receiver },
        evidence: { receiver, channel, error },
        forMs: FOR_MS,
      });
      arm();
    },
    start: () => {
      for (const { fingerprint, evidence } of book.open()) {
        const { receiver, channel } = evidence;
        if (typeof receiver !== 'string' || fingerprint !== fingerprintOf(receiver)) continue;
        failing.set(typeof channel === 'string' ? channel : receiver, { receiver, sentBefore: 0 });
      }
      arm();
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}

function fingerprintOf(receiver: string): string {
  return `receiver/${receiver}`;
}
