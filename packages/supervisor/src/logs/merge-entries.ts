import type { LogEntry } from '@dreamnet/contracts';

interface Head {
  readonly entry: LogEntry;
  /** The latest time its stream has come to: a line that says an earlier one keeps its place. */
  readonly key: number;
  readonly rest: AsyncIterator<LogEntry>;
}

/** Several streams as one, in the order of time; each keeps its own order. Holds one entry of each. */
export async function* mergeEntries(
  streams: readonly AsyncIterable<LogEntry>[],
): AsyncGenerator<LogEntry, void, undefined> {
  const heads: Head[] = [];
  try {
    for (const stream of streams)
      await advance(heads, stream[Symbol.asyncIterator](), Number.NEGATIVE_INFINITY);
    while (heads.length > 0) {
      const head = heads.reduce((first, other) => (other.key < first.key ? other : first));
      heads.splice(heads.indexOf(head), 1);
      yield head.entry;
      await advance(heads, head.rest, head.key);
    }
  } finally {
    await Promise.all(heads.map(({ rest }) => rest.return?.()));
  }
}

/** What one query may hold of lines that it gives out later. */
const MOST_HELD_CHARACTERS = 16 * 1024 * 1024;

/** The last entries of a stream; fewer when they are so long that they would fill the memory. */
export async function lastEntries(stream: AsyncIterable<LogEntry>, count: number): Promise<LogEntry[]> {
  let kept: LogEntry[] = [];
  let first = 0;
  let characters = 0;
  for await (const entry of stream) {
    kept.push(entry);
    characters += entry.line.length;
    while (kept.length - first > count || (characters > MOST_HELD_CHARACTERS && kept.length - first > 1)) {
      characters -= kept[first]?.line.length ?? 0;
      first += 1;
    }
    if (first <= kept.length / 2) continue;
    kept = kept.slice(first);
    first = 0;
  }
  return kept.slice(first);
}

async function advance(heads: Head[], rest: AsyncIterator<LogEntry>, reached: number): Promise<void> {
  const { done, value } = await rest.next();
  if (!done) heads.push({ entry: value, key: Math.max(reached, value.at), rest });
}
