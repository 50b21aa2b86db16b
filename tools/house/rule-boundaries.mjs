import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { lineOf } from './sources.mjs';

/** Who may import whom: ARCHITECTURE §3. `null` is everybody. */
const MAY_IMPORT = {
  'packages/contracts': [],
  'packages/kit': ['contracts'],
  'packages/dreamnet-os-core': ['contracts', 'kit'],
  'packages/os-linker': ['contracts', 'kit'],
  'packages/supervisor': ['contracts', 'kit'],
  'packages/spine': ['contracts', 'kit'],
  'packages/protocols': ['contracts', 'kit'],
  'packages/runtimes': ['contracts', 'kit', 'protocols'],
  'packages/adapters': ['contracts', 'kit'],
  'packages/agent': ['contracts'],
  'packages/testkit': null,
  'apps/dreamnet': null,
  'apps/console': ['contracts'],
};

/** Further entries that a package's `exports` lists, for programs that need but a part of it. */
const PUBLIC_PARTS = ['@dreamnet/dreamnet-os-core/alert-delivery'];

/** Imports between rooms, and out of them. */
export function* checkBoundaries(source) {
  for (const { node, specifier } of importsOf(source)) {
    const line = lineOf(source, node);
    if (specifier.startsWith('.')) {
      const target = join(dirname(source.path), specifier);
      if (!`${target}/`.startsWith(`${source.room}/`) && !isBenchmark(target))
        yield { rule: 'boundary', line, message: `'${specifier}' leaves ${source.room}: import the package` };
      continue;
    }
    const match = /^@dreamnet\/([^/]+)(\/.*)?$/.exec(specifier);
    if (!match) continue;
    const [, name, deep] = match;
    if (deep && !PUBLIC_PARTS.includes(specifier))
      yield { rule: 'deep-import', line, message: `'${specifier}': only the package's entry is public` };
    const refusal = refusedImport(source, name);
    if (refusal) yield { rule: 'boundary', line, message: refusal };
  }
}

function refusedImport(source, name) {
  if (name === 'testkit')
    return source.isTest || source.room === 'packages/testkit' ? undefined : 'testkit is for tests only';
  // A test may use its package by name, as its users do, and may wire more than its room: the limits are those of what is shipped.
  if (source.isTest) return undefined;
  if (name === source.name) return 'a package does not import itself: use a relative path';
  const allowed = MAY_IMPORT[source.room];
  if (allowed === undefined) return `${source.room} has no line in ARCHITECTURE §3's table (tools/house)`;
  if (allowed === null || allowed.includes(name)) return undefined;
  return `${source.room} may not import @dreamnet/${name} (ARCHITECTURE §3)`;
}

/** Tests of benchmarks' data may read the folder beside the rooms. */
function isBenchmark(target) {
  return target.startsWith('benchmarks/');
}

/** Cycles of imports that exist at run time; `import type` is erased and may go in circles. */
export function* checkCycles(sources) {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const state = new Map();
  const reports = [];
  const visit = (path, trail) => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(path)), path];
      reports.push({ source: byPath.get(path), rule: 'cycle', line: 1, message: cycle.join(' → ') });
      return;
    }
    state.set(path, 'open');
    for (const target of runtimeTargets(byPath.get(path), byPath)) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const { path } of sources) visit(path, []);
  yield* reports;
}

function runtimeTargets(source, byPath) {
  return importsOf(source)
    .filter(({ specifier, isTypeOnly }) => specifier.startsWith('.') && !isTypeOnly)
    .map(({ specifier }) => resolveFile(join(dirname(source.path), specifier), byPath))
    .filter((path) => path !== undefined);
}

function resolveFile(target, byPath) {
  const bare = target.replace(/\.jsx?$/, '');
  return [`${bare}.ts`, `${bare}.tsx`, `${target}/index.ts`].find((path) => byPath.has(path));
}

/** Imports and re-exports at the top of a file, and dynamic ones of literal names. */
function importsOf(source) {
  const found = [];
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
      found.push({ node, specifier: node.moduleSpecifier.text, isTypeOnly: isTypeOnly(node) });
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      // Loaded later, when both files exist: no cycle.
      if (argument && ts.isStringLiteralLike(argument))
        found.push({ node, specifier: argument.text, isTypeOnly: true });
    }
    node.forEachChild(visit);
  };
  visit(source.tree);
  return found;
}

function isTypeOnly(node) {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return (
    !clause.name &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every((one) => one.isTypeOnly)
  );
}
