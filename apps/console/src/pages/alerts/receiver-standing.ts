import type { NotifierView } from '@dreamnet/contracts';
import type { Tone } from '../../ui/tone.js';

/** How one way of telling stands, by what happened last. */
export function standingOf({ sent, failed, retried, lastError, lastErrorAt, lastSentAt }: NotifierView): {
  tone: Tone;
  word: string;
} {
  if (sent + failed + retried === 0) return { tone: 'quiet', word: 'not used yet' };
  const hasFailedSince = lastSentAt === undefined || (lastErrorAt ?? 0) > lastSentAt;
  return lastError !== undefined && hasFailedSince
    ? { tone: 'bad', word: 'failing' }
    : { tone: 'good', word: 'works' };
}
