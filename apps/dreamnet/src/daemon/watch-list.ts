import type { DreamNetOSContext, Subsystem } from '@dreamnet/contracts';
import type { DreamNetOSCoreFacade } from '@dreamnet/dreamnet-os-core';

/** What OS Core watches for this daemon, kept as the context its functions take. */
export interface WatchList {
  /** A subsystem watched already keeps what is known of it; to replace it, `unwatch` first. */
  watch(name: string, make: () => Subsystem): void;
  /** Other powers for the same name: what is known of its health stays. */
  replace(name: string, subsystem: Subsystem): void;
  unwatch(name: string): void;
  /** Undefined when it is not watched. */
  get(name: string): Subsystem | undefined;
  context(): DreamNetOSContext;
}

/** An empty list. */
export function createWatchList(core: Pick<DreamNetOSCoreFacade, 'watch' | 'unwatch'>): WatchList {
  const subsystems = new Map<string, Subsystem>();
  const replace = (name: string, subsystem: Subsystem) => {
    subsystems.set(name, subsystem);
    core.watch(name, subsystem);
  };
  return {
    replace,
    watch: (name, make) => {
      if (!subsystems.has(name)) replace(name, make());
    },
    unwatch: (name) => {
      if (subsystems.delete(name)) core.unwatch(name);
    },
    get: (name) => subsystems.get(name),
    context: () => Object.fromEntries(subsystems),
  };
}
