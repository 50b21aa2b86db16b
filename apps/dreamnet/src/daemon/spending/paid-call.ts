import type { Spending } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { Budgets, Reservation } from '@dreamnet/os-linker';
import { programError } from '../../errors.js';
import { readUsage } from './answer-usage.js';

/** One call of one agent, as it is paid for. */
export interface PaidCall {
  agent: string;
  capability: string;
  /** What the caller expects it to spend. */
  estimate: Spending | undefined;
  timeoutMs: number;
  signal: AbortSignal;
  /** Makes the call. `onUsage` is told what the answer says beside its output. */
  invoke: (signal: AbortSignal, onUsage: (answer: unknown) => void) => Promise<unknown>;
}

/** By then a call is over; one that is not holds on until it is. */
const HOLD_BEYOND_MS = 60_000;

/**
 * Reserves, calls, and settles with what the answer says it used. A freeze ends the call at once.
 *
 * @param onTrouble Told when what was spent could not be written down; the larger amount stays counted.
 * @throws DN_BUDGET_*: nothing was called, or a freeze broke it off; DN_AGENT_CALLER_GONE: cancelled before it was called;
 * else what the call throws
 */
export async function callPaid(
  budgets: Budgets,
  call: PaidCall,
  onTrouble: (text: string) => void,
): Promise<unknown> {
  const { agent, capability, estimate, timeoutMs } = call;
  const outcome = await budgets.reserve({
    ...{ agent, capability, isCall: true, holdMs: timeoutMs + HOLD_BEYOND_MS },
    told: { ...estimate, calls: 1, wallTime: timeoutMs },
  });
  if (!outcome.ok) throw outcome.refusal;
  const { reservation } = outcome;
  // It counts at once; nobody waits for the disk: until it is there, the larger amount is.
  const settle = (how: { used?: Spending; isUnspent?: boolean }) =>
    void settleLeniently(budgets, reservation, { agent, ...how }).catch((thrown: unknown) =>
      onTrouble(`budgets: ${agent}: ${DreamnetError.from(thrown).message}`),
    );
  let beside: unknown;
  try {
    // Another was faster, or nobody waits for it any more.
    if (call.signal.aborted) throw programError('DN_AGENT_CALLER_GONE', { name: agent, delivered: false });
    const output = await untilFrozen(reservation, call, (answer) => {
      beside = answer;
    });
    settle({ used: readUsage(beside, output) });
    return output;
  } catch (thrown) {
    // Only what surely never arrived cost nothing; what was broken off may have cost all of it.
    const isBrokenOff = reservation.signal.aborted;
    const isUnspent = !isBrokenOff && DreamnetError.from(thrown).details.delivered === false;
    settle(isUnspent ? { isUnspent } : {});
    throw thrown;
  }
}

/** An answer whose figures make no sense must not keep its call from being counted. */
async function settleLeniently(
  budgets: Budgets,
  { view }: Reservation,
  settlement: { agent: string; used?: Spending; isUnspent?: boolean },
): Promise<void> {
  try {
    await budgets.settle(view.id, settlement);
  } catch (thrown) {
    const { code } = DreamnetError.from(thrown);
    if (code !== 'DN_BUDGET_BAD_AMOUNT' && code !== 'DN_BUDGET_WRONG_CURRENCY') throw thrown;
    const { tokens } = settlement.used ?? {};
    const isUsable = code === 'DN_BUDGET_WRONG_CURRENCY' && tokens !== undefined;
    await budgets.settle(view.id, { agent: settlement.agent, ...(isUsable && { used: { tokens } }) });
  }
}

/** An agent that ignores being cancelled does not keep its caller waiting. */
function untilFrozen(
  { signal: frozen }: Reservation,
  { signal, invoke }: PaidCall,
  onUsage: (answer: unknown) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(frozen.reason);
    frozen.addEventListener('abort', stop, { once: true });
    if (frozen.aborted) return stop();
    Promise.resolve()
      .then(() => invoke(AbortSignal.any([signal, frozen]), onUsage))
      .then(resolve, reject)
      .finally(() => frozen.removeEventListener('abort', stop));
  });
}
