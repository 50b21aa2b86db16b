import type { ProbeResult } from '@dreamnet/contracts';

/** A capability as one agent serves it. */
export interface ServedCapability {
  name: string;
  /** The agent's own word for it, when it differs. */
  tool?: string;
}

export interface InvokeOptions {
  timeoutMs: number;
  signal: AbortSignal;
  /** Told what an answer says beside its output, such as what it used. */
  onUsage?: (answer: unknown) => void;
}

/** The conversation with one agent in its protocol, over whatever process is behind it now. */
export interface AgentSession {
  /** A real round trip. Connects first when there is no connection yet. Never throws. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
  /** @throws the protocol's coded error */
  invoke(capability: ServedCapability, input: unknown, options: InvokeOptions): Promise<unknown>;
  /** The process behind it changed: what was connected belongs to the past. */
  reset(): void;
  /**
   * News of the process came, perhaps late: what was connected to an earlier process is dropped, what is connected
   * to the one that runs now is kept. To close that one's pipes would end it.
   */
  refresh(): void;
  view(): { isOpen: boolean; details: Readonly<Record<string, unknown>> };
}

/** A connection made when first asked for, by one attempt that everybody shares, and dropped by `reset`. */
export interface SharedConnection<C> {
  current(): C | undefined;
  open(): Promise<C>;
  drop(): C | undefined;
}

/**
 * @param connect Called without overlap; a connection that arrives after a `drop` is handed to `discard`.
 */
export function shareConnection<C>(
  connect: () => Promise<C>,
  discard: (late: C) => void,
): SharedConnection<C> {
  let current: C | undefined;
  let opening: Promise<C> | undefined;
  let generation = 0;
  const open = (): Promise<C> => {
    if (current !== undefined) return Promise.resolve(current);
    if (opening) return opening;
    const mine = generation;
    const attempt = connect().then((connection) => {
      if (mine === generation) current = connection;
      else discard(connection);
      return connection;
    });
    opening = attempt;
    const forget = () => {
      if (opening === attempt) opening = undefined;
    };
    attempt.then(forget, forget);
    return attempt;
  };
  return {
    current: () => current,
    open,
    drop: () => {
      generation += 1;
      const dropped = current;
      current = undefined;
      opening = undefined;
      return dropped;
    },
  };
}

/** Waits for a promise no longer than the signal allows; `undefined` when the signal was first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(undefined);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
