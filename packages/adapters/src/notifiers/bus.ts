import type { Notifier, PublishEvent } from '@dreamnet/contracts';

export interface BusNotifierOptions {
  /** Unique within its receiver, such as `bus[0]`. */
  name: string;
  publish: PublishEvent;
  /** Subject of the event; default the receiver's name. */
  subject?: string;
  /** Default true. */
  sendsResolved?: boolean;
}

/** A notifier that puts each notification on the event bus as `notification.published`, for programs that subscribe. Never fails. */
export function createBusNotifier({
  name,
  publish,
  subject,
  sendsResolved = true,
}: BusNotifierOptions): Notifier {
  return {
    name,
    sendsResolved,
    notify: async (notification) => {
      publish('notification.published', subject ?? notification.receiver, { notification });
    },
  };
}
