import type { Domain, DreamNetOSContext, Subsystem } from '@dreamnet/contracts';
import type { DreamNetOSCoreFacade } from '@dreamnet/dreamnet-os-core';

/** Who will be watched when its turn has come, and the domains of these. */
export interface Awaited {
  add(name: string, domain: Domain): void;
  /** @returns whether it was awaited */
  remove(name: string): boolean;
  has(nameOrDomain: string): boolean;
}

/** What OS Core watches for this daemon, kept as the context its functions take. */
export interface WatchList {
  /** A subsystem watched already keeps what is known of it; to replace it, `unwatch` first. */
  watch(name: string, make: () => Subsystem): void;
  /** Other powers for the same name: what is known of its health stays. */
  replace(name: string, subsystem: Subsystem): void;
  /** It is watched when its turn has come. Until then, or until it is unwatched, what was found out about it earlier stands. */
  expect(name: string, domain: Domain): void;
  unwatch(name: string): void;
  /** Undefined when it is not watched. */
  get(name: string): Subsystem | undefined;
  context(): DreamNetOSContext;
}

/** Nobody is awaited. */
export function createAwaited(): Awaited {
  const domains = new Map<string, Domain>();
  return {
    add: (name, domain) => void domains.set(name, domain),
    remove: (name) => domains.delete(name),
    has: (nameOrDomain) =>
      domains.has(nameOrDomain) || [...domains.values()].some((domain) => domain === nameOrDomain),
  };
}

/** An empty list. */
export function createWatchList(
  core: Pick<DreamNetOSCoreFacade, 'watch' | 'unwatch'>,
  awaited: Awaited,
): WatchList {
  const subsystems = new Map<string, Subsystem>();
  const replace = (name: string, subsystem: Subsystem) => {
    subsystems.set(name, subsystem);
    core.watch(name, subsystem);
    awaited.remove(name);
  };
  return {
    replace,
    expect: (name, domain) => {
      if (!subsystems.has(name)) awaited.add(name, domain);
    },
    watch: (name, make) => {
      if (!subsystems.has(name)) replace(name, make());
    },
    unwatch: (name) => {
      const wasAwaited = awaited.remove(name);
      if (subsystems.delete(name) || wasAwaited) core.unwatch(name);
    },
    get: (name) => subsystems.get(name),
    context: () => Object.fromEntries(subsystems),
  };
}
