import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 'docs/reference/cli.md';

/** Every verb of the program and every option of each is named in the reference. */
export function checkCommandLine(root) {
  const page = readFileSync(join(root, PAGE), 'utf8');
  const code = [...page.matchAll(/`[^`\n]+`/g)].map(([text]) => text).join(' ');
  const words = new Set(code.match(/--[a-z][a-z.-]*|-[a-z]\b|[a-z]+/g));
  const bin = join(root, 'apps/dreamnet/bin/dreamnet.mjs');
  const help = (...args) =>
    spawnSync(process.execPath, [bin, ...args, '--help'], { encoding: 'utf8' }).stdout;
  const verbs = [...help().matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, verb]) => verb);
  return verbs
    .filter((verb) => verb !== 'help')
    .flatMap((verb) => [
      ...(words.has(verb) ? [] : [`${PAGE}: '${verb}' is not named`]),
      ...optionsOf(help(verb))
        .filter((spellings) => !spellings.some((spelling) => words.has(spelling)))
        .map((spellings) => `${PAGE}: '${verb}' has ${spellings.at(-1)}, which is not named`),
    ]);
}

/** The spellings of each option: a letter, if it has one, and the word. */
function optionsOf(help) {
  return [...help.matchAll(/^ {2}(?:(-\w), )?(--[a-z][a-z.-]*)/gm)]
    .map(([, letter, word]) => [letter, word].filter(Boolean))
    .filter((spellings) => !spellings.includes('--help'));
}
