/** What was done and is in memory alone, in one line; none when all of it is on disk. @param loss What the daemon's death before that means. */
export function notKeptLines(notKept: string | undefined, loss: string): string[] {
  if (notKept === undefined) return [];
  const why = notKept.replace(/\.$/, '');
  return [`  not written down yet (${why}): it will be as soon as the store takes it; ${loss}`];
}
