import type { DreamnetError } from '@dreamnet/kit';
import { protocolsError } from '../errors.js';

/** Remembers that and why a connection was closed, and tells each listener once. */
export interface CloseNotice {
  /** Set from the first `close` on. */
  readonly error: DreamnetError | undefined;
  /** @returns The error of the first `close`. */
  close(reason: string): DreamnetError;
  /** Told at once when it is closed already. */
  listen(listener: (error: DreamnetError) => void): void;
}

export function createCloseNotice(): CloseNotice {
  const listeners = new Set<(error: DreamnetError) => void>();
  let error: DreamnetError | undefined;
  return {
    get error() {
      return error;
    },
    close: (reason) => {
      if (error) return error;
      error = protocolsError('DN_MCP_CLOSED', { reason, delivered: false });
      for (const listener of listeners) listener(error);
      listeners.clear();
      return error;
    },
    listen: (listener) => {
      if (error) listener(error);
      else listeners.add(listener);
    },
  };
}
