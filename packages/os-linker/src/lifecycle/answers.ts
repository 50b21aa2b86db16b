import type { ConfigurationProblem } from '@dreamnet/contracts';

/** Why a start, stop or restart did not happen: expected in life, so a value. `message` is safe to show. */
export interface Refusal {
  ok: false;
  /** One of REFUSALS, or the code of the runtime's own error. */
  code: string;
  message: string;
  retryable: boolean;
  /** What is missing and how to mend it; empty when that is not the reason. */
  problems: readonly ConfigurationProblem[];
}

/** `isNew` is false when it ran already. */
export type StartAnswer =
  | { ok: true; identity: string | null; isNew: boolean; notEnforced: readonly string[] }
  | Refusal;

/** `notKept`: why the store does not have it; it has ended all the same. */
export type StopAnswer = { ok: true; notKept?: string } | Refusal;

/** `previousIdentity` is null when nothing ran before. */
export type RestartAnswer =
  | { ok: true; identity: string | null; previousIdentity: string | null; notEnforced: readonly string[] }
  | Refusal;

/** Codes of refusals that are the linker's own, with what they mean. */
export const REFUSALS = {
  DN_LINKER_CONFIGURATION_MISSING: 'something it needs is not there yet',
  DN_LINKER_RUNTIME_MISMATCH: 'the runtime it asks for is not installed',
  DN_LINKER_NOT_ENFORCED: 'its isolation is required, and something bound would not be enforced',
  DN_LINKER_IDENTITY_UNCHANGED: 'the same process as before still ran after the restart',
  DN_LINKER_NOT_UP: 'the runtime launched it, but it does not run',
} as const;

/** A refusal of the linker's own. */
export function refuse(
  code: keyof typeof REFUSALS,
  processId: string,
  problems: readonly ConfigurationProblem[] = [],
): Refusal {
  const listed = problems.map((problem) => problem.description).join('; ');
  const message = `${processId}: ${REFUSALS[code]}${listed === '' ? '' : `: ${listed}`}`;
  return { ok: false, code, message, retryable: problems.length === 0, problems };
}
