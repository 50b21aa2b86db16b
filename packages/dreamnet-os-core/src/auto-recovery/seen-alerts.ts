import type { Alert } from '@dreamnet/contracts';
import type { AlertBook } from '../boundary.js';

/** Alerts remembered; the book itself is asked for older ones. */
const REMEMBERED = 10_000;

/** The alerts as listeners last heard of them. */
export interface SeenAlerts {
  get(id: string): Alert | undefined;
}

/**
 * Remembers alerts by what the book tells of them. The book looks at every alert's times whenever it is asked;
 * an incident asks for its alerts at every step, and with a whole fleet failing that would be too often.
 */
export function createSeenAlerts(book: Pick<AlertBook, 'get' | 'onChange'>): SeenAlerts {
  const seen = new Map<string, Alert>();
  book.onChange((alert, change) => {
    seen.delete(alert.id);
    if (change !== 'closed') seen.set(alert.id, alert);
    const [oldest] = seen.keys();
    if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
  });
  return { get: (id) => seen.get(id) ?? book.get(id) };
}
