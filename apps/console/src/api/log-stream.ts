import type { LogEntry } from '@dreamnet/contracts';
import { parseAnswer } from './foreign-text.js';
import { authorization } from './http.js';

/** How a stream of lines stands. `ended`: everything asked for has come. */
export type LogStreamState = 'connecting' | 'live' | 'ended' | 'lost' | { refused: string };

export interface LogStreamListener {
  onLines: (entries: readonly LogEntry[]) => void;
  /** A connection stands, and whatever came before belongs to an earlier one: the lines begin anew. */
  onRestart: () => void;
  onState: (state: LogStreamState) => void;
}

const RETRY_MS = 2000;
/** The daemon sends an empty line every 15 s while it follows: this long without a byte and it hangs. */
const SILENCE_LIMIT_MS = 25_000;

/**
 * Reads lines as they come until stopped; connects again when a followed stream is lost.
 *
 * @param path Begins with `api/logs`.
 * @returns Stops it.
 */
export function readLogStream(path: string, isFollowing: boolean, listener: LogStreamListener): () => void {
  const controller = new AbortController();
  void (async () => {
    while (!controller.signal.aborted) {
      listener.onState('connecting');
      const end = await readOnce(path, listener, controller.signal);
      if (controller.signal.aborted) return;
      if (typeof end === 'object' || (end === 'ended' && !isFollowing)) return listener.onState(end);
      listener.onState('lost');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  })();
  return () => controller.abort();
}

async function readOnce(
  path: string,
  listener: LogStreamListener,
  stopped: AbortSignal,
): Promise<'ended' | 'lost' | { refused: string }> {
  const connection = new AbortController();
  let watchdog = setTimeout(() => connection.abort(), SILENCE_LIMIT_MS);
  try {
    const signal = AbortSignal.any([connection.signal, stopped]);
    const answer = await fetch(`./${path}`, { headers: authorization(), signal, cache: 'no-store' });
    if (!answer.ok) return { refused: await refusalOf(answer) };
    if (!answer.body) return 'lost';
    listener.onRestart();
    listener.onState('live');
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const parse = createLineParser();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => connection.abort(), SILENCE_LIMIT_MS);
      const entries = parse(part.value);
      if (entries.length > 0) listener.onLines(entries);
    }
    return 'ended';
  } catch {
    // Refused, cut off, silent for too long or stopped: the caller knows which, and tries again if it should.
    return 'lost';
  } finally {
    clearTimeout(watchdog);
  }
}

/** Takes a stream of text apart into lines of JSON; an incomplete end waits for the rest. */
export function createLineParser(): (text: string) => LogEntry[] {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '').map((line) => parseAnswer(line) as LogEntry);
  };
}

async function refusalOf(answer: Response): Promise<string> {
  const body = (await answer
    .text()
    .then(parseAnswer)
    .catch(() => undefined)) as { error?: { message: string } } | undefined;
  return body?.error?.message ?? `The daemon answered with status ${answer.status}.`;
}
