import type { Clock } from '@dreamnet/contracts';
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

/** Agents to whom a call does not go: they had no room for it. */
export type PassedOver = ReadonlySet<string>;

/** A call that asks for its turn. */
export interface QueuedCall {
  capability: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** Default: nobody. */
  passedOver?: PassedOver;
}

/** What a queue needs of the rest. */
export interface CallQueueOptions {
  clock: Clock;
  calls: Pick<CallCounter, 'inFlight'>;
  /** Of the agent a call would go to now; undefined when that has no limit, or nobody serves the capability. */
  limitOf: (capability: string, passedOver: PassedOver) => CallLimit | undefined;
  /** Is there anybody a call would go to now? */
  isServed: (capability: string, passedOver: PassedOver) => boolean;
  /** Why an agent will not serve a capability, however long it is waited for; undefined while it may. */
  refusalOf: (agent: string, capability: string) => DreamnetError | undefined;
}

/** The permission to call. `given`: a process has got the call, or it is over without that. */
export interface CallPlace {
  waitedMs: number;
  given(): void;
}

/** What became of a call that asked for its turn: the permission, or whose queue refused it and after what time. */
export type Turn =
  | { ok: true; place: CallPlace }
  | { ok: false; agent: string; error: DreamnetError; waitedMs: number };

/** Calls of an agent that is busy wait here for their turn, in the order in which they came. */
export interface CallQueue {
  /** Resolves at once when a process has room; else when one has, or when the wait is over. */
  admit(call: QueuedCall): Promise<Turn>;
  /** A call of an agent is over: its process has room. */
  ended(agent: string): void;
  /** Calls that wait now. */
  waiting(agent: string): number;
  /** Processes came or went, what the fleet file says of them changed, or somebody may serve no more: frozen, stopped, given up. */
  changed(): void;
  /** It will not serve any more: whoever waits for it is told. */
  failed(agent: string, error: DreamnetError): void;
  /** Ends every wait. */
  close(): void;
}

/** The error when it is refused after all; undefined when it may go. */
type Waiting = HeldCall<DreamnetError | undefined> & Pick<QueuedCall, 'capability' | 'passedOver'>;

const NOBODY: PassedOver = new Set();

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

  async admit(call: QueuedCall): Promise<Turn> {
    const limit = this.#limitOf(call);
    if (!limit) return { ok: true, place: freePlace() };
    const { clock } = this.#options;
    const startedMs = clock.monotonic();
    const mustWait = this.waiting(limit.agent) > 0 || !this.#mayGo(limit);
    const error = mustWait ? await this.#wait(limit, call) : undefined;
    if (!mustWait) this.#underWay.add(limit.agent);
    const waitedMs = clock.monotonic() - startedMs;
    const { agent } = limit;
    return error
      ? { ok: false, agent, error, waitedMs }
      : { ok: true, place: this.#placeOf(agent, waitedMs) };
  }

  ended(agent: string): void {
    this.#look(agent);
  }

  waiting(agent: string): number {
    return this.#lines.get(agent)?.size ?? 0;
  }

  changed(): void {
    for (const agent of [...this.#lines.keys()]) {
      const refusals = new Map<string, DreamnetError | undefined>();
      this.#refuse(agent, ({ capability }) => {
        if (!refusals.has(capability)) refusals.set(capability, this.#options.refusalOf(agent, capability));
        return refusals.get(capability);
      });
      this.#look(agent);
    }
  }

  failed(agent: string, error: DreamnetError): void {
    this.#refuse(agent, () => error);
  }

  close(): void {
    for (const [name, line] of this.#lines)
      for (const one of [...line])
        one.settle(programError('DN_AGENT_NOT_RUNNING', { name, because: 'the daemon ends' }));
  }

  #limitOf({ capability, passedOver = NOBODY }: Waiting | QueuedCall): CallLimit | undefined {
    return this.#options.limitOf(capability, passedOver);
  }

  #wait(limit: CallLimit, call: QueuedCall): Promise<DreamnetError | undefined> {
    const { capability, timeoutMs, signal, passedOver = NOBODY } = call;
    const { agent } = limit;
    const refusal = this.#options.refusalOf(agent, capability);
    if (refusal) return Promise.resolve(refusal);
    const line = this.#lines.get(agent) ?? new Set<Waiting>();
    // Who only waits for the call before it to reach its process takes no place in the queue.
    if (line.size >= limit.most + Math.max(0, this.#room(limit))) {
      const works = limit.maxInFlight * limit.providers.length;
      const details = { name: agent, works, limit: limit.most, delivered: false };
      return Promise.resolve(programError('DN_AGENT_QUEUE_FULL', details));
    }
    const waitMs = Math.min(limit.waitMs, timeoutMs);
    const gone = () => programError('DN_AGENT_CALLER_GONE', { name: agent });
    if (signal.aborted) return Promise.resolve(gone());
    const held = holdCall<DreamnetError | undefined>({
      ...{ clock: this.#options.clock, waitMs, signal, gone },
      late: () =>
        programError('DN_AGENT_QUEUE_LATE', { name: agent, seconds: waitMs / 1000, delivered: false }),
      onSettled: (error) => {
        line.delete(one);
        if (line.size === 0) this.#lines.delete(agent);
        // The next one may have been behind it only.
        if (error) this.#look(agent);
      },
    });
    const one: Waiting = { ...held, capability, passedOver };
    this.#lines.set(agent, line.add(one));
    return held.settled;
  }

  /** All of them leave the line before the first is told: else the one behind it would be let through meanwhile. */
  #refuse(agent: string, why: (one: Waiting) => DreamnetError | undefined): void {
    const line = this.#lines.get(agent);
    if (!line) return;
    const refused = [...line].flatMap((one) => {
      const error = why(one);
      return error ? [{ one, error }] : [];
    });
    for (const { one } of refused) line.delete(one);
    for (const { one, error } of refused) one.settle(error);
  }

  /** Whoever waits longest goes when there is room; one without anybody to go to waits on. */
  #look(agent: string): void {
    const [first] = this.#lines.get(agent) ?? [];
    if (!first || this.#underWay.has(agent)) return;
    const { capability, passedOver = NOBODY } = first;
    if (!this.#options.isServed(capability, passedOver)) return;
    const limit = this.#limitOf(first);
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
