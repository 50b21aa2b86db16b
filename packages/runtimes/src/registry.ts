import type { Runtime } from '@dreamnet/contracts';
import { runtimesError } from './errors.js';

/** Runtimes by kind. */
export interface RuntimeRegistry {
  /** @throws DN_RUNTIMES_UNKNOWN_KIND naming the kinds there are */
  get(kind: string): Runtime;
  /** Sorted. */
  kinds(): readonly string[];
}

/**
 * A registry of the given runtimes; it never changes.
 *
 * @throws DN_RUNTIMES_DUPLICATE_KIND
 */
export function createRuntimeRegistry(runtimes: readonly Runtime[]): RuntimeRegistry {
  const byKind = new Map<string, Runtime>();
  for (const runtime of runtimes) {
    if (byKind.has(runtime.kind)) throw runtimesError('DN_RUNTIMES_DUPLICATE_KIND', { kind: runtime.kind });
    byKind.set(runtime.kind, runtime);
  }
  const kinds = () => [...byKind.keys()].sort();
  return {
    kinds,
    get: (kind) => {
      const runtime = byKind.get(kind);
      if (runtime) return runtime;
      throw runtimesError('DN_RUNTIMES_UNKNOWN_KIND', {
        kind: JSON.stringify(String(kind).slice(0, 64)),
        known: kinds().join(', ') || 'none',
      });
    },
  };
}
