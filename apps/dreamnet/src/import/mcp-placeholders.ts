import type { Part, Reference } from './interpolation.js';
import { type Meaning, meaningOfParts } from './variables.js';

/**
 * `${NAME}` and `${NAME:-default}` of Claude, `${env:NAME}` of VS Code and Cursor, their `${userHome}` and `${input:…}`. Longer
 * ones are none: looking for the end of each that has none would take forever in a file made for that.
 */
const PLACEHOLDER =
  /\$\{(?:(?<home>userHome)|input:(?<input>[^{}]{1,256})|(?:env:)?(?<name>[A-Za-z_]\w{0,255})(?<rule>:?-)?(?<word>(?<=-)[^{}]{0,1024})?)\}/g;

/** A text of such a file, and what a person was to be asked for in it. */
export interface McpText {
  readonly parts: readonly Part[];
  readonly inputs: readonly string[];
}

/** Takes a text apart; what is to be asked for stands in it as it was written. */
export function readMcpText(text: string): McpText {
  const parts: Part[] = [];
  const inputs: string[] = [];
  let from = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    const { home, input, name, rule = '', word = '' } = found.groups ?? {};
    if (input !== undefined) {
      inputs.push(input);
      continue;
    }
    if (found.index > from) parts.push(text.slice(from, found.index));
    parts.push(home === undefined ? referenceTo(name ?? '', rule, word) : referenceTo('HOME', '', ''));
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return { parts, inputs };
}

/** What the value of a variable comes to. */
export function meaningOfMcp(text: string): Meaning {
  const { parts, inputs } = readMcpText(text);
  const meaning = meaningOfParts(parts);
  if (inputs.length === 0) return meaning;
  const isAlone = text === `\${input:${inputs[0]}}`;
  return { ...meaning, isWhole: isAlone, parts: undefined, input: isAlone ? inputs[0] : undefined };
}

function referenceTo(name: string, rule: string, word: string): Reference {
  return { name, rule, word: word === '' ? [] : [word], isBare: false };
}
