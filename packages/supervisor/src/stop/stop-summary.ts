import type { StopAccount, StopStep } from '@dreamnet/contracts';

const SECOND_MS = 1000;

/** A stop in one sentence: what was tried, what came of it, and what was left. */
export function stopSummary({
  steps,
  isProven,
  isResumed,
}: Pick<StopAccount, 'steps' | 'isProven' | 'isResumed'>): string {
  const phrases = steps.map((step) => stepPhrase(step));
  if (phrases.length === 0) phrases.push(isProven ? 'nothing of it ran any more' : 'asked for');
  if (!isProven && steps.at(-1)?.rung === 'kill' && (steps.at(-1)?.left ?? 0) > 0)
    phrases.push('not proven to be gone');
  const told = phrases.join('; ');
  return isResumed ? `begun by the daemon before this one: ${told}` : told;
}

function stepPhrase(step: StopStep): string {
  switch (step.rung) {
    case 'stdin':
      return stdinPhrase(step);
    case 'signal':
      return signalPhrase(step);
    case 'kill':
      return killPhrase(step);
  }
}

/** The end of its input reaches the main process alone: what it had started is asked by the next rung. */
function stdinPhrase({ left, tookMs }: StopStep): string {
  return left === 0
    ? `asked over stdin, left after ${duration(tookMs)}`
    : `asked over stdin, still there after ${duration(tookMs)}`;
}

function signalPhrase({ signal, asked, left, tookMs }: StopStep): string {
  if (left === 0) {
    const who = asked === 1 ? 'left' : `all ${processes(asked)} left`;
    return `${signal}, ${who} after ${duration(tookMs)}`;
  }
  if (left >= asked) return `ignored ${signal} for ${duration(tookMs)}`;
  return `${signal}, ${left} of ${processes(asked)} still there after ${duration(tookMs)}`;
}

function killPhrase({ asked, left, tookMs }: StopStep): string {
  if (left === 0) return `killed: ${processes(asked)} ended`;
  return `killed: ${left} of ${processes(asked)} still there after ${duration(tookMs)}`;
}

function processes(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`;
}

function duration(ms: number): string {
  return ms < SECOND_MS ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
