import type { LogEntry } from '@dreamnet/contracts';

/** Lines shown at most; older ones leave the page, not the log. */
export const MOST_LINES = 2000;
const FIRST_LINES = 500;

/** What is chosen on the page, as the address holds it. */
export interface LogChoice {
  readonly agents: readonly string[];
  readonly level: string;
  readonly text: string;
  readonly isFollowing: boolean;
}

/** Reads the choice from the address; without a word about it, new lines are followed. */
export function logChoiceOf(rest: readonly string[], query: Readonly<Record<string, string>>): LogChoice {
  const { level = '', text = '', follow = '' } = query;
  return { agents: rest, level, text, isFollowing: follow !== 'no' };
}

/** The daemon's address of what is chosen. */
export function logPathOf({ agents, level, text, isFollowing }: LogChoice): string {
  const query = new URLSearchParams({ lines: String(FIRST_LINES) });
  if (agents.length > 0) query.set('agents', agents.join(','));
  if (level !== '') query.set('level', level);
  if (text !== '') query.set('grep', text);
  if (isFollowing) query.set('follow', 'true');
  return `api/logs?${query}`;
}

/** A line with a number of its own, the same as long as it is shown. */
export interface NumberedEntry {
  readonly number: number;
  readonly entry: LogEntry;
}

/** The newest lines after these came; numbers go on. */
export function withNewLines(
  shown: readonly NumberedEntry[],
  entries: readonly LogEntry[],
): readonly NumberedEntry[] {
  let number = shown.at(-1)?.number ?? 0;
  const added = entries.slice(-MOST_LINES).map((entry) => {
    number += 1;
    return { number, entry };
  });
  return [...shown, ...added].slice(-MOST_LINES);
}
