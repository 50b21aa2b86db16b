import type { Clock, Notifier, PublishEvent } from '@dreamnet/contracts';
import { withDeadline } from '@dreamnet/kit';
import type { LoggedNotification, NotificationLog } from '../notification-log/notification-log.js';
import { type Attempted, type Attempts, type Channel, createAttempts } from './attempts.js';
import type { ChannelFigures } from './delivery-figures.js';
import { createLane, type Lane } from './lane.js';
import { createNotification, type TellBatch } from './notification.js';
import { createPause } from './pause.js';
import { createPutOffTasks } from './put-off-tasks.js';
import { createRateLimit } from './rate-limit.js';
import { type TellReason, tellReason } from './tell-reasons.js';

/** Tells receivers of batches, again and again until they have heard or it is time for the next one. */
export interface Deliverer {
  /** When it may begin, `take` gives the batch: as late as possible, so that it is as fresh as possible. */
  offer(receiver: string, take: () => BatchToTell | undefined): void;
  figures(): Readonly<Record<string, ChannelFigures>>;
  /** `receiver/notifier` of each that may be told. */
  channels(): ReadonlySet<string>;
  /** Resolves when nothing is waiting and nothing under way. */
  settled(): Promise<void>;
  /** Begins nothing more; what is under way has so long. */
  stop(deadlineMs: number): Promise<void>;
}

export interface BatchToTell {
  batch: TellBatch;
  /** The batch with what its alerts say as of now; asked once, when somebody is to be told. */
  newest: () => TellBatch;
  /** Told when every notifier of the receiver knows (or need not know): true, or one of them gave up: false. */
  onOver: (isTold: boolean) => void;
}

export interface DelivererOptions {
  clock: Clock;
  publish: PublishEvent;
  random?: () => number;
  log: NotificationLog;
  receivers: Readonly<Record<string, readonly Notifier[]>>;
  /** Notifications under way at once per receiver. */
  concurrency: number;
  /** Carried over from the configuration before. */
  figures: Map<string, ChannelFigures>;
}

/** Even where groups follow each other quickly a receiver has this long to answer. @source Alertmanager's MinTimeout */
const SHORTEST_DEADLINE_MS = 10_000;
/** What was told is remembered at least so long, however quickly it is repeated. */
const SHORTEST_MEMORY_MS = 3_600_000;

export function createDeliverer(options: DelivererOptions): Deliverer {
  return new RetryingDeliverer(options);
}

class RetryingDeliverer implements Deliverer {
  private readonly options: DelivererOptions;
  private readonly lanes = new Map<string, Lane>();
  private readonly byReceiver = new Map<string, readonly Channel[]>();
  private readonly attempts: Attempts;
  private readonly putOff;
  private waiters: (() => void)[] = [];
  /** Batches offered and not over. */
  private open = 0;
  private isStopped = false;

  constructor(options: DelivererOptions) {
    this.options = options;
    const { clock, publish, random } = options;
    this.putOff = createPutOffTasks(clock);
    this.attempts = createAttempts({
      ...{ clock, publish, ...(random ? { random } : {}) },
      onTold: (channel, batch) => this.remember(channel, batch),
      onPartlyTold: (one) => this.rememberLeft(one),
    });
    for (const [receiver, notifiers] of Object.entries(options.receivers)) {
      const lane = createLane(options.clock, options.concurrency);
      this.lanes.set(receiver, lane);
      this.byReceiver.set(
        receiver,
        notifiers.map((notifier) => this.createChannel(receiver, notifier, lane)),
      );
    }
  }

  offer(receiver: string, take: () => BatchToTell | undefined): void {
    const lane = this.lanes.get(receiver);
    if (this.isStopped || !lane) return;
    this.open += 1;
    const task = (): Promise<void> | undefined => {
      const pauseMs = this.isStopped ? 0 : this.pauseOf(receiver);
      if (pauseMs === 0) return this.begin(receiver, take);
      this.putOff.add(lane, task, pauseMs);
      return undefined;
    };
    lane.push(task);
  }

  figures(): Readonly<Record<string, ChannelFigures>> {
    return Object.fromEntries([...this.options.figures].map(([name, one]) => [name, { ...one }]));
  }

  channels(): ReadonlySet<string> {
    return new Set([...this.byReceiver.values()].flat().map(({ name }) => name));
  }

