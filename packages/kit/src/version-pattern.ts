/** A runtime version as `RuntimeContext.version` writes it: `nodejs-20.x`, `python-3.11`, or a bare `sh`. */
export interface VersionPattern {
  /** The part before the last dash, lower case. */
  readonly name: string;
  /** Digits or `x` (anything); fewer parts than the version has match any rest. Empty: every version. */
  readonly parts: readonly string[];
}

/** Long enough for any vendor's name, short enough to print. */
const PATTERN = /^([a-z][a-z0-9+_-]{0,63}?)(?:-((?:\d{1,9}|x|\*)(?:\.(?:\d{1,9}|x|\*)){0,3}))?$/i;

/**
 * Reads a pattern such as `nodejs-20.x`.
 *
 * @returns undefined when the text is no such pattern.
 */
export function parseVersionPattern(text: string): VersionPattern | undefined {
  const match = PATTERN.exec(text);
  if (!match?.[1]) return undefined;
  const parts = match[2]?.toLowerCase().replaceAll('*', 'x').split('.') ?? [];
  return { name: match[1].toLowerCase(), parts };
}

/**
 * Is `installed` (e.g. `nodejs-20.20.2`) one of the versions the pattern means? Parts are compared as numbers,
 * so `python-3.1` does not match `python-3.11`.
 */
export function matchesVersion(pattern: VersionPattern, installed: string): boolean {
  const found = parseVersionPattern(installed);
  if (!found || found.name !== pattern.name) return false;
  return pattern.parts.every((part, place) => {
    const actual = found.parts[place];
    return part === 'x' || (actual !== undefined && Number(actual) === Number(part));
  });
}
