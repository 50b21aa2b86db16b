import ts from 'typescript';
import { lineOf, nodesOf } from './sources.mjs';

const LARGEST_FILE_LINES = 400;
const LONGEST_FUNCTION_LINES = 60;
const MOST_PARAMETERS = 3;

/** Limits of HOUSE rule 4. Tests may have long files of many small cases, but no long functions either. */
export function* checkSize(source) {
  if (source.isTest) return;
  const lines = source.tree.getLineAndCharacterOfPosition(source.tree.end).line + 1;
  if (lines > LARGEST_FILE_LINES)
    yield found('file-length', 1, `${lines} lines; at most ${LARGEST_FILE_LINES}: split it by concept`);
  for (const node of nodesOf(source)) {
    if (!isFunction(node)) continue;
    yield* checkFunction(source, node);
  }
}

function* checkFunction(source, node) {
  const first = lineOf(source, node);
  if (node.body) {
    const last = source.tree.getLineAndCharacterOfPosition(node.body.end).line + 1;
    const lines = last - first + 1;
    if (lines > LONGEST_FUNCTION_LINES)
      yield found(
        'function-length',
        first,
        `'${nameOf(node)}' has ${lines} lines; at most ${LONGEST_FUNCTION_LINES}`,
      );
  }
  const parameters = node.parameters.filter(({ name }) => name.getText() !== 'this').length;
  if (parameters > MOST_PARAMETERS && !isInlineCallback(node))
    yield found(
      'parameters',
      first,
      `'${nameOf(node)}' takes ${parameters} parameters; at most ${MOST_PARAMETERS}, then one options object`,
    );
}

function isFunction(node) {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isAccessor(node)
  );
}

/** A function written where it is passed: its parameters are somebody else's choice. */
function isInlineCallback(node) {
  const { parent } = node;
  return ts.isCallExpression(parent) || ts.isNewExpression(parent);
}

function nameOf(node) {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  if (named) return named.getText();
  return ts.isPropertyAssignment(node.parent) ? node.parent.name.getText() : 'function';
}

function found(rule, line, message) {
  return { rule, line, message };
}
