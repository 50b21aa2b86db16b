import type { Clock, PublishEvent, Route, RouteDecision } from '@dreamnet/contracts';
import { compareRoutes, countEqual, type RouteStrategy, STRATEGIES, sortRoutes } from './best-path.js';
import { createCapabilityTrie } from './capability-trie.js';

export interface RouteTableOptions {
  clock: Clock;
  /** Told of `route.announced` and `route.withdrawn`. */
  publish?: PublishEvent;
  /** Default `best-path`. */
  strategy?: RouteStrategy;
  /** Share calls in turn among routes that only a tie-breaker tells apart. Default false: always the same one. */
  isShared?: boolean;
  /** Calls a provider works on now: of a group of replicas the one with the fewest is taken, in turn when equal. */
  loadOf?: (provider: string) => number;
  /** Our own agent system: a route that has passed it already is a loop and is refused. */
  system?: string;
}

/** What became of an announcement. `isNew` is false when it only replaced the same way's earlier one. */
export type AnnounceOutcome = { accepted: true; isNew: boolean } | { accepted: false; because: string };

/** Who serves which capability, and by which way. */
export interface RouteTable {
  /** Adds a route or replaces the earlier one of the same provider and path. O(tokens of the capability). */
  announce(route: Route): AnnounceOutcome;
  /**
   * Notes who will serve a capability and does not yet, for decisions to name. Nothing happens where it is announced, or was.
   *
   * @param because Why not, as of now; undefined when it will not any more. Asked by each decision that names it.
   */
  expect(provider: string, capability: string, because: () => string | undefined): void;
  /**
   * Takes one capability's routes of a provider back, or all of them. Returns how many.
   *
   * @param because A function is asked by each decision that names the absence.
   */
  withdraw(provider: string, capability: string | 'all', because: Reason): number;
  /**
   * From now on a provider serves these capabilities at most: routes of others are withdrawn, and whoever looks for it there is told
   * `because` instead of what had happened before. Idempotent.
   */
  confine(provider: string, capabilities: readonly string[], because: string): void;
  /** Nobody is called so any more: its routes are withdrawn, and no decision names it. Idempotent. */
  forget(provider: string): void;
  /**
   * The way a call of this capability goes now, and why. The longest announced prefix with a live route is taken.
   * With sharing, each asking moves the turn on; `isPeek` looks without moving it.
   */
  decide(capability: string, options?: { isPeek?: boolean }): RouteDecision;
  /** Would `decide` choose somebody now? O(tokens of the capability), whoever that would be. */
  isServed(capability: string): boolean;
  /**
   * What is announced now by the way of a route: the same provider, path and capability, whatever else about it has changed since.
   * Undefined once that was withdrawn. O(tokens of the capability).
   */
  current(route: Route): Route | undefined;
  routes(): Route[];
  /** Those of one provider. O(its capabilities). */
  routesOf(provider: string): Route[];
}

/** Why somebody serves no more: as it was then, or as of now. */
type Reason = string | (() => string);

interface Absence {
  provider: string;
  because: () => string | undefined;
  since: number;
  /** It is not to serve this any more, whatever becomes of it. */
  isForGood: boolean;
}

interface Entry {
  capability: string;
  /** By provider, then by path: taking one provider back costs the same however many there are. */
  live: Map<string, Map<string, Route>>;
  /** By provider: who served this and does not now. */
  withdrawn: Map<string, Absence>;
  /** `live` best first; undefined after a change. */
  sorted: Route[] | undefined;
  turn: number;
}

/** Withdrawn providers are remembered to be explained; the oldest beyond this many per capability are forgotten. */
const WITHDRAWN_LIMIT = 64;

/** Dotted tokens, each without blanks, dots and wildcards; 16 tokens and 255 characters are more than any name needs. */
const CAPABILITY = /^(?=.{1,255}$)[^\s.*>]+(\.[^\s.*>]+){0,15}$/u;

export function createRouteTable(options: RouteTableOptions): RouteTable {
  const table = new Table(options);
  return {
    announce: (route) => table.announce(route),
    expect: (provider, capability, because) => table.expect(provider, capability, because),
    withdraw: (provider, capability, because) => table.withdraw(provider, capability, because),
    confine: (provider, capabilities, because) => table.confine(provider, capabilities, because),
    forget: (provider) => table.forget(provider),
    decide: (capability, { isPeek = false } = {}) => table.decide(capability, isPeek),
    isServed: (capability) => table.isServed(capability),
    current: (route) => table.current(route),
    routes: () => table.routes(),
    routesOf: (provider) => table.routesOf(provider),
  };
}

