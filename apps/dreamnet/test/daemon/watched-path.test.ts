import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placesOf, watchPath } from '../../src/daemon/watched-path.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dreamnet-watched-')));
  mkdirSync(join(folder, 'releases', '1'), { recursive: true });
  writeFileSync(join(folder, 'releases', '1', 'app.yaml'), 'one');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Below the test's own folder, in which nothing is a link. */
const places = async (...path: string[]) =>
  (await placesOf(join(folder, ...path))).map((place) =>
    join(place.folder, place.name).slice(folder.length + 1),
  );

test('places: a file without links is its own name', async () => {
  expect(await places('releases', '1', 'app.yaml')).toEqual(['releases/1/app.yaml']);
});

test('places: each link on the way counts, relative, absolute and through another link', async () => {
  symlinkSync('releases/1', join(folder, 'current'));
  symlinkSync(join(folder, 'current'), join(folder, 'absolute'));
  symlinkSync('../../absolute/app.yaml', join(folder, 'releases', '1', 'link.yaml'));
  expect(await places('current', 'link.yaml')).toEqual([
    ...['current', 'releases/1/link.yaml', 'absolute', 'current', 'releases/1/app.yaml'],
  ]);
});

test('places: a way that breaks off ends with what is missing', async () => {
  symlinkSync('releases/2', join(folder, 'current'));
  expect(await places('current', 'app.yaml')).toEqual(['current', 'releases/2']);
});

test('places: links in a circle end', async () => {
  symlinkSync('b', join(folder, 'a'));
  symlinkSync('a', join(folder, 'b'));
  expect(await places('a', 'app.yaml')).toHaveLength(41);
});

test('watch: a folder behind a link that is swapped is heard', async () => {
  symlinkSync('releases/1', join(folder, 'current'));
  let hear: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const watchers = await watchPath(join(folder, 'current', 'app.yaml'), hear, (text) =>
    expect(text).toBe(''),
  );
  mkdirSync(join(folder, 'releases', '2'));
  symlinkSync('releases/2', join(folder, 'next'));
  renameSync(join(folder, 'next'), join(folder, 'current'));
  await heard;
  for (const watcher of watchers) watcher.close();
});
