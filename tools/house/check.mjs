#!/usr/bin/env node
// Checks the limits of the house style that no general linter knows. `--self-test` proves that every rule can fire.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkAmbient } from './rule-ambient.mjs';
import { checkBoundaries, checkCycles } from './rule-boundaries.mjs';
import { checkDocstrings } from './rule-docstrings.mjs';
import { checkForbidden } from './rule-forbidden.mjs';
import { checkSize } from './rule-size.mjs';
import { runSelfTest } from './self-test.mjs';
import { readSources } from './sources.mjs';

const RULES_OF_ONE_FILE = [checkSize, checkAmbient, checkForbidden, checkBoundaries];
const RULES_OF_ALL_FILES = [checkCycles, checkDocstrings];

/** @returns {{path: string, line: number, rule: string, message: string}[]} */
export function findProblems(sources) {
  const alone = sources.flatMap((source) =>
    RULES_OF_ONE_FILE.flatMap((rule) => [...rule(source)].map((one) => ({ ...one, path: source.path }))),
  );
  const together = RULES_OF_ALL_FILES.flatMap((rule) =>
    [...rule(sources)].map(({ source, ...one }) => ({ ...one, path: source.path })),
  );
  return [...alone, ...together].sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}

/** Splits off what the exceptions allow; an exception that nothing needs any more is a problem itself. */
export function applyExceptions(problems, exceptions) {
  const used = new Set();
  const left = problems.filter((problem) => {
    const index = exceptions.findIndex((one) => one.path === problem.path && one.rule === problem.rule);
    if (index >= 0) used.add(index);
    return index < 0;
  });
  const broken = exceptions.flatMap((one, index) => {
    const place = { path: 'tools/house/exceptions.json', line: 1, rule: 'exception' };
    if (!one.reason) return [{ ...place, message: `${one.path} (${one.rule}) gives no reason` }];
    return used.has(index) ? [] : [{ ...place, message: `${one.path} (${one.rule}) is not needed any more` }];
  });
  return [...left, ...broken];
}

function main() {
  if (process.argv.includes('--self-test')) return runSelfTest({ findProblems, applyExceptions });
  const startedAt = performance.now();
  const here = dirname(fileURLToPath(import.meta.url));
  const exceptionsPath = join(here, 'exceptions.json');
  const exceptions = existsSync(exceptionsPath) ? JSON.parse(readFileSync(exceptionsPath, 'utf8')) : [];
  const sources = readSources(join(here, '..', '..'));
  const problems = applyExceptions(findProblems(sources), exceptions);
  for (const { path, line, rule, message } of problems) console.log(`${path}:${line} ${rule} ${message}`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const excepted = exceptions.length === 0 ? '' : `, ${exceptions.length} listed exceptions`;
  console.log(`house: ${sources.length} files, ${problems.length} problems${excepted} (${seconds} s)`);
  return problems.length === 0;
}

if (!main()) process.exitCode = 1;
