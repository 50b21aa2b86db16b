/**
 * What a child gets of the daemon's own environment: where programs are, who it runs as, language, time zone and
 * the place for temporary files. Everything else must be bound.
 */
export const BASE_VARIABLES = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
] as const;

/**
 * Picks the base variables out of an environment.
 *
 * @param environment Name → value; undefined values are skipped.
 */
export function pickBaseEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of BASE_VARIABLES) {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
