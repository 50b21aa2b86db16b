// What goes into a bundle brings its licence along: the texts of all packages of which a line is in it, in one file.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file beside the bundled code. */
export const NOTICES = 'third-party.txt';
const FOLDER = 'node_modules/';
const TEXT_NAMES = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
const RULE = '-'.repeat(100);

/**
 * @param {Iterable<string>} modules Paths of modules as a bundler names them; those of no package are passed over.
 * @returns {string} Name, version, licence and licence texts of each package, by name.
 * @throws When a package does not say its licence: then it may not be shipped.
 */
export function collectNotices(modules) {
  const folders = new Set([...modules].map(packageFolder).filter((folder) => folder !== undefined));
  const notices = new Map([...folders].map(readNotice));
  const names = [...notices.keys()].sort();
  const parts = names.map((name) => `${RULE}\n${name}\n\n${notices.get(name)}\n`);
  return `Parts of these packages are in the files beside this one.\n\n${parts.join('\n')}`;
}

/** @returns The folder of the package a module is of; undefined for one of this repository and for what a bundler made up. */
function packageFolder(module) {
  const path = module.replace(/^\0/, '').replace(/\?.*$/, '').replaceAll('\\', '/');
  const at = path.lastIndexOf(FOLDER);
  if (at < 0) return undefined;
  const [scope, name] = path.slice(at + FOLDER.length).split('/');
  const folder = path.slice(0, at + FOLDER.length) + (scope.startsWith('@') ? `${scope}/${name}` : scope);
  return existsSync(join(folder, 'package.json')) ? folder : undefined;
}

function readNotice(folder) {
  const { name, version, license, author, repository } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  if (typeof license !== 'string')
    throw new Error(`${folder} does not say its licence: it may not be bundled`);
  const files = readdirSync(folder).filter((file) => TEXT_NAMES.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const made = `It brings no text of it. Made by ${author?.name ?? author ?? 'its authors'}, ${repository?.url ?? repository ?? name}`;
  return [`${name} ${version}`, [`Licence: ${license}`, ...(texts.length > 0 ? texts : [made])].join('\n\n')];
}
