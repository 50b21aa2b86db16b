import type { Clock } from '@dreamnet/contracts';
import { createDueQueue, type DueQueue } from '@dreamnet/kit';
import { compareText } from '../labels/label-sets.js';
import { type Route, routesFor, walkRoutes } from '../routes/route-tree.js';
import { type AlertRecord, isResolved, NO_GROUPS } from './alert-record.js';
import {
  createDispatchGroup,
  type DispatchGroup,
  groupKeyOf,
  isAlike,
  removeMembers,
} from './dispatch-group.js';

/** Puts alerts into groups and says when each group is to be looked at. */
export interface Dispatcher {
  /** The alert is new or was reported again. */
  place(record: AlertRecord): void;
  /** Its groups lose it, told or not. */
  remove(record: AlertRecord): void;
  /** The look at a group is over; `told` are the resolved alerts that everybody knows of now. */
  finish(group: DispatchGroup, isToldOf: (record: AlertRecord) => boolean): void;
  /** Of all its routes, in their order. */
  receiversOf(record: AlertRecord): readonly string[];
  groups(): Iterable<DispatchGroup>;
  /** Drops empty groups. Until then an alert that comes back joins its old group and keeps to its ticks. */
  prune(): void;
  readonly groupCount: number;
  start(): void;
  stop(): void;
}

export interface DispatcherOptions {
  clock: Clock;
  root: Route;
  /** No group is looked at before this time (monotonic ms). */
  notBeforeMs: () => number;
  /** A group's time has come; whoever takes it calls `finish` in the end. */
  onReady: (group: DispatchGroup) => void;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return new RoutedDispatcher(options);
}

/** From so many alerts on, putting a group into a message takes long enough to be felt. */
const LARGE_GROUP = 10_000;
/** While it grows, such a group rests this many times as long as its last telling took, so most of the time is left for everything else. */
const REST_SHARE = 2;
/** In intervals of the group. */
const LONGEST_REST = 10;
/** A group that no alert joined for so long grows no more. */
const STILL_MS = 500;

class RoutedDispatcher implements Dispatcher {
  private readonly byRoute = new Map<Route, Map<string, DispatchGroup>>();
  private readonly alone = new Map<Route, readonly Route[]>();
  private readonly receivers = new WeakMap<readonly Route[], readonly string[]>();
  private last: { routes: readonly Route[]; receivers: readonly string[] } | undefined;
  private readonly options: DispatcherOptions;
  private readonly due: DueQueue<DispatchGroup>;
  /** The alert that joined a group last: the next one that comes mostly joins the same. */
  private near: { record: AlertRecord; group: DispatchGroup } | undefined;
  private count = 0;
  private isRunning = false;

  constructor(options: DispatcherOptions) {
    this.options = options;
    this.due = createDueQueue(options.clock, (group) => this.onDue(group));
    for (const route of walkRoutes(options.root)) this.byRoute.set(route, new Map());
  }

  get groupCount(): number {
    return this.count;
  }

  *groups(): Iterable<DispatchGroup> {
    for (const groups of this.byRoute.values()) yield* groups.values();
  }

  receiversOf(record: AlertRecord): readonly string[] {
    const routes = this.routesOf(record);
    if (routes === this.last?.routes) return this.last.receivers;
    let receivers = this.receivers.get(routes);
    if (receivers === undefined) {
      receivers = [...new Set(routes.map(({ receiver }) => receiver))].sort(compareText);
      this.receivers.set(routes, receivers);
    }
    // Listings ask of one alert after the other, and most go the same way.
    this.last = { routes, receivers };
    return receivers;
  }

  place(record: AlertRecord): void {
    const routes = this.routesOf(record);
    for (let at = 0; at < routes.length; at += 1) {
      const route = routes[at];
      if (!route) continue;
      const known = record.groups[at];
      const group = known ?? this.join(record, route);
      if (known === undefined) record.groups = withGroup(record.groups, at, group);
      this.hurry(group, record);
    }
  }

  remove(record: AlertRecord): void {
    for (const group of record.groups) if (group) removeMembers(group, (one) => one === record);
    record.groups = NO_GROUPS;
  }

  finish(group: DispatchGroup, isToldOf: (record: AlertRecord) => boolean): void {
    group.state = 'waiting';
    removeMembers(group, isToldOf);
    const isOverdue = group.isOverdue && group.members.length > 0;
    group.isOverdue = false;
    if (group.members.length >= LARGE_GROUP) this.rest(group, isOverdue);
    else if (isOverdue) this.hand(group);
  }

  prune(): void {
    for (const [route, groups] of this.byRoute)
      for (const [name, group] of groups) {
        if (group.members.length > 0 || group.state !== 'waiting') continue;
        group.state = 'gone';
        this.byRoute.get(route)?.delete(name);
        this.count -= 1;
      }
  }

  start(): void {
    this.isRunning = true;
    for (const group of this.groups()) this.schedule(group);
  }

  stop(): void {
    this.isRunning = false;
    this.due.clear();
  }

