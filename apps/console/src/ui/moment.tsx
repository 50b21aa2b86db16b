import { useNow } from './now.js';
import { durationText, momentText } from './time-text.js';

/** A point in time as its distance from now; the pointer shows the date with its time zone. */
export function Moment({ at, isAhead = false }: { at: number; isAhead?: boolean }) {
  const now = useNow();
  // A forecast may lie beyond what a date can say.
  if (Number.isNaN(new Date(at).getTime())) return <span>far off</span>;
  const distance = durationText(Math.abs(now - at));
  return (
    <time dateTime={new Date(at).toISOString()} title={momentText(at)}>
      {distance === 'now' ? 'now' : isAhead || at > now ? `in ${distance}` : `${distance} ago`}
    </time>
  );
}
