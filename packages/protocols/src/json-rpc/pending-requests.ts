import type { Clock } from '@dreamnet/contracts';
import { beginWait, type DreamnetError } from '@dreamnet/kit';
import type { RpcError } from './messages.js';

/** What a peer answered; its refusal is an answer too. */
export type RpcReply = { ok: true; result: unknown } | { ok: false; error: RpcError };

interface Waiting {
  settle(reply: RpcReply): void;
  fail(error: DreamnetError): void;
}

export interface WaitOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  /** Makes the error for each way a wait can end without an answer. */
  onTimeout: () => DreamnetError;
  onAbort: () => DreamnetError;
}

/** Requests that wait for their answer, by id. */
export interface PendingRequests {
  readonly size: number;
  /** Settles exactly once: by the answer, the deadline, the signal or `failAll`. */
  wait(id: number, options: WaitOptions): Promise<RpcReply>;
  /** @returns false when nobody waits for this id (any more). */
  answer(id: string | number | null, reply: RpcReply): boolean;
  fail(id: number, error: DreamnetError): void;
  failAll(error: (id: number) => DreamnetError): void;
}

export function createPendingRequests(clock: Clock): PendingRequests {
  const waiting = new Map<string | number, Waiting>();
  const take = (id: string | number): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };
  return {
    get size() {
      return waiting.size;
    },
    wait: (id, options) =>
      new Promise<RpcReply>((resolve, reject) => {
        const finish = () => {
          endWait();
          options.signal?.removeEventListener('abort', onAbort);
        };
        const fail = (error: DreamnetError) => {
          finish();
          reject(error);
        };
        const onAbort = () => take(id)?.fail(options.onAbort());
        const endWait = beginWait(clock, options.timeoutMs, () => take(id)?.fail(options.onTimeout()));
        const settle = (reply: RpcReply) => {
          finish();
          resolve(reply);
        };
        waiting.set(id, { settle, fail });
        if (options.signal?.aborted) return onAbort();
        options.signal?.addEventListener('abort', onAbort, { once: true });
      }),
    answer: (id, reply) => {
      const found = id === null ? undefined : take(id);
      found?.settle(reply);
      return found !== undefined;
    },
    fail: (id, error) => take(id)?.fail(error),
    failAll: (error) => {
      for (const id of [...waiting.keys()]) take(id)?.fail(error(Number(id)));
    },
  };
}
