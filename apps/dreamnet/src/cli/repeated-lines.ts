import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** One line of a log. */
export interface LogLine {
  /** Lines of one cause are told together. */
  cause: string;
  text: string;
}

/** Keeps one trouble that goes on from filling the log it is told in. */
export interface RepeatedLines {
  /** Written at once when its cause was not told lately; else counted, and the last one is written later. */
  say(line: LogLine): void;
  stop(): void;
}

const EVERY_MS = 10_000;
/** Beyond so many causes at a time, further ones are told as they come. */
const MOST_CAUSES = 100;

interface Told {
  timer: TimerHandle;
  /** Since the last line that was written. */
  count: number;
  lastText: string;
}

/**
 * Writes at most one line of a cause in 10 s; what was held back is told by its last line, with the number of them.
 *
 * @param write Called with a whole line, without its end.
 */
export function createRepeatedLines(clock: Clock, write: (text: string) => void): RepeatedLines {
  const told = new Map<string, Told>();
  const look = (cause: string): void => {
    const found = told.get(cause);
    told.delete(cause);
    if (found === undefined || found.count === 0) return;
    write(found.count === 1 ? found.lastText : `${found.lastText} (${found.count} times in 10 s)`);
    watch(cause);
  };
  const watch = (cause: string): void => {
    const timer = clock.setTimeout(() => look(cause), EVERY_MS);
    told.set(cause, { timer, count: 0, lastText: '' });
  };
  return {
    say: ({ cause, text }) => {
      const found = told.get(cause);
      if (found !== undefined) {
        found.count += 1;
        found.lastText = text;
        return;
      }
      write(text);
      if (told.size < MOST_CAUSES) watch(cause);
    },
    stop: () => {
      for (const { timer } of told.values()) clock.clearTimeout(timer);
      told.clear();
    },
  };
}
