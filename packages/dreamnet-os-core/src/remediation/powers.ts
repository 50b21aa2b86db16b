import type {
  Clock,
  Evidence,
  PowerAnswer,
  RemedyEffect,
  ResourceShortage,
  Subsystem,
} from '@dreamnet/contracts';
import { DreamnetError, withDeadline } from '@dreamnet/kit';

/** What became of calling a power. `unknown` means it did not answer in time: only verification can tell. */
export interface EffectOutcome {
  result: 'done' | 'refused' | 'unknown';
  details: string;
  evidence: Evidence;
}

/** Has the subsystem the power that the effect calls? */
export function hasPower(subsystem: Subsystem | undefined, power: RemedyEffect['power']): boolean {
  return typeof subsystem?.[power] === 'function';
}

/** What it ran short of; nothing when it cannot be asked, cannot answer, or without `configure()` cannot be given more. */
export function shortageOf(subsystem: Subsystem | undefined): ResourceShortage | undefined {
  if (!hasPower(subsystem, 'configure')) return undefined;
  try {
    return subsystem?.shortage?.();
  } catch {
    return undefined; // it is down anyway: the other rungs remain
  }
}

/**
 * Calls the power once. Never throws: a throw is a refusal with its text.
 *
 * @param timeoutMs How long the power may take to answer.
 */
export async function perform(
  clock: Clock,
  subsystem: Subsystem,
  call: { effect: RemedyEffect; reason: string; timeoutMs: number },
): Promise<EffectOutcome> {
  const { effect, timeoutMs } = call;
  const late: EffectOutcome = {
    result: 'unknown',
    details: `${effect.power}() did not answer within ${timeoutMs} ms`,
    evidence: { timeoutMs },
  };
  try {
    return await withDeadline(
      clock,
      timeoutMs,
      async () => toOutcome(effect, await invoke(subsystem, effect, call.reason)),
      () => late,
    );
  } catch (thrown) {
    const { code, message } = DreamnetError.from(thrown);
    return {
      result: 'refused',
      details: `${effect.power}() failed: ${message}`,
      evidence: { code, message },
    };
  }
}

/** `undefined` when the power is not there any more or its argument is not of the power's kind. */
function invoke(subsystem: Subsystem, effect: RemedyEffect, reason: string): unknown {
  const { power, argument } = effect;
  switch (power) {
    case 'restart':
      return subsystem.restart ? subsystem.restart(reason) : absent(power);
    case 'configure':
      return subsystem.configure && isRecord(argument) ? subsystem.configure(argument) : absent(power);
    case 'scale':
      return subsystem.scale && typeof argument === 'number' ? subsystem.scale(argument) : absent(power);
    case 'connect':
      return subsystem.connect && typeof argument === 'string' ? subsystem.connect(argument) : absent(power);
    case 'resync':
      return subsystem.resync && typeof argument === 'string' ? subsystem.resync(argument) : absent(power);
  }
}

function absent(power: string): PowerAnswer {
  return { ok: false, details: `it offers no ${power}() for this argument` };
}

function toOutcome({ power }: RemedyEffect, answer: unknown): EffectOutcome {
  if (!isRecord(answer)) return { result: 'done', details: `${power}() returned`, evidence: {} };
  const details = typeof answer.details === 'string' ? answer.details : `${power}() answered`;
  const evidence = isRecord(answer.evidence) ? answer.evidence : {};
  return { result: answer.ok === false ? 'refused' : 'done', details, evidence };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
