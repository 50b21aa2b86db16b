import type { ConfigurationProblem, RuntimeContext } from '@dreamnet/contracts';
import { matchesVersion, parseVersionPattern } from '@dreamnet/kit';

/** Is what the context asks for there? `matched` is null when the runtime does not tell its versions. */
export type ContextCheck =
  | { ok: true; matched: string | null }
  | { ok: false; problem: ConfigurationProblem };

/**
 * Compares the version a context asks for with what is really installed.
 *
 * @param installedVersions Such as `nodejs-20.20.2`; undefined when the runtime has no versions to tell.
 * @returns The installed version that fits, or the mismatch as expected and observed.
 */
export function checkContext(
  context: RuntimeContext,
  installedVersions: readonly string[] | undefined,
): ContextCheck {
  if (installedVersions === undefined) return { ok: true, matched: null };
  const pattern = parseVersionPattern(context.version);
  const matched = pattern && installedVersions.find((installed) => matchesVersion(pattern, installed));
  if (matched !== undefined) return { ok: true, matched };
  const observed = installedVersions.length === 0 ? 'nothing installed' : installedVersions.join(', ');
  return {
    ok: false,
    problem: {
      key: 'runtimeContext.version',
      description: `The agent asks for ${context.version}; found: ${observed}`,
      expected: context.version,
      observed,
      remedyHint: `install ${context.version}, or change runtimeContext.version to what is there`,
    },
  };
}
