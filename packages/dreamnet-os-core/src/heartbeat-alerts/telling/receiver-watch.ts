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
  book: Pick<AlertBook, 'raise' | 'clear'>;
  figures: () => Pick<DeliveryFigures, 'notifications'>;
}

/** Raises an alert when a receiver cannot be told, and ends it when it can again. */
export interface ReceiverWatch {
  /** A try failed. */
  failed(receiver: string, error: string): void;
  stop(): void;
}

/** One failed try is no news: the next one most often succeeds. */
const FOR_MS = 5_000;
const LOOK_MS = 1_000;

/** A watch over receivers that are all well so far. */
export function createReceiverWatch({ clock, book, figures }: ReceiverWatchOptions): ReceiverWatch {
  /** Failing receiver → messages it had taken when it began to fail. */
  const failing = new Map<string, number>();
  let timer: TimerHandle | undefined;
  const look = (): void => {
    timer = undefined;
    const counts = sentByReceiver(figures());
    for (const [receiver, before] of failing)
      if ((counts.get(receiver) ?? 0) > before) {
        failing.delete(receiver);
        book.clear(fingerprintOf(receiver));
      }
    arm();
  };
  const arm = (): void => {
    if (failing.size > 0) timer ??= clock.setTimeout(look, LOOK_MS);
  };
  return {
    failed: (receiver, error) => {
      if (!failing.has(receiver)) failing.set(receiver, sentByReceiver(figures()).get(receiver) ?? 0);
      book.raise({
        fingerprint: fingerprintOf(receiver),
        type: 'error',
        severity: 'warning',
        subsystem: SELF,
        message: `the receiver '${receiver}' cannot be told: ${error}`,
        labels: { rule: FAILING_RECEIVER, [RECEIVER_LABEL]: receiver },
        evidence: { receiver, error },
        forMs: FOR_MS,
      });
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

function sentByReceiver({ notifications }: Pick<DeliveryFigures, 'notifications'>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [channel, { sent }] of Object.entries(notifications)) {
    const receiver = channel.slice(0, channel.lastIndexOf('/'));
    counts.set(receiver, (counts.get(receiver) ?? 0) + sent);
  }
  return counts;
}
