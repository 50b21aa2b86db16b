/** What came of a trial by one way of a receiver, as the daemon answers it. */
export interface ReceiverTrial {
  notifier: string;
  ok: boolean;
  error?: string;
}

/** One line: which way, and that it arrived or why it did not. */
export function trialWords({ notifier, ok, error }: ReceiverTrial): string {
  return ok ? `${notifier}: told` : `${notifier}: ${error ?? 'not told'}`;
}
