import type { CallOutcome, Clock, PublishEvent } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { programError } from '../../errors.js';
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
  /** Who would serve a capability if it had a process; undefined when nobody sleeps. */
  sleeperOf: (capability: string) => Sleeper | undefined;
  /** Has the capability a route now? */
  isServed: (capability: string) => boolean;
  /** Asks for a first process. Called for every held call; nothing happens when one is on its way. */
  wake: (agent: string, capability: string) => Promise<void>;
}

/** What became of a call that had nobody to go to. */
export type Admission = { ok: true; waitedMs: number } | { ok: false; outcome: CallOutcome };

/** Holds calls of agents that are scaled to zero until their first process serves: held, not refused. */
export interface Activation {
  /** Resolves at once when there is a route, or nobody who sleeps. */
  admit(call: { capability: string; timeoutMs: number; signal: AbortSignal }): Promise<Admission>;
  /** A route came. */
  routesChanged(): void;
  /** Its first process cannot be started: whoever waits for it is told. */
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
  const { clock, publish, sleeperOf, isServed, wake } = options;
  const waiting = new Set<Waiting>();
  const held = (agent: string) => [...waiting].filter((one) => one.agent === agent).length;
  const hold = async (
    sleeper: Sleeper,
    call: Parameters<Activation['admit']>[0],
  ): Promise<DreamnetError | undefined> => {
    const { agent, limit } = sleeper;
    const { capability, signal } = call;
    if (held(agent) >= limit) return programError('DN_AGENT_HELD_FULL', { name: agent, limit });
    // Whoever called is gone: nobody reads what is answered.
    const gone = () => programError('DN_AGENT_CALLER_GONE', { name: agent });
    if (signal.aborted) return gone();
    const waitMs = Math.min(sleeper.holdMs, call.timeoutMs);
    const wait = holdCall<DreamnetError | undefined>({
      ...{ clock, waitMs, signal, gone },
      late: () => programError('DN_AGENT_NOT_AWAKE', { name: agent, seconds: waitMs / 1000 }),
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
    admit: async (call) => {
      if (isServed(call.capability)) return { ok: true, waitedMs: 0 };
      const sleeper = sleeperOf(call.capability);
      if (!sleeper) return { ok: true, waitedMs: 0 };
      const startedMs = clock.monotonic();
      const error = await hold(sleeper, call);
      const latencyMs = clock.monotonic() - startedMs;
      if (!error) return { ok: true, waitedMs: latencyMs };
      const { code, message } = error;
      const attempt = { provider: sleeper.agent, ok: false, latencyMs, error: `${code}: ${message}` };
      return { ok: false, outcome: { ok: false, code, message, attempts: [attempt] } };
    },
    routesChanged: () => {
      for (const one of [...waiting]) if (isServed(one.capability)) one.settle(undefined);
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