  private join(record: AlertRecord, route: Route): DispatchGroup {
    const near = this.near;
    const isNear =
      near?.group.route === route && near.group.state !== 'gone' && isAlike(near.record, record, route);
    const key = isNear ? near.group.key : groupKeyOf(record, route);
    const known = isNear ? near.group : this.byRoute.get(route)?.get(key);
    const group = known ?? this.create(record, route, key);
    this.near = { record, group };
    if (known !== undefined) {
      known.isSorted = known.members.length === 0;
      known.members.push(record);
      known.grownMs = this.options.clock.monotonic();
    }
    // Only now: a group whose time has come already is looked at with its first alert in it.
    else if (this.isRunning) this.schedule(group);
    return group;
  }

  /** The first alert of a group begins its wait; one that is older than the wait has waited enough. */
  private create(record: AlertRecord, route: Route, key: string): DispatchGroup {
    const { clock } = this.options;
    const dueMs = clock.monotonic() + (hasWaited(record, route, clock.now()) ? 0 : route.groupWaitMs);
    const group = createDispatchGroup({ record, route, key }, dueMs);
    group.grownMs = clock.monotonic();
    this.byRoute.get(route)?.set(key, group);
    this.count += 1;
    return group;
  }

  /** A group that was not looked at yet waits no longer when one of its alerts is older than the wait. */
  private hurry(group: DispatchGroup, record: AlertRecord): void {
    const { clock, notBeforeMs } = this.options;
    if (group.isBegun || !hasWaited(record, group.route, clock.now())) return;
    const dueMs = Math.max(clock.monotonic(), notBeforeMs());
    if (group.dueMs <= dueMs) return;
    group.dueMs = dueMs;
    if (this.isRunning) this.schedule(group);
  }

  /** Alerts of one route share one list of it. */
  private routesOf(record: AlertRecord): readonly Route[] {
    if (record.routes !== undefined) return record.routes;
    let routes = routesFor(this.options.root, record.labels);
    const [only] = routes;
    if (only && routes.length === 1) {
      routes = this.alone.get(only) ?? routes;
      this.alone.set(only, routes);
    }
    record.routes = routes;
    return routes;
  }

  private schedule(group: DispatchGroup): void {
    group.dueMs = Math.max(group.dueMs, this.options.notBeforeMs());
    // What need not wait does not wait for a timer either: those take a millisecond at the least.
    if (group.dueMs <= this.options.clock.monotonic()) this.onDue(group);
    else this.due.push(group.dueMs, group);
  }

  private onDue(group: DispatchGroup): void {
    // An entry of a group that has gone, or that was looked at before that time, comes to nothing.
    if (group.state === 'gone' || group.dueMs > this.options.clock.monotonic()) return;
    if (this.isResting(group)) return;
    group.isBegun = true;
    this.scheduleNext(group);
    if (group.members.length === 0) return;
    if (group.state === 'waiting') this.hand(group);
    else if (group.state === 'telling') group.isOverdue = true;
  }

  /** The ticks stay where the first one put them, unless we were more than a whole interval late. */
  private scheduleNext(group: DispatchGroup): void {
    const nowMs = this.options.clock.monotonic();
    const nextMs = group.dueMs + group.route.groupIntervalMs;
    group.dueMs = nextMs > nowMs ? nextMs : nowMs + group.route.groupIntervalMs;
    this.due.push(group.dueMs, group);
  }

  /**
   * A large group that grows quickly would be told again and again from its first alert on, and the alerts that come in
   * could hardly be taken. It rests until it is still, or has rested enough.
   */
  private rest(group: DispatchGroup, isOverdue: boolean): void {
    const nowMs = this.options.clock.monotonic();
    const restMs = (nowMs - group.handedMs) * REST_SHARE;
    group.restMs = nowMs + Math.min(restMs, group.route.groupIntervalMs * LONGEST_REST);
    if (!isOverdue) return;
    group.dueMs = nowMs;
    this.onDue(group);
  }

  /** Puts the look at it off while it rests. */
  private isResting(group: DispatchGroup): boolean {
    const untilMs = Math.min(group.restMs, group.grownMs + STILL_MS);
    if (untilMs <= this.options.clock.monotonic()) return false;
    group.dueMs = untilMs;
    this.due.push(untilMs, group);
    return true;
  }

  private hand(group: DispatchGroup): void {
    group.state = 'ready';
    group.handedMs = this.options.clock.monotonic();
    this.options.onReady(group);
  }
}

function withGroup(
  groups: AlertRecord['groups'],
  at: number,
  group: DispatchGroup,
): readonly (DispatchGroup | undefined)[] {
  if (at === 0 && groups.length <= 1) return group.alone;
  const all = [...groups];
  all[at] = group;
  return all;
}

function hasWaited(record: AlertRecord, { groupWaitMs }: Route, now: number): boolean {
  return record.startsAt + groupWaitMs < now;
}

/** Is there anything left to tell of this alert? */
export function isOpen(record: AlertRecord, now: number): boolean {
  return !isResolved(record, now) || record.groups.some((group) => group !== undefined);
}
