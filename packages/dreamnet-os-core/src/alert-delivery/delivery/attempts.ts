import type { Clock, Notification, Notifier, PublishEvent, TimerHandle } from '@dreamnet/contracts';
import { backoffDelay, DreamnetError } from '@dreamnet/kit';
import { coreError } from '../../errors.js';
import { createDeadlines, type Limited } from './deadlines.js';
import type { ChannelFigures } from './delivery-figures.js';
import type { Lane } from './lane.js';
import type { TellBatch } from './notification.js';
import { LONGEST_PAUSE_MS, type Pause } from './pause.js';
import type { RateLimit } from './rate-limit.js';

/** One notifier of one receiver. */
export interface Channel {
  /** `receiver/notifier` */
  name: string;
  notifier: Notifier;
  lane: Lane;
  limit: RateLimit;
  pause: Pause;
  figures: ChannelFigures;
}

/** One notification on its way to one notifier. */
export interface Attempted {
  channel: Channel;
  batch: TellBatch;
  notification: Notification;
  attempt: number;
  /** Has somebody behind the notifier got it already? */
  isPartlyTold: boolean;
  /** Monotonic ms. */
  deadlineMs: number;
  onOver: (isTold: boolean) => void;
}

/** Tries until it succeeds, cannot succeed, or its time is up. */
export interface Attempts {
  /** @returns What resolves when the place in the lane is free again: between two attempts it is. */
  begin(one: Attempted): Promise<void> | undefined;
  /** Gives up what waits for its next attempt, and lets nothing wait any more. */
  stop(): void;
  /** Gives up what is under way. */
  abort(): void;
}

export interface AttemptsOptions {
  clock: Clock;
  publish: PublishEvent;
  random?: () => number;
  onTold: (channel: string, batch: TellBatch) => void;
  /** Some behind the notifier have it now, and the others are worth another try; told at each such attempt. */
  onPartlyTold: (one: Attempted) => void;
}

const BACKOFF = { initialMs: 500, maxMs: 60_000 };

export function createAttempts(options: AttemptsOptions): Attempts {
  return new BackingOffAttempts(options);
}

class BackingOffAttempts implements Attempts {
  private readonly options: AttemptsOptions;
  private readonly deadlines;
  private readonly waiting = new Map<Attempted, TimerHandle>();
  private isStopped = false;

  constructor(options: AttemptsOptions) {
    this.options = options;
    this.deadlines = createDeadlines<Limited>(options.clock);
  }

  begin(one: Attempted): Promise<void> | undefined {
    if (this.isStopped) {
      one.onOver(false);
      return undefined;
    }
    const { channel, deadlineMs } = one;
    const pauseMs = channel.pause.leftMs();
    if (pauseMs > 0) {
      // Later is no failure: the next look at the group tells what is true then.
      if (this.options.clock.monotonic() + pauseMs < deadlineMs) this.wait(one, pauseMs);
      else one.onOver(false);
      return undefined;
    }
    const waitMs = channel.limit.take();
    if (waitMs === 0) return this.run(one);
    if (this.options.clock.monotonic() + waitMs < deadlineMs) this.wait(one, waitMs);
    else {
      const { name: notifier, notifier: of } = channel;
      this.giveUp(one, coreError('DN_CORE_NOTIFICATION_RATE', { notifier, perMinute: of.maxPerMinute ?? 0 }));
    }
    return undefined;
  }

  stop(): void {
    this.isStopped = true;
    for (const [one, timer] of this.waiting) {
      this.options.clock.clearTimeout(timer);
      one.onOver(false);
    }
    this.waiting.clear();
  }

  abort(): void {
    this.deadlines.expireAll();
  }

  /** Is over at the deadline at the latest, whatever the notifier does with its signal. */
  private run(one: Attempted): Promise<void> {
    const { channel, notification, deadlineMs } = one;
    const startedMs = this.options.clock.monotonic();
    return new Promise((free) => {
      let isOver = false;
      const finish = (error: DreamnetError | undefined): void => {
        if (isOver) return;
        isOver = true;
        this.deadlines.end(limited, deadlineMs);
        if (error === undefined) this.succeeded(one);
        else this.failed(one, error);
        free();
      };
      const limited: Limited = {
        slot: -1,
        onExpired: () => {
          const leftMs = Math.round(this.options.clock.monotonic() - startedMs);
          finish(coreError('DN_CORE_NOTIFICATION_TIMEOUT', { notifier: channel.name, leftMs }));
        },
      };
      const signal = this.deadlines.begin(limited, deadlineMs);
      tell(channel.notifier, notification, signal).then(
        () => finish(undefined),
        (thrown: unknown) => finish(DreamnetError.from(thrown)),
      );
    });
  }