class Table {
  private readonly trie = createCapabilityTrie<Entry>();
  private readonly entriesOf = new Map<string, Set<Entry>>();
  /** By provider: where it is noted as absent. */
  private readonly notedIn = new Map<string, Set<Entry>>();
  private readonly rules;

  constructor(private readonly options: RouteTableOptions) {
    this.rules = STRATEGIES[options.strategy ?? 'best-path'];
  }

  announce(route: Route): AnnounceOutcome {
    const because = refusal(route, this.options.system);
    if (because !== undefined) return { accepted: false, because };
    const entry = this.entryFor(route.capability);
    const ways = entry.live.get(route.provider) ?? new Map<string, Route>();
    entry.live.set(route.provider, ways);
    const isNew = !ways.has(pathOf(route));
    ways.set(pathOf(route), route);
    this.dropNote(entry, route.provider);
    entry.sorted = undefined;
    const entries = this.entriesOf.get(route.provider) ?? new Set();
    this.entriesOf.set(route.provider, entries.add(entry));
    const { capability, provider } = route;
    if (isNew) this.options.publish?.('route.announced', provider, { capability, provider });
    return { accepted: true, isNew };
  }

  expect(provider: string, capability: string, because: () => string | undefined): void {
    if (!CAPABILITY.test(capability)) return;
    const entry = this.entryFor(capability);
    const known = entry.withdrawn.get(provider);
    const isExplained = known?.isForGood === false && known.because() !== undefined;
    if (!entry.live.has(provider) && !isExplained) this.note(entry, provider, because);
  }

  withdraw(provider: string, capability: string, because: Reason): number {
    let count = 0;
    for (const entry of [...(this.entriesOf.get(provider) ?? [])]) {
      if (capability !== 'all' && entry.capability !== capability) continue;
      count += this.withdrawFrom(entry, provider, because);
    }
    return count;
  }

  confine(provider: string, capabilities: readonly string[], because: string): void {
    const isOther = ({ capability }: Entry): boolean => !capabilities.includes(capability);
    for (const entry of [...(this.entriesOf.get(provider) ?? [])].filter(isOther))
      this.withdrawFrom(entry, provider, because);
    for (const { withdrawn } of [...(this.notedIn.get(provider) ?? [])].filter(isOther)) {
      const note = withdrawn.get(provider);
      if (note) withdrawn.set(provider, { ...note, because: () => because, isForGood: true });
    }
  }

  forget(provider: string): void {
    this.withdraw(provider, 'all', 'it is gone for good');
    for (const entry of [...(this.notedIn.get(provider) ?? [])]) this.dropNote(entry, provider);
  }

  decide(capability: string, isPeek: boolean): RouteDecision {
    const entries = this.trie.match(capability);
    const entry = entries.find(({ live }) => live.size > 0);
    const withdrawn = absencesIn(entries, entry);
    if (!entry)
      return {
        capability,
        matched: null,
        candidates: [],
        chosen: null,
        decidedBy: 'no candidate',
        withdrawn,
      };
    const { candidates, decidedBy } = this.order(entry, isPeek);
    return {
      capability,
      matched: entry.capability,
      candidates,
      chosen: candidates[0] ?? null,
      decidedBy,
      withdrawn,
    };
  }

  isServed(capability: string): boolean {
    return this.trie.match(capability).some(({ live }) => live.size > 0);
  }

  current(route: Route): Route | undefined {
    const [entry] = this.trie.match(route.capability);
    if (entry?.capability !== route.capability) return undefined;
    return entry.live.get(route.provider)?.get(pathOf(route));
  }

  routes(): Route[] {
    const entries = new Set([...this.entriesOf.values()].flatMap((set) => [...set]));
    return [...entries].flatMap(liveRoutes);
  }

  routesOf(provider: string): Route[] {
    const entries = [...(this.entriesOf.get(provider) ?? [])];
    return entries.flatMap(({ live }) => [...(live.get(provider)?.values() ?? [])]);
  }

  private order(entry: Entry, isPeek: boolean): { candidates: readonly Route[]; decidedBy: string } {
    entry.sorted ??= sortRoutes(this.rules, liveRoutes(entry));
    const { sorted } = entry;
    const [best, second] = sorted;
    if (!best || !second) return { candidates: sorted, decidedBy: 'only candidate' };
    const replicas = replicasOf(best, sorted.slice(0, countEqual(this.rules, sorted)));
    if (replicas.length > 1) return this.share(entry, replicas, isPeek);
    const equals = this.options.isShared ? countEqual(this.rules, sorted) : 1;
    if (equals === 1)
      return { candidates: sorted, decidedBy: compareRoutes(this.rules, best, second).reason };
    const start = entry.turn % equals;
    if (!isPeek) entry.turn = start + 1;
    const shared = [...sorted.slice(start, equals), ...sorted.slice(0, start), ...sorted.slice(equals)];
    return { candidates: shared, decidedBy: `turn among ${equals} equals` };
  }