  settled(): Promise<void> {
    if (this.open === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  async stop(deadlineMs: number): Promise<void> {
    this.isStopped = true;
    const { clock } = this.options;
    this.attempts.stop();
    this.close(this.putOff.drop());
    const isOver = await withDeadline(
      clock,
      deadlineMs,
      () => this.settled().then(() => true),
      () => false,
    );
    if (isOver) return;
    this.attempts.abort();
    await this.settled();
  }

  private createChannel(receiver: string, notifier: Notifier, lane: Lane): Channel {
    const name = `${receiver}/${notifier.name}`;
    const figures = this.options.figures.get(name) ?? { sent: 0, failed: 0, retried: 0 };
    this.options.figures.set(name, figures);
    const limit = createRateLimit(this.options.clock, notifier.maxPerMinute ?? 0);
    const pause = createPause(this.options.clock);
    return { name, notifier, lane, limit, pause, figures };
  }

  /** How long none of the receiver's notifiers may be asked, ms. */
  private pauseOf(receiver: string): number {
    const [first, ...others] = this.byReceiver.get(receiver) ?? [];
    return others.reduce((least, { pause }) => Math.min(least, pause.leftMs()), first?.pause.leftMs() ?? 0);
  }

  /** Asks each notifier whether it must be told; the place in the lane is held until the first attempts are over. */
  private begin(receiver: string, take: () => BatchToTell | undefined): Promise<void> | undefined {
    const taken = this.isStopped ? undefined : take();
    if (!taken) return this.close(1);
    const { batch } = taken;
    const wanting = (this.byReceiver.get(receiver) ?? []).flatMap((channel) => {
      const reason = this.reasonFor(channel, batch);
      return reason === 'known' ? [] : [{ channel, isPartlyTold: reason === 'unfinished' }];
    });
    let left = wanting.length;
    let isTold = true;
    if (left === 0) {
      taken.onOver(true);
      return this.close(1);
    }
    const onOver = (isOneTold: boolean): void => {
      isTold &&= isOneTold;
      left -= 1;
      if (left > 0) return;
      taken.onOver(isTold);
      this.close(1);
    };
    const told = taken.newest();
    const { groupIntervalMs } = told.group.route;
    const deadlineMs = this.options.clock.monotonic() + Math.max(groupIntervalMs, SHORTEST_DEADLINE_MS);
    const under = wanting.map(({ channel, isPartlyTold }) => {
      const undelivered = isPartlyTold
        ? this.options.log.find(channel.name, told.group.key)?.undelivered
        : undefined;
      const notification = createNotification(told, channel.notifier, undelivered);
      const one = { channel, batch: told, notification, isPartlyTold, attempt: 1, deadlineMs, onOver };
      return this.attempts.begin(one);
    });
    const [only] = under;
    return under.length === 1 ? only : Promise.all(under).then(() => undefined);
  }

  private reasonFor({ name, notifier }: Channel, batch: TellBatch): TellReason {
    const told = this.options.log.find(name, batch.group.key);
    const sendsResolved = notifier.sendsResolved !== false;
    const { firing, resolved, atMs: nowMs } = batch;
    const { repeatIntervalMs } = batch.group.route;
    const reason = tellReason({ told, firing, resolved, sendsResolved, repeatIntervalMs, nowMs });
    // The end of everything is not said to whom does not want to hear it, but it is remembered as said.
    if (reason === 'known' || firing.length > 0 || sendsResolved) return reason;
    this.remember(name, batch);
    return 'known';
  }

  /** An attempt for those who are left counts from when the others were told, and is written when fewer are left. */
  private rememberLeft({ channel: { name }, batch, notification, isPartlyTold }: Attempted): void {
    const { undelivered } = notification;
    const before = isPartlyTold ? this.options.log.find(name, batch.group.key) : undefined;
    if (before === undefined) this.remember(name, batch, { isPartly: true, undelivered });
    else if (JSON.stringify(before.undelivered) !== JSON.stringify(undelivered))
      this.options.log.record(name, batch.group.key, { ...before, undelivered });
  }

  private remember(
    channel: string,
    batch: TellBatch,
    left: Pick<LoggedNotification, 'isPartly' | 'undelivered'> = {},
  ): void {
    const { firing, resolved, at, atMs } = batch;
    const { repeatIntervalMs, groupIntervalMs } = batch.group.route;
    const expiresAt = at + Math.max(2 * repeatIntervalMs, 2 * groupIntervalMs, SHORTEST_MEMORY_MS);
    this.options.log.record(channel, batch.group.key, {
      firing,
      resolved,
      at,
      atMs,
      expiresAt,
      ...left,
    });
  }

  private close(count: number): undefined {
    this.open -= count;
    if (this.open > 0) return;
    const { waiters } = this;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }
}
