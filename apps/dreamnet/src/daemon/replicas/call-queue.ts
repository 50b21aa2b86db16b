import type { CallOutcome, Clock } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { programError } from '../../errors.js';
import type { CallCounter } from './call-counter.js';
import { type HeldCall, holdCall } from './held-call.js';

/** How many calls an agent's processes work on at once, and what becomes of those beyond that. */
export interface CallLimit {
  agent: string;
  /** Each process. */
  maxInFlight: number;
  /** Its processes that are called now. */
  providers: readonly string[];
  /** Most calls that wait. */
  most: number;
  /** How long one waits. */
  waitMs: number;
}

/** What a queue needs of the rest. */
export interface CallQueueOptions {
  clock: Clock;
  calls: Pick<CallCounter, 'inFlight'>;
  /** Of the agent a call would go to now; undefined when that has no limit, or nobody serves the capability. */
  limitOf: (capability: string) => CallLimit | undefined;
  /** Is there anybody a call would go to now? */
  isServed: (capability: string) => boolean;
}

/** The permission to call. `given`: a process has got the call, or it is over without that. */
export interface CallPlace {
  waitedMs: number;
  given(): void;
}

/** What became of a call that asked for its turn. */
export type Turn = { ok: true; place: CallPlace } | { ok: false; outcome: CallOutcome };

/** Calls of an agent that is busy wait here for their turn, in the order in which they came. */
export interface CallQueue {
  /** Resolves at once when a process has room; else when one has, or when the wait is over. */
  admit(call: { capability: string; timeoutMs: number; signal: AbortSignal }): Promise<Turn>;
  /** A call of an agent is over: its process has room. */
  ended(agent: string): void;
  /** Calls that wait now. */
  waiting(agent: string): number;
  /** Processes came or went, or what the fleet file says of them changed. */
  changed(): void;
  /** Ends every wait. */
  close(): void;
}

/** The error when it is refused after all; undefined when it may go. */
type Waiting = HeldCall<DreamnetError | undefined> & { capability: string };

/** Nobody waits at first. */
export function createCallQueue(options: CallQueueOptions): CallQueue {
  return new Queue(options);
}

/**
 * A call that was let through and has not reached its process yet is seen by no counter: until it has, nobody else of the same
 * agent is let through. So a process is never given more than its limit, whoever is chosen in between.
 */
class Queue implements CallQueue {
  readonly #options: CallQueueOptions;
  readonly #lines = new Map<string, Set<Waiting>>();
  /** Let through and not begun. */
  readonly #underWay = new Set<string>();

  constructor(options: CallQueueOptions) {
    this.#options = options;
  }

  async admit(call: { capability: string; timeoutMs: number; signal: AbortSignal }): Promise<Turn> {
    const limit = this.#options.limitOf(call.capability);
    if (!limit) return { ok: true, place: freePlace() };
    const { clock } = this.#options;
    const startedMs = clock.monotonic();
    const mustWait = this.waiting(limit.agent) > 0 || !this.#mayGo(limit);
    const error = mustWait ? await this.#wait(limit, call) : undefined;
    if (!mustWait) this.#underWay.add(limit.agent);
    if (!error) return { ok: true, place: this.#placeOf(limit.agent, clock.monotonic() - startedMs) };
    const { code, message } = error;
    return { ok: false, outcome: { ok: false, code, message, attempts: [] } };
  }

  ended(agent: string): void {
    this.#look(agent);
  }

  waiting(agent: string): number {
    return this.#lines.get(agent)?.size ?? 0;
  }

  changed(): void {
    for (const agent of [...this.#lines.keys()]) this.#look(agent);
  }

  close(): void {
    for (const [name, line] of this.#lines)
      for (const one of [...line])
        one.settle(programError('DN_AGENT_NOT_RUNNING', { name, because: 'the daemon ends' }));
  }

  #wait(
    limit: CallLimit,
    { capability, timeoutMs, signal }: { capability: string; timeoutMs: number; signal: AbortSignal },
  ): Promise<DreamnetError | undefined> {
    const { agent } = limit;
    const line = this.#lines.get(agent) ?? new Set<Waiting>();
    // Who only waits for the call before it to reach its process takes no place in the queue.
    if (line.size >= limit.most + Math.max(0, this.#room(limit))) {
      const works = limit.maxInFlight * limit.providers.length;
      return Promise.resolve(programError('DN_AGENT_QUEUE_FULL', { name: agent, works, limit: limit.most }));
    }
    const waitMs = Math.min(limit.waitMs, timeoutMs);
    const gone = () => programError('DN_AGENT_CALLER_GONE', { name: agent });
    if (signal.aborted) return Promise.resolve(gone());
    const held = holdCall<DreamnetError | undefined>({
      ...{ clock: this.#options.clock, waitMs, signal, gone },
      late: () => programError('DN_AGENT_QUEUE_LATE', { name: agent, seconds: waitMs / 1000 }),
      onSettled: (error) => {
        line.delete(one);
        if (line.size === 0) this.#lines.delete(agent);
        // The next one may have been behind it only.
        if (error) this.#look(agent);
      },
    });
    const one: Waiting = { ...held, capability };
    this.#lines.set(agent, line.add(one));
    return held.settled;
  }

  /** Whoever waits longest goes when there is room; one without anybody to go to waits on. */
  #look(agent: string): void {
    const [first] = this.#lines.get(agent) ?? [];
    if (!first || this.#underWay.has(agent) || !this.#options.isServed(first.capability)) return;
    const limit = this.#options.limitOf(first.capability);
    if (limit?.agent === agent && !this.#mayGo(limit)) return;
    this.#underWay.add(agent);
    first.settle(undefined);
  }

  #placeOf(agent: string, waitedMs: number): CallPlace {
    let isUnderWay = true;
    const given = () => {
      if (!isUnderWay) return;
      isUnderWay = false;
      this.#underWay.delete(agent);
      this.#look(agent);
    };
    return { waitedMs, given };
  }

  #mayGo(limit: CallLimit): boolean {
    return !this.#underWay.has(limit.agent) && this.#room(limit) > 0;
  }

  /** How many calls more its processes can be given, without the one that is on its way to them. */
  #room({ agent, maxInFlight, providers }: CallLimit): number {
    const { calls } = this.#options;
    const onItsWay = this.#underWay.has(agent) ? 1 : 0;
    return providers.reduce((room, id) => room + Math.max(0, maxInFlight - calls.inFlight(id)), -onItsWay);
  }
}

/** Of who has no limit. */
function freePlace(): CallPlace {
  return { waitedMs: 0, given: () => undefined };
}
