import type { DreamnetEvent } from '@dreamnet/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { type Connection, type EventStream, followEvents } from './event-stream.js';
import { isNoAnswer } from './http.js';
import { affectedBy, pace, type Resource, useStatus } from './queries.js';

interface Live {
  connection: Connection;
  /** The newest events, newest first. */
  events: readonly DreamnetEvent[];
  retryNow: () => void;
}

const LiveContext = createContext<Live>({
  connection: { state: 'connecting' },
  events: [],
  retryNow: () => undefined,
});
/** Events that come in a burst lead to one round of questions. */
const GATHER_MS = 120;
const EVENTS_KEPT = 40;

/** The connection to the daemon and its newest events. */
export const useLive = () => useContext(LiveContext);

/**
 * Is what the page shows only what was true before? A daemon that hangs keeps its event stream open, so a question
 * that got no answer counts as well.
 */
export function useIsLost(): boolean {
  const { connection } = useLive();
  const { error } = useStatus();
  return connection.state === 'lost' || isNoAnswer(error);
}

/** Keeps the page in step with the daemon's events. `session` changes with the token and starts anew. */
export function LiveProvider({ session, children }: { session: number; children: ReactNode }) {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>({ state: 'connecting' });
  const [events, setEvents] = useState<readonly DreamnetEvent[]>([]);
  const stream = useRef<EventStream | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new session needs a new stream
  useEffect(() => {
    const refresh = gather((stale) => {
      for (const resource of stale) void client.invalidateQueries({ queryKey: [resource] });
    });
    stream.current = followEvents({
      onConnection: (next) => {
        setConnection(next);
        if (next.state === 'live') void client.invalidateQueries();
      },
      onEvent: (event) => {
        setEvents((known) => [event, ...known].slice(0, EVENTS_KEPT));
        refresh(affectedBy(event.type));
      },
    });
    return () => stream.current?.stop();
  }, [client, session]);

  const live = useMemo(
    () => ({
      connection,
      events,
      retryNow: () => {
        stream.current?.retryNow();
        void client.invalidateQueries();
      },
    }),
    [client, connection, events],
  );
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

/** Collects what is stale for a moment and reports it once; what answers slowly waits until it may be asked again. */
function gather(report: (stale: ReadonlySet<Resource>) => void): (stale: readonly Resource[]) => void {
  const waiting = new Set<Resource>();
  let isTimed = false;
  const tellIn = (ms: number) => {
    isTimed = true;
    setTimeout(tell, ms);
  };
  const tell = () => {
    isTimed = false;
    const due = new Set([...waiting].filter((resource) => pace.waitMs(resource) === 0));
    for (const resource of due) waiting.delete(resource);
    if (due.size > 0) report(due);
    if (waiting.size > 0)
      tellIn(Math.max(GATHER_MS, Math.min(...[...waiting].map((resource) => pace.waitMs(resource)))));
  };
  return (stale) => {
    for (const resource of stale) waiting.add(resource);
    if (waiting.size > 0 && !isTimed) tellIn(GATHER_MS);
  };
}