  /** The replicas of the best provider, beginning with the one that works least; everybody else after them. */
  private share(
    entry: Entry,
    replicas: readonly Route[],
    isPeek: boolean,
  ): { candidates: readonly Route[]; decidedBy: string } {
    const start = entry.turn % replicas.length;
    if (!isPeek) entry.turn = start + 1;
    const load = new Map(replicas.map((route) => [route, this.options.loadOf?.(route.provider) ?? 0]));
    const inTurn = [...replicas.slice(start), ...replicas.slice(0, start)];
    const shared = inTurn.sort((left, right) => (load.get(left) ?? 0) - (load.get(right) ?? 0));
    const [first, second] = shared.map((route) => load.get(route));
    const others = (entry.sorted ?? []).filter((route) => !load.has(route));
    const words = first === second ? 'turn among' : 'fewest calls of';
    return { candidates: [...shared, ...others], decidedBy: `${words} ${replicas.length} replicas` };
  }

  private entryFor(capability: string): Entry {
    return this.trie.obtain(capability, () => ({
      capability,
      live: new Map(),
      withdrawn: new Map(),
      sorted: undefined,
      turn: 0,
    }));
  }

  private withdrawFrom(entry: Entry, provider: string, because: Reason): number {
    const count = entry.live.get(provider)?.size ?? 0;
    entry.live.delete(provider);
    this.entriesOf.get(provider)?.delete(entry);
    if (this.entriesOf.get(provider)?.size === 0) this.entriesOf.delete(provider);
    if (count === 0) return 0;
    entry.sorted = undefined;
    const reason = typeof because === 'string' ? () => because : because;
    this.note(entry, provider, reason);
    const { capability } = entry;
    this.options.publish?.('route.withdrawn', provider, { capability, provider, because: reason() });
    return count;
  }

  private note(entry: Entry, provider: string, because: Absence['because']): void {
    const { withdrawn } = entry;
    withdrawn.set(provider, { provider, because, since: this.options.clock.now(), isForGood: false });
    const places = this.notedIn.get(provider) ?? new Set();
    this.notedIn.set(provider, places.add(entry));
    const [oldest] = withdrawn.keys();
    if (withdrawn.size > WITHDRAWN_LIMIT && oldest !== undefined) this.dropNote(entry, oldest);
  }

  private dropNote(entry: Entry, provider: string): void {
    entry.withdrawn.delete(provider);
    const places = this.notedIn.get(provider);
    places?.delete(entry);
    if (places?.size === 0) this.notedIn.delete(provider);
  }
}

/** Who does not serve and why, by the longest name first: each once, and nobody who is a candidate. */
function absencesIn(entries: readonly Entry[], chosen: Entry | undefined): RouteDecision['withdrawn'] {
  const named = new Set<string>();
  return entries.flatMap(({ withdrawn }) =>
    [...withdrawn.values()].flatMap((absence) => {
      const { provider } = absence;
      const told = named.has(provider) || chosen?.live.has(provider) ? [] : reasonOf(absence);
      if (told.length > 0) named.add(provider);
      return told;
    }),
  );
}

function reasonOf({ provider, because, since }: Absence): RouteDecision['withdrawn'] {
  const why = because();
  return why === undefined ? [] : [{ provider, because: why, since }];
}

function refusal(route: Route, system: string | undefined): string | undefined {
  if (!CAPABILITY.test(route.capability)) return `'${route.capability}' is not a dotted capability name`;
  if (route.provider === '') return 'the provider has no name';
  if (!Number.isFinite(route.localPreference)) return 'the local preference is not a number';
  if (!Number.isFinite(route.cost)) return 'the cost is not a number';
  if (!Number.isFinite(route.announcedAt)) return 'the time of announcement is not a number';
  if (system !== undefined && route.path.includes(system)) return `the path has passed '${system}' already`;
  if (new Set(route.path).size !== route.path.length) return 'the path passes one agent system twice';
  return undefined;
}

/** Those of the best route's group among the routes that are as good as it. */
function replicasOf(best: Route, equals: readonly Route[]): readonly Route[] {
  return best.group === undefined ? [best] : equals.filter((route) => route.group === best.group);
}

function pathOf(route: Route): string {
  return JSON.stringify(route.path);
}

function liveRoutes(entry: Entry): Route[] {
  return [...entry.live.values()].flatMap((ways) => [...ways.values()]);
}
