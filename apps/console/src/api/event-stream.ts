import type { DreamnetEvent } from '@dreamnet/contracts';
import { parseAnswer } from './foreign-text.js';
import { authorization } from './http.js';
import { createSseParser } from './sse-parser.js';

/** How the connection to the daemon stands. `retryAt`: epoch ms of the next try. */
export type Connection =
  | { state: 'connecting' | 'live' | 'unauthorized' }
  | { state: 'lost'; since: number; retryAt: number };

export interface StreamListener {
  onEvent: (event: DreamnetEvent) => void;
  onConnection: (connection: Connection) => void;
}

/** The daemon sends a comment every 15 s: this long without a byte and it hangs. */
const SILENCE_LIMIT_MS = 25_000;
const RETRY = { firstMs: 500, longestMs: 5_000 };

/** A running subscription to the daemon's events. */
export interface EventStream {
  /** Does not wait for the next try. */
  retryNow(): void;
  stop(): void;
}

/** What one stream remembers between tries. */
interface StreamState {
  listener: StreamListener;
  signal: AbortSignal;
  lastId: string;
  failures: number;
  lostSince: number | undefined;
  wake: () => void;
}

/**
 * Follows `GET api/events` until stopped: connects again with growing pauses, resumes after the last event seen.
 * EventSource is not used because it cannot send the token in a header.
 */
export function followEvents(listener: StreamListener): EventStream {
  const controller = new AbortController();
  const state: StreamState = {
    listener,
    signal: controller.signal,
    lastId: '',
    failures: 0,
    lostSince: undefined,
    wake: () => undefined,
  };
  void follow(state);
  return {
    retryNow: () => state.wake(),
    stop: () => {
      controller.abort();
      state.wake();
    },
  };
}

async function follow(state: StreamState): Promise<void> {
  state.listener.onConnection({ state: 'connecting' });
  while (!state.signal.aborted) {
    const end = await readOnce(state);
    if (state.signal.aborted) return;
    if (end === 'unauthorized') return state.listener.onConnection({ state: 'unauthorized' });
    state.failures += 1;
    state.lostSince ??= Date.now();
    const pauseMs = Math.min(RETRY.firstMs * 2 ** (state.failures - 1), RETRY.longestMs);
    state.listener.onConnection({ state: 'lost', since: state.lostSince, retryAt: Date.now() + pauseMs });
    await pause(state, pauseMs);
  }
}

/** One connection, from the request to its end. */
async function readOnce(state: StreamState): Promise<'ended' | 'unauthorized'> {
  const connection = new AbortController();
  const signal = AbortSignal.any([connection.signal, state.signal]);
  let watchdog = setTimeout(() => connection.abort(), SILENCE_LIMIT_MS);
  try {
    const answer = await fetch('./api/events', { headers: headersOf(state), signal, cache: 'no-store' });
    if (answer.status === 401) return 'unauthorized';
    if (!answer.ok || !answer.body) return 'ended';
    state.failures = 0;
    state.lostSince = undefined;
    state.listener.onConnection({ state: 'live' });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const parse = createSseParser();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => connection.abort(), SILENCE_LIMIT_MS);
      for (const { id, data } of parse(part.value)) {
        state.lastId = id;
        state.listener.onEvent(parseAnswer(data) as DreamnetEvent);
      }
    }
    return 'ended';
  } catch {
    // Refused, cut off, silent for too long or stopped: the caller knows which, and tries again if it should.
    return 'ended';
  } finally {
    clearTimeout(watchdog);
  }
}

function headersOf(state: StreamState): Record<string, string> {
  const resume: Record<string, string> = state.lastId === '' ? {} : { 'last-event-id': state.lastId };
  return { accept: 'text/event-stream', ...authorization(), ...resume };
}

function pause(state: StreamState, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    state.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
