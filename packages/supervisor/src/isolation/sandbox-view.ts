import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { BoundPath, LocalProcessSpec } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { supervisorError } from '../errors.js';
import { spawnError } from '../spawn/spawn-plan.js';
import { findReal, isWithin, type RealPath } from './real-path.js';
import { depth, foldersAbove, isSystem, wantedPaths } from './sandbox-paths.js';

/** What one place inside a sandbox shows. */
export interface SeenPath {
  /** Where it really lies outside, without a link. */
  readonly source: string;
  /** Where it is found inside. */
  readonly place: string;
  readonly mode: 'ro' | 'rw';
}

/** The files of a sandbox beside the system's. */
export interface SandboxView {
  /** In the order they are mounted: outermost first. */
  readonly seen: readonly SeenPath[];
  /** Places that are empty inside. */
  readonly masks: readonly string[];
  /** Where it starts. */
  readonly cwd: string;
}

/** What it shows, or why it is not started. */
export type FoundView =
  | { readonly ok: true; readonly view: SandboxView }
  | { readonly ok: false; readonly refusal: DreamnetError };

interface FoundPath extends BoundPath, RealPath {
  /** Named by a binding, not needed by the way. */
  readonly isBound: boolean;
}

/**
 * Finds what a sandbox shows, as it lies now: whoever ran in it before may have put links into what it may write.
 *
 * @param hiddenPaths Folders it must not see: they are masked inside what is above them.
 * @returns why not, when something leads to where it must not
 */
export function findView(spec: LocalProcessSpec, hiddenPaths: readonly string[]): FoundView {
  try {
    const bound = new Set(spec.isolation?.paths.map(({ path }) => resolve(path)));
    const found = wantedPaths(spec).map((one) => ({
      ...{ ...one, ...findReal(one.path), isBound: bound.has(one.path) },
    }));
    const hidden = hiddenPaths.map((path) => findReal(path).real);
    for (const one of found) {
      const problem = wholeProblem(one) ?? hiddenProblem(one, hidden) ?? linkProblem(one, found);
      if (problem !== undefined)
        return { ok: false, refusal: supervisorError('DN_SUPERVISOR_PATH_REFUSED', { ...one, problem }) };
    }
    return { ok: true, view: arrange(found, hidden.filter(existsSync), resolve(spec.cwd)) };
  } catch (error) {
    return { ok: false, refusal: spawnError(spec, error) };
  }
}

function wholeProblem({ real }: FoundPath): string | undefined {
  if (real !== sep) return undefined;
  return 'it is the whole file system (/), which leaves nothing for a sandbox to keep away';
}

function hiddenProblem({ real }: FoundPath, hidden: readonly string[]): string | undefined {
  const folder = hidden.find((one) => isWithin(real, one));
  if (folder === undefined) return undefined;
  return `it is ${real}, and of ${folder}, where the daemon keeps its state, nothing is seen in a sandbox`;
}

/** A link the process may change leads anywhere it likes; it may lead to what is given to it anyway. */
function linkProblem(one: FoundPath, found: readonly FoundPath[]): string | undefined {
  const away = linkAway(one, found);
  if (away === undefined) return undefined;
  const isGiven = (other: FoundPath) =>
    other.isBound &&
    isWithin(one.real, other.real) &&
    (other.mode === 'rw' || one.mode === 'ro') &&
    linkAway(other, found) === undefined;
  if (found.some(isGiven) || (one.mode === 'ro' && isSystem(one.real))) return undefined;
  return `the link ${away}, which the process may change, leads it out of what it may write, to ${one.real}; bind that by its own path, or name one without that link`;
}

/** The link by which a path leaves a folder the process may write. */
function linkAway({ real, links }: FoundPath, found: readonly FoundPath[]): string | undefined {
  const writable = found.filter(({ mode }) => mode === 'rw').map((one) => one.real);
  return links.find((link) =>
    writable.some((folder) => link !== folder && isWithin(link, folder) && !isWithin(real, folder)),
  );
}

function arrange(found: readonly FoundPath[], hidden: readonly string[], cwd: string): SandboxView {
  const byPlace = new Map<string, SeenPath>();
  const placeOf = new Map<string, string>();
  for (const one of found) {
    const place = findPlace(one, [...byPlace.values()], placeOf);
    placeOf.set(one.path, place);
    if (byPlace.get(place)?.mode !== 'rw') byPlace.set(place, { source: one.real, place, mode: one.mode });
  }
  const placed = [...byPlace.values()];
  const masks = hidden.flatMap((folder) =>
    placed
      .filter(({ source }) => isWithin(folder, source))
      .map(({ source, place }) => join(place, relative(source, folder))),
  );
  const seen = [...placed, ...pins(placed, masks)].sort(
    (one, other) => depth(one.place) - depth(other.place),
  );
  return { seen, masks: [...new Set(masks)], cwd: placeOf.get(cwd) ?? cwd };
}

/** Nothing can be mounted behind a link: what one leads to is put where it leads. */
function findPlace(
  { path, real }: FoundPath,
  placed: readonly SeenPath[],
  placeOf: ReadonlyMap<string, string>,
): string {
  const name = foldersAbove(path).findLast((folder) => placeOf.has(folder));
  const around = placed.find(({ place }) => name !== undefined && place === placeOf.get(name));
  if (!around) return path;
  return isWithin(real, around.source) ? join(around.place, relative(around.source, real)) : real;
}

/** A folder that is a mount cannot be renamed: so what is masked stays where it is masked. */
function pins(placed: readonly SeenPath[], masks: readonly string[]): SeenPath[] {
  const above = new Set(masks.flatMap(foldersAbove));
  return [...above].flatMap((place) => {
    if (placed.some((one) => one.place === place)) return [];
    const around = innermost(place, placed);
    if (around?.mode !== 'rw') return [];
    return [{ source: join(around.source, relative(around.place, place)), place, mode: 'rw' as const }];
  });
}

function innermost(path: string, placed: readonly SeenPath[]): SeenPath | undefined {
  return placed
    .filter(({ place }) => isWithin(dirname(path), place))
    .sort((one, other) => depth(other.place) - depth(one.place))[0];
}
