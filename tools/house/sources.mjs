import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import ts from 'typescript';

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'coverage', '.dreamnet']);

/**
 * @typedef {object} Source
 * @property {string} path relative to the root, with slashes
 * @property {string} room `packages/kit`, `apps/console`, …
 * @property {string} name of the room: `kit`, `console`
 * @property {boolean} isApp
 * @property {boolean} isTest outside `src`
 * @property {ts.SourceFile} tree
 */

/** Every TypeScript file of the rooms' `src` and `test` folders, parsed (not type-checked: that is tsc's work). */
export function readSources(root) {
  return ['packages', 'apps'].flatMap((kind) =>
    listFolders(join(root, kind)).flatMap((room) =>
      ['src', 'test'].flatMap((part) =>
        listFiles(join(room, part)).map((file) =>
          parseSource(relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8')),
        ),
      ),
    ),
  );
}

/** @returns {Source} */
export function parseSource(path, text) {
  const [kind, name, part] = path.split('/');
  return {
    path,
    name,
    room: `${kind}/${name}`,
    isApp: kind === 'apps',
    isTest: part !== 'src',
    tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true),
  };
}

/** 1-based line of a node. */
export function lineOf(source, node) {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1;
}

/** Every node, parents before children. */
export function* nodesOf(source) {
  const waiting = [source.tree];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    const children = [];
    node.forEachChild((child) => {
      children.push(child);
    });
    waiting.push(...children.reverse());
  }
}

function listFolders(folder) {
  return entries(folder)
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}

function listFiles(folder) {
  return entries(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : listFiles(path);
    return /\.tsx?$/.test(basename(path)) && !path.endsWith('.d.ts') ? [path] : [];
  });
}

function entries(folder) {
  const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isThere ? readdirSync(folder, { withFileTypes: true }) : [];
}
