import { type FSWatcher, watch } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';

/** A name in a folder by which a path is reached: to replace it is to change what the path leads to. */
export interface PathPlace {
  folder: string;
  name: string;
}

/** More links on the way are a circle to the kernel (ELOOP). @source Linux include/linux/namei.h, MAXSYMLINKS */
const MOST_LINKS = 40;
/** Somebody who replaces links without a pause is heard by those that are watched already. */
const MOST_TRIES = 3;

/**
 * Every link on the way to a file or folder, and its own name where the links end. A way that breaks off ends with the name that is
 * missing, one that goes in a circle with the last link the kernel would follow.
 *
 * @param path Absolute.
 */
export async function placesOf(path: string): Promise<readonly PathPlace[]> {
  const places: PathPlace[] = [];
  let rest = namesOf(path);
  let folder = '/';
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      folder = dirname(folder);
      continue;
    }
    const here = join(folder, name);
    const found = await lookAt(here);
    if (typeof found === 'object') {
      places.push({ folder, name });
      links += 1;
      if (links > MOST_LINKS) return places;
      if (isAbsolute(found.target)) folder = '/';
      rest = [...namesOf(found.target), ...rest];
    } else if (found === 'nothing' || rest.length === 0) return [...places, { folder, name }];
    else folder = here;
  }
  return places;
}

/**
 * Watches a path and every link on the way to it. Folders are watched, because editors and deployments replace files and links; what
 * the path leads to as well.
 *
 * @param onChange Called at each change; what is there now is for the caller to find out, who then watches anew.
 * @param onTrouble Told of what cannot be watched.
 * @returns To be closed by the caller.
 */
export async function watchPath(
  path: string,
  onChange: () => void,
  onTrouble: (text: string) => void,
): Promise<readonly FSWatcher[]> {
  let places = await placesOf(path);
  for (let tries = 1; ; tries += 1) {
    const watchers = openAll(path, places, { onChange, onTrouble });
    // A link may have been replaced before it was watched.
    const now = await placesOf(path);
    if (tries >= MOST_TRIES || JSON.stringify(now) === JSON.stringify(places)) return watchers;
    for (const watcher of watchers) watcher.close();
    places = now;
  }
}

function openAll(
  path: string,
  places: readonly PathPlace[],
  { onChange, onTrouble }: { onChange: () => void; onTrouble: (text: string) => void },
): FSWatcher[] {
  const names = new Map<string, Set<string>>();
  for (const { folder, name } of places) names.set(folder, (names.get(folder) ?? new Set()).add(name));
  const open = (target: string, isOurs: (changed: string | null) => boolean) => {
    try {
      const watcher = watch(target, { persistent: false }, (_event, changed) => {
        if (isOurs(changed)) onChange();
      });
      watcher.on('error', () => onChange());
      return [watcher];
    } catch (thrown) {
      const { message } = DreamnetError.from(thrown);
      if (target !== path) onTrouble(`${path} cannot be watched for changes: ${message}`);
      return [];
    }
  };
  return [
    ...[...names].flatMap(([folder, ours]) =>
      open(folder, (changed) => changed === null || ours.has(changed)),
    ),
    ...open(path, () => true),
  ];
}

async function lookAt(path: string): Promise<'nothing' | 'something' | { target: string }> {
  try {
    return (await lstat(path)).isSymbolicLink() ? { target: await readlink(path) } : 'something';
  } catch {
    return 'nothing';
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
