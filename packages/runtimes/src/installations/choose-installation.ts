import type { ConsideredInstallation, InstallationChoice } from '@dreamnet/contracts';
import { matchesVersion, parseVersionPattern } from '@dreamnet/kit';
import type { VersionReader } from '../local/program-version.js';

/** A place an interpreter may be at, not looked at yet. */
export interface Candidate {
  readonly path: string;
  readonly foundBy: string;
  /** Candidates of a lower rank come first; among equals the newer version, then the earlier one. */
  readonly rank: number;
}

/** An installation with its rank. */
interface Ranked extends ConsideredInstallation {
  readonly rank: number;
}

/** Decides which installation comes first: the first rule that tells two apart does, and is told as the reason. */
const RULES: readonly {
  reason: (chosen: Ranked) => string;
  compare: (one: Ranked, other: Ranked) => number;
}[] = [
  {
    reason: ({ foundBy }) => `found by ${foundBy}, which comes first`,
    compare: (one, other) => one.rank - other.rank,
  },
  { reason: () => 'the newest of those that fit', compare: (one, other) => compareVersions(other, one) },
];

/**
 * Chooses among candidates by what a context asks for. Every candidate is really asked for its version.
 *
 * @param wanted Such as `nodejs-20.x`; undefined takes whatever comes first.
 */
export async function chooseInstallation(
  candidates: readonly Candidate[],
  wanted: string | undefined,
  reader: VersionReader,
): Promise<InstallationChoice> {
  const asked = await Promise.all(
    candidates.map(async (candidate) => ({
      ...candidate,
      version: (await reader.read(candidate.path)) ?? null,
    })),
  );
  const pattern = wanted === undefined ? undefined : parseVersionPattern(wanted);
  // Without a pattern even one that tells no version will do: nobody asked for any.
  const fits = ({ version }: Ranked) =>
    wanted === undefined || (version !== null && pattern !== undefined && matchesVersion(pattern, version));
  const sorted = [...asked].sort(compareAll);
  const [chosen, next] = sorted.filter(fits);
  const considered = sorted.map(({ path, version, foundBy }) => ({ path, version, foundBy }));
  if (!chosen) return { chosen: null, because: `none of ${sorted.length} is ${wanted}`, considered };
  const { path, version, foundBy } = chosen;
  return { chosen: { path, version, foundBy }, because: reasonOf(chosen, next, wanted), considered };
}

/**
 * The same choice for a launch: asks in the order of rank and no further than needed, since every program asked is a
 * process started.
 */
export async function pickInstallation(
  candidates: readonly Candidate[],
  wanted: string | undefined,
  reader: VersionReader,
): Promise<InstallationChoice> {
  const ranks = [...new Set(candidates.map(({ rank }) => rank))].sort((one, other) => one - other);
  for (const last of ranks) {
    const choice = await chooseInstallation(
      candidates.filter(({ rank }) => rank <= last),
      wanted,
      reader,
    );
    if (choice.chosen) return choice;
  }
  return chooseInstallation(candidates, wanted, reader);
}

function reasonOf(chosen: Ranked, next: Ranked | undefined, wanted: string | undefined): string {
  if (!next) return wanted === undefined ? 'the only one there' : `the only one that is ${wanted}`;
  const rule = RULES.find(({ compare }) => compare(chosen, next) !== 0);
  return rule ? rule.reason(chosen) : 'found first';
}

function compareAll(one: Ranked, other: Ranked): number {
  for (const { compare } of RULES) {
    const order = compare(one, other);
    if (order !== 0) return order;
  }
  return 0;
}

/** One that tells no version is the oldest. */
function compareVersions(one: Ranked, other: Ranked): number {
  const [left, right] = [partsOf(one), partsOf(other)];
  for (let place = 0; place < Math.max(left.length, right.length); place += 1) {
    const difference = (left[place] ?? -1) - (right[place] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf({ version }: Ranked): readonly number[] {
  return version === null ? [] : (parseVersionPattern(version)?.parts ?? []).map(Number);
}
