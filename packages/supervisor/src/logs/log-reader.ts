import { watch } from 'node:fs';
import { basename } from 'node:path';
import type { Clock, LogEntry } from '@dreamnet/contracts';
import type { HidesOutput } from '../supervisor-options.js';
import { EntrySource, type StartPlace } from './entry-source.js';
import { LOG_STREAMS, type LogBook } from './log-book.js';
import { createLineTest, type LogQuery, wantsAll } from './log-query.js';
import { lastEntries, mergeEntries } from './merge-entries.js';
import { placeOfLastLines, placeOfTime } from './start-place.js';
import type { StreamLog } from './stream-log.js';
import type { TimeMark } from './time-marks.js';

/** Lines given out when neither a number nor a time is asked for. */
export const DEFAULT_LINES = 100;

/** A round of following takes this many pieces of each log, so that no writer keeps the others waiting. */
const PIECES_A_ROUND = 32;

export interface LogReaderOptions {
  readonly book: LogBook;
  readonly redact: (text: string) => string;
  readonly hides: HidesOutput;
  readonly clock: Clock;
}

interface OpenSource {
  readonly source: EntrySource;
  /** How far its log had come when it was opened. */
  readonly end: number;
}

/** The lines that are there, of all processes in the order of time; one in writing included. */
export async function* readLogs(
  options: LogReaderOptions,
  query: LogQuery,
): AsyncGenerator<LogEntry, void, undefined> {
  yield* written(await openSources(options, query), query, { withRest: true });
}

/** The lines that are there, then those that come; ends with the signal, without an error. */
export async function* followLogs(
  options: LogReaderOptions,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogEntry, void, undefined> {
  options.book.makeFolder();
  const changes = watchFolder(options.book.logDir, signal);
  try {
    const sources = await openSources(options, query);
    yield* written(sources, query, { withRest: false });
    const isWanted = createLineTest(query);
    // What was written while the first lines were read counts as a change of every log.
    let due: readonly OpenSource[] = sources;
    while (!signal.aborted) {
      const { entries, unfinished } = await newEntries(due);
      for (const entry of entries) {
        if (signal.aborted) return;
        if (isWanted(entry)) yield entry;
      }
      const names = unfinished.length > 0 ? changes.now() : await changes.next();
      due = sources.filter((open) => unfinished.includes(open) || names.has(basename(open.source.log.path)));
    }
  } finally {
    changes.close();
  }
}

async function openSources(
  { book, redact, hides, clock }: LogReaderOptions,
  query: LogQuery,
): Promise<OpenSource[]> {
  const { ids, streams = LOG_STREAMS } = query;
  // The ends before anything is waited for, so that whatever is written after the caller asked is new.
  const all = ids.flatMap((agent) =>
    streams.map((stream) => {
      const log = book.of(agent, stream);
      return { agent, stream, log, end: log.end };
    }),
  );
  const open: OpenSource[] = [];
  for (const { agent, stream, log, end } of all) {
    const marks = await log.marks();
    let place = { start: await startOf(log, { end, marks, query }), end };
    // Of a flood everything up to there may have been cut away meanwhile: then what has come instead is read.
    if (place.start.place > end)
      place = { start: await startOf(log, { end: log.end, marks, query }), end: log.end };
    const source = new EntrySource({ agent, stream, log, redact, hides, clock }, place.start, marks);
    open.push({ source, end: place.end });
  }
  return open;
}

interface WantedPart {
  readonly end: number;
  readonly marks: readonly TimeMark[];
  readonly query: LogQuery;
}

/** Where reading begins, so that nothing wanted is missed and not much else is read. */
function startOf(log: StreamLog, { end, marks, query }: WantedPart): Promise<StartPlace> {
  const { sinceMs, lines = DEFAULT_LINES } = query;
  if (wantsAll(query)) return placeOfLastLines(log, end, lines);
  return sinceMs === undefined ? log.start() : placeOfTime(log, marks, sinceMs);
}

async function* written(
  sources: readonly OpenSource[],
  query: LogQuery,
  { withRest }: { withRest: boolean },
): AsyncGenerator<LogEntry, void, undefined> {
  const isWanted = createLineTest(query);
  const merged = mergeEntries(sources.map((open) => wantedOf(open, isWanted, withRest)));
  const { lines = query.sinceMs === undefined ? DEFAULT_LINES : undefined } = query;
  if (lines === undefined) yield* merged;
  else yield* await lastEntries(merged, lines);
}

async function* wantedOf(
  { source, end }: OpenSource,
  isWanted: (entry: LogEntry) => boolean,
  withRest: boolean,
): AsyncGenerator<LogEntry, void, undefined> {
  for await (const entry of source.upTo(end)) if (isWanted(entry)) yield entry;
  const rest = withRest ? source.rest() : undefined;
  if (rest && isWanted(rest)) yield rest;
}

/** What has come in these logs, in the order of time, and which of them have more. */
async function newEntries(
  due: readonly OpenSource[],
): Promise<{ entries: LogEntry[]; unfinished: readonly OpenSource[] }> {
  const entries: LogEntry[] = [];
  const unfinished: OpenSource[] = [];
  for (const open of due) {
    let count = 0;
    for (; count < PIECES_A_ROUND; count += 1) {
      const piece = await open.source.next();
      if (!piece) break;
      for (const entry of piece) entries.push(entry);
    }
    if (count === PIECES_A_ROUND) unfinished.push(open);
  }
  return { entries: entries.sort((one, other) => one.at - other.at), unfinished };
}

/** Names of the files that change, as one promise at a time; a change between two calls is not lost. */
function watchFolder(folder: string, signal: AbortSignal) {
  let names = new Set<string>();
  let wake: (() => void) | undefined;
  const take = () => {
    const taken = names;
    names = new Set();
    return taken;
  };
  const watcher = watch(folder, (_, name) => {
    // Every reader of a log wakes us, too: only what is written matters.
    if (name === null || !name.endsWith('.log')) return;
    names.add(name);
    wake?.();
  });
  const end = () => wake?.();
  signal.addEventListener('abort', end, { once: true });
  return {
    now: take,
    next: async () => {
      if (names.size === 0 && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return take();
    },
    close: () => {
      watcher.close();
      signal.removeEventListener('abort', end);
    },
  };
}
