/** Runs operations on one process one after another; those on different processes do not wait for each other. */
export interface OperationQueue {
  run<T>(processId: string, operation: () => Promise<T>): Promise<T>;
  /** Like `run`, but while an operation of this name on this process has not settled, callers share its result. */
  runShared<T>(processId: string, name: string, operation: () => Promise<T>): Promise<T>;
  /** Does an operation on this process run, or wait for its turn? */
  isBusy(processId: string): boolean;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

/** An empty queue. */
export function createOperationQueue(): OperationQueue {
  const tails = new Map<string, Promise<unknown>>();
  const shared = new Map<string, Promise<unknown>>();
  const run = <T>(processId: string, operation: () => Promise<T>): Promise<T> => {
    const before = tails.get(processId) ?? Promise.resolve();
    const result = before.then(operation, operation);
    // The tail never rejects: the failure belongs to the caller of that operation alone.
    const tail = result
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (tails.get(processId) === tail) tails.delete(processId);
      });
    tails.set(processId, tail);
    return result;
  };
  return {
    run,
    runShared: <T>(processId: string, name: string, operation: () => Promise<T>): Promise<T> => {
      const key = `${name} ${processId}`;
      const running = shared.get(key);
      // The key holds the operation's name, so what is found under it is this operation's result.
      if (running) return running as Promise<T>;
      const result = run(processId, operation).finally(() => shared.delete(key));
      shared.set(key, result);
      return result;
    },
    isBusy: (processId) => tails.has(processId),
    idle: async () => {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
