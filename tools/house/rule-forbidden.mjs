import ts from 'typescript';
import { lineOf, nodesOf } from './sources.mjs';

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.(process\.test|test|fixture|bench|d))?\.tsx?$/;
const SAYS_NOTHING = /^(utils?|helpers?|managers?|common|misc|shared)$/;
const UNFINISHED = /\b(TODO|FIXME|XXX|HACK)\b|[Nn]ot (yet )?implemented\b/;
/** In a test a made-up home folder is an example. */
const MACHINE_PATH_IN_TESTS = /(^|[\s'"`=(])(\/root\/|\/work\/)/;
/** Folders of the machine somebody wrote this on; /proc, /sys, /dev, /etc, /tmp are the kernel's and POSIX's. */
const MACHINE_PATH = /(^|[\s'"`=(])(\/home\/|\/Users\/|\/root\/|\/work\/|[A-Z]:\\\\)/;

/** What HOUSE forbids by name: words, constructs and file names. */
export function* checkForbidden(source) {
  yield* checkFileName(source);
  yield* checkComments(source);
  for (const node of nodesOf(source)) {
    const message = forbidden(node, source);
    if (message) yield { rule: message[0], line: lineOf(source, node), message: message[1] };
  }
}

function* checkFileName(source) {
  const parts = source.path.split('/').slice(3);
  const file = parts.at(-1) ?? '';
  if (!KEBAB_CASE.test(file)) yield { rule: 'file-name', line: 1, message: `'${file}' is not kebab-case` };
  const empty = parts.find((part) => SAYS_NOTHING.test(part.replace(/\..*$/, '')));
  if (empty)
    yield { rule: 'file-name', line: 1, message: `'${empty}' says nothing: name it after what it holds` };
}

function* checkComments(source) {
  const text = source.tree.getFullText();
  for (const [index, line] of text.split('\n').entries())
    if (UNFINISHED.test(line))
      yield { rule: 'unfinished', line: index + 1, message: 'what is not built is absent, not announced' };
}

function forbidden(node, source) {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return ['any', 'say what it is, or unknown'];
  if (ts.isExportDeclaration(node) && !node.exportClause) return ['export-all', 'name every export'];
  if (ts.isStringLiteralLike(node) && (source.isTest ? MACHINE_PATH_IN_TESTS : MACHINE_PATH).test(node.text))
    return ['machine-path', `'${node.text}' is a path of one machine`];
  if (ts.isCatchClause(node) && node.block.statements.length === 0)
    return ['empty-catch', 'handle it or say by a value what became of it'];
  if (source.isTest) return forbiddenInTests(node);
  if (ts.isNewExpression(node) && /^(Type|Range)?Error$/.test(node.expression.getText()))
    return ts.isThrowStatement(node.parent)
      ? ['untyped-throw', 'throw a coded error of the package’s table']
      : undefined;
  if (ts.isNonNullExpression(node)) return ['non-null', 'prove it instead of asserting it'];
  return undefined;
}

function forbiddenInTests(node) {
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const text = node.getText();
  if (/^(it|test|describe)\.only$/.test(text)) return ['only', 'a test left alone hides the others'];
  if (/^(it|test|describe)\.skip$/.test(text)) return ['skip', 'skip inside the test, with the reason'];
  return undefined;
}
