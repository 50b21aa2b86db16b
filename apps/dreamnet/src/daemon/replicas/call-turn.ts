import type { CallAttempt, CallOutcome, Clock, Route } from '@dreamnet/contracts';
import { agentOf } from '@dreamnet/os-linker';
import type { AgentBgp } from '@dreamnet/spine';
import type { CallQueue, PassedOver, QueuedCall } from './call-queue.js';

/** A call that may go. */
export interface TakenTurn {
  ok: true;
  /** A process has got the call, or it is over without that. */
  given: () => void;
  /** In all queues together. */
  waitedMs: number;
  /** One for each agent whose queue refused it. */
  refused: readonly CallAttempt[];
  /** Those agents: the call does not go to them. */
  passedOver: PassedOver;
}

/** Of a call for which there are no queues. */
export const FREE_TURN: TakenTurn = {
  ...{ ok: true, given: () => undefined, waitedMs: 0, refused: [], passedOver: new Set<string>() },
};

/**
 * Waits for the turn of a call at the agent it would go to. An agent that has no place for it in its queue, or no room within
 * `queue.for`, is passed over, as anybody whom it surely never reached: its turn at the next candidate is waited for.
 *
 * @returns The outcome of the call when nobody is left, or no time. It names everybody who refused it.
 */
export async function takeTurn(
  { queue, bgp, clock }: { queue: CallQueue; bgp: AgentBgp; clock: Clock },
  { capability, timeoutMs, signal }: QueuedCall,
): Promise<TakenTurn | { ok: false; outcome: CallOutcome }> {
  const startedMs = clock.monotonic();
  const refused: CallAttempt[] = [];
  const passedOver = new Set<string>();
  for (let waitedMs = 0; ; waitedMs = clock.monotonic() - startedMs) {
    const turn = await queue.admit({ capability, signal, passedOver, timeoutMs: timeoutMs - waitedMs });
    const spentMs = clock.monotonic() - startedMs;
    if (turn.ok) return { ok: true, given: turn.place.given, waitedMs: spentMs, refused, passedOver };
    const { agent, error } = turn;
    const { code, message } = error;
    refused.push({ provider: agent, ok: false, latencyMs: turn.waitedMs, error: `${code}: ${message}` });
    passedOver.add(agent);
    const mayGoOn = error.details.delivered === false && !signal.aborted && spentMs < timeoutMs;
    if (!mayGoOn || nextFor(bgp, capability, passedOver) === undefined)
      return { ok: false, outcome: { ok: false, code, message, attempts: refused } };
  }
}

/** The agent a call would go to now. */
export function nextFor(
  bgp: Pick<AgentBgp, 'decide'>,
  capability: string,
  passedOver: PassedOver,
): string | undefined {
  return firstOf(bgp.decide(capability, { isPeek: true }).candidates, passedOver);
}

/** The agent of the best candidate whose agent is not passed over. */
export function firstOf(candidates: readonly Route[], passedOver: PassedOver): string | undefined {
  return candidates.map(({ provider }) => agentOf(provider)).find((agent) => !passedOver.has(agent));
}
