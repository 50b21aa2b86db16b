import type { CallAttempt, CallOutcome, Clock, PublishEvent } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { programError } from '../../errors.js';
import type { PassedOver } from './call-queue.js';
import { type HeldCall, holdCall } from './held-call.js';

/** An agent that has no process because nothing was asked of it. */
export interface Sleeper {
  agent: string;
  /** Most calls held at once. */
  limit: number;
  /** How long one is held. */
  holdMs: number;
}

/** What a held call needs of the rest. */
export interface ActivationOptions {
  clock: Clock;
  publish: PublishEvent;
  /** Who would serve a capability if it had a process, of those not passed over; undefined when nobody sleeps. */
  sleeperOf: (capability: string, passedOver: PassedOver) => Sleeper | undefined;
  /** Has the capability a route now? */
  isServed: (capability: string) => boolean;
  /** Why an agent will not serve a capability, however long it is waited for; undefined while it may. */
  refusalOf: (agent: string, capability: string) => DreamnetError | undefined;
  /** How its process ended last, as the end of a clause; empty when none did. */
  lastEnd: (agent: string) => string;
  /** Asks for a first process. Called for every held call; nothing happens when one is on its way. */
  wake: (agent: string, capability: string) => Promise<void>;
}

/** What became of a call that had nobody to go to. `refused`: one for each agent it was held for in vain. */
export type Admission =
  | { ok: true; waitedMs: number; refused: readonly CallAttempt[] }
  | { ok: false; outcome: CallOutcome };

/** A call that may have to be held. */
export interface HoldableCall {
  capability: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Holds calls of agents that are scaled to zero until their first process serves: held, not refused. */
export interface Activation {
  /**
   * Resolves at once when there is a route, or nobody who sleeps. Whom one agent refuses is held for the next one that would serve it,
   * while it has time left.
   */
  admit(call: HoldableCall): Promise<Admission>;
  /** A route came, or somebody may serve no more: frozen, stopped, given up. */
  changed(): void;
  /** It will have no process: whoever waits for it is told. */
  failed(agent: string, error: DreamnetError): void;
  /** Calls held now. */
  held(agent: string): number;
  /** Ends every wait. */
  close(): void;
}

/** The error when it is refused after all; undefined when it may go. */
type Waiting = HeldCall<DreamnetError | undefined> & { agent: string; capability: string };

/** Holds nothing yet. */
export function createActivation(options: ActivationOptions): Activation {
  const { clock, publish, isServed, refusalOf, lastEnd, wake } = options;
  const waiting = new Set<Waiting>();
  const held = (agent: string) => [...waiting].filter((one) => one.agent === agent).length;
  const hold = async (sleeper: Sleeper, call: HoldableCall): Promise<DreamnetError | undefined> => {
    const { agent, limit } = sleeper;
    const { capability, signal } = call;
    if (held(agent) >= limit) return programError('DN_AGENT_HELD_FULL', { name: agent, limit });
    // Whoever called is gone: nobody reads what is answered.
    const gone = () => programError('DN_AGENT_CALLER_GONE', { name: agent });
    if (signal.aborted) return gone();
    const waitMs = Math.min(sleeper.holdMs, call.timeoutMs);
    const wait = holdCall<DreamnetError | undefined>({
      ...{ clock, waitMs, signal, gone },
      late: () => {
        const details = { name: agent, seconds: waitMs / 1000, ended: lastEnd(agent) };
        return programError('DN_AGENT_NOT_AWAKE', details);
      },
      onSettled: () => waiting.delete(one),
    });
    const one: Waiting = { ...wait, agent, capability };
    waiting.add(one);
    publish('scale.activated', agent, { capability, held: held(agent) });
    wake(agent, capability).catch((thrown: DreamnetError) => one.settle(thrown));
    return wait.settled;
  };
  return {
    held,
    admit: (call) => admit(options, hold, call),
    changed: () => {
      for (const one of [...waiting]) {
        if (isServed(one.capability)) one.settle(undefined);
        else {
          const refusal = refusalOf(one.agent, one.capability);
          if (refusal) one.settle(refusal);
        }
      }
    },
    failed: (agent, error) => {
      for (const one of [...waiting]) if (one.agent === agent) one.settle(error);
    },
    close: () => {
      for (const one of [...waiting])
        one.settle(programError('DN_AGENT_NOT_RUNNING', { name: one.agent, because: 'the daemon ends' }));
    },
  };
}

async function admit(
  { clock, isServed, sleeperOf }: ActivationOptions,
  hold: (sleeper: Sleeper, call: HoldableCall) => Promise<DreamnetError | undefined>,
  call: HoldableCall,
): Promise<Admission> {
  const { capability, timeoutMs, signal } = call;
  const startedMs = clock.monotonic();
  const refused: CallAttempt[] = [];
  const passedOver = new Set<string>();
  let last: DreamnetError | undefined;
  let waitedMs = 0;
  for (;;) {
    if (isServed(capability)) return { ok: true, waitedMs, refused };
    const mayBeHeld = !last || (!signal.aborted && waitedMs < timeoutMs);
    const sleeper = mayBeHeld ? sleeperOf(capability, passedOver) : undefined;
    if (!sleeper) {
      if (!last) return { ok: true, waitedMs, refused };
      const { code, message } = last;
      return { ok: false, outcome: { ok: false, code, message, attempts: refused } };
    }
    const { agent } = sleeper;
    const error = await hold(sleeper, { ...call, timeoutMs: timeoutMs - waitedMs });
    const beforeMs = waitedMs;
    waitedMs = clock.monotonic() - startedMs;
    if (!error) return { ok: true, waitedMs, refused };
    last = error;
    passedOver.add(agent);
    const text = `${error.code}: ${error.message}`;
    refused.push({ provider: agent, ok: false, latencyMs: waitedMs - beforeMs, error: text });
  }
}
