import type { CallOutcome, Clock, PublishEvent } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { programError } from '../../errors.js';

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

interface Waiting {
  agent: string;
  capability: string;
  settle(error?: DreamnetError): void;
}

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
    const waitMs = Math.min(sleeper.holdMs, call.timeoutMs);
    return new Promise((resolve) => {
      const one: Waiting = {
        ...{ agent, capability },
        settle: (error) => {
          if (!waiting.delete(one)) return;
          clock.clearTimeout(timer);
          signal.removeEventListener('abort', giveUp);
          resolve(error);
        },
      };
      const timer = clock.setTimeout(
        () => one.settle(programError('DN_AGENT_NOT_AWAKE', { name: agent, seconds: waitMs / 1000 })),
        waitMs,
      );
      // Whoever called is gone: nobody reads what is answered.
      const giveUp = () => one.settle(programError('DN_AGENT_CALLER_GONE', { name: agent }));
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.add(one);
      publish('scale.activated', agent, { capability, held: held(agent) });
      if (signal.aborted) giveUp();
      else wake(agent, capability).catch((thrown: DreamnetError) => one.settle(thrown));
    });
  };
  return {
    held,
    admit: async (call) => {
      if (isServed(call.capability)) return { ok: true, waitedMs: 0 };
      const sleeper = sleeperOf(call.capability);
      if (!sleeper) return { ok: true, waitedMs: 0 };
      const startedMs = clock.monotonic();
      const error = await hold(sleeper, call);
      if (!error) return { ok: true, waitedMs: clock.monotonic() - startedMs };
      const { code, message } = error;
      return { ok: false, outcome: { ok: false, code, message, attempts: [] } };
    },
    routesChanged: () => {
      for (const one of [...waiting]) if (isServed(one.capability)) one.settle();
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
