import type { ChangeReaction } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { type LinkerState, requireRecord, resolveFor, writeSecretFiles } from '../lifecycle/linker-state.js';

/** Something bound to a process has changed, and this is done about it. */
export type ChangeSignal = Extract<ChangeReaction, `signal:${string}`>;

/** What came of telling a running process, in words fit to show. */
export interface RenewalOutcome {
  ok: boolean;
  because: string;
}

/** A program that does not handle a signal is ended by it at once; this long is enough to see that. */
const SETTLE_MS = 250;

/** What to do when several bindings ask for different things: the strongest, and of signals every one. */
export function chooseReactions(asked: readonly ChangeReaction[]): readonly ChangeReaction[] {
  if (asked.includes('restart')) return ['restart'];
  const signals = [...new Set(asked)].filter((reaction) => reaction !== 'none');
  return signals.length > 0 ? signals : ['none'];
}

/**
 * Puts new values into the files of a running process, signals it, and looks whether the same process goes on.
 * One operation on a process at a time: the caller queues.
 */
export async function renewSecrets(
  state: LinkerState,
  processId: string,
  signals: readonly ChangeSignal[],
): Promise<RenewalOutcome> {
  const record = requireRecord(state, processId);
  const resolved = await resolveFor(state, record);
  if (resolved.problems.length > 0)
    return { ok: false, because: resolved.problems.map((problem) => problem.description).join('; ') };
  await writeSecretFiles(state, processId, resolved);
  const given = resolved.files.size > 0 ? 'new values in its files' : 'its next start takes the new value';
  if (signals.length === 0) return { ok: true, because: given };
  const { processes } = state.options;
  const identityOf = () => JSON.stringify(processes.get(processId)?.identity ?? null);
  const before = identityOf();
  for (const signal of signals)
    if (!processes.signal?.(processId, SIGNAL_NAMES[signal]))
      return { ok: false, because: `no process took ${SIGNAL_NAMES[signal]}` };
  await sleep(state.options.clock, SETTLE_MS);
  return identityOf() === before
    ? { ok: true, because: `told by ${signals.join(', ')}, and it goes on` }
    : { ok: false, because: `${signals.join(', ')} ended it; it does not handle the signal` };
}

const SIGNAL_NAMES = {
  'signal:HUP': 'SIGHUP',
  'signal:USR1': 'SIGUSR1',
  'signal:USR2': 'SIGUSR2',
} as const satisfies Record<ChangeSignal, string>;