  private succeeded({ channel, batch, onOver }: Attempted): void {
    channel.figures.sent += 1;
    channel.figures.lastSentAt = this.options.clock.now();
    this.options.onTold(channel.name, batch);
    onOver(true);
  }

  private failed(one: Attempted, error: DreamnetError): void {
    const { channel, attempt, deadlineMs } = one;
    const askedMs = error.retryable ? askedDelay(error) : 0;
    channel.pause.extend(askedMs);
    this.noteLeft(one, error);
    const delayMs = Math.max(askedMs, this.retryDelay(attempt));
    const hasTime = this.options.clock.monotonic() + delayMs < deadlineMs && !this.isStopped;
    if (!error.retryable || !hasTime) {
      this.giveUp(one, error);
      return;
    }
    this.note(channel.figures, error);
    channel.figures.retried += 1;
    // Said once; the rest of the attempts are in the figures, and the last one is said again.
    if (attempt === 1) this.say(one, error);
    one.attempt += 1;
    this.wait(one, delayMs);
  }

  /** Another trouble, which says nothing of who is left, changes nothing about them. */
  private noteLeft(one: Attempted, { details }: DreamnetError): void {
    const { undelivered, isPartlyTold } = details;
    if (undelivered !== undefined) one.notification = { ...one.notification, undelivered };
    if (isPartlyTold !== true) return;
    this.options.onPartlyTold(one);
    one.isPartlyTold = true;
  }

  private giveUp(one: Attempted, error: DreamnetError): void {
    const { channel, batch, onOver } = one;
    this.note(channel.figures, error);
    channel.figures.failed += 1;
    this.say(one, error);
    // Who is left is refused for good: telling the others again would not change that.
    const isTold = !error.retryable && error.details.isPartlyTold === true;
    if (isTold) this.options.onTold(channel.name, batch);
    if (isTold || this.isStopped) onOver(isTold);
    else this.rest(one, error.retryable);
  }

  /**
   * Its group is told of again when this is over, at once if it is due by then: a failure that may pass holds it until its
   * time is up, so that the pauses do not begin anew before, and after none is the same receiver asked without a pause.
   */
  private rest(one: Attempted, mayPass: boolean): void {
    const leftMs = mayPass ? one.deadlineMs - this.options.clock.monotonic() : 0;
    this.later(one, Math.max(leftMs, this.retryDelay(1)), () => one.onOver(false));
  }

  private note(figures: ChannelFigures, error: DreamnetError): void {
    figures.lastError = error.message;
    figures.lastErrorAt = this.options.clock.now();
  }

  private retryDelay(attempt: number): number {
    const { random } = this.options;
    return backoffDelay(attempt, random ? { ...BACKOFF, random } : BACKOFF);
  }

  /** Waits outside of the lane: whoever waits keeps nobody from being told. */
  private wait(one: Attempted, delayMs: number): void {
    this.later(one, delayMs, () => one.channel.lane.pushFirst(() => this.begin(one)));
  }

  private later(one: Attempted, delayMs: number, then: () => void): void {
    const timer = this.options.clock.setTimeout(() => {
      this.waiting.delete(one);
      then();
    }, delayMs);
    this.waiting.set(one, timer);
  }

  private say({ channel, batch, attempt }: Attempted, error: DreamnetError): void {
    const alertId = batch.firing[0] ?? batch.resolved[0] ?? '';
    const { receiver } = batch.group.route;
    const data = { receiver, alertId, attempt, error: error.message };
    this.options.publish('notification.failed', channel.name, data);
  }
}

/** A receiver that says when it wants to be asked again is asked then, not before. */
function askedDelay({ details }: DreamnetError): number {
  const { retryAfterMs } = details;
  return typeof retryAfterMs === 'number' && retryAfterMs > 0 ? Math.min(retryAfterMs, LONGEST_PAUSE_MS) : 0;
}

/** A notifier that throws at once has failed like one that throws later. */
async function tell(notifier: Notifier, notification: Notification, signal: AbortSignal): Promise<void> {
  await notifier.notify(notification, signal);
}
