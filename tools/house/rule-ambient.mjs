import ts from 'typescript';
import { lineOf, nodesOf } from './sources.mjs';

const GLOBAL_TIMERS = new Set(['setTimeout', 'setInterval']);

/**
 * Ambient environment, clock and console. The environment belongs to `apps/X/src/env.ts`, the clock to kit's
 * `clock.ts`; the console in the browser has a clock of its own. `packages/agent` runs within other people's programs and
 * depends on nothing, so it has one file for each of its own.
 */
export function* checkAmbient(source) {
  if (source.isTest) return;
  const isClockFile =
    /^packages\/(kit|agent)\/src\/clock\.ts$/.test(source.path) || source.room === 'apps/console';
  const isEnvironmentFile = /^(apps\/[^/]+|packages\/agent)\/src\/env\.ts$/.test(source.path);
  for (const node of nodesOf(source)) {
    const line = lineOf(source, node);
    if (isMember(node, 'process', 'env') && !isEnvironmentFile)
      yield { rule: 'environment', line, message: 'process.env is read only in apps/*/src/env.ts' };
    if (!isClockFile) {
      const clock = ambientClock(node);
      if (clock) yield { rule: 'clock', line, message: `${clock} is ambient: take a Clock as an option` };
    }
    if (isMember(node, 'console'))
      yield {
        rule: 'console',
        line,
        message: `${node.getText()}: report by a value, an event or the CLI's output`,
      };
  }
}

function ambientClock(node) {
  if (isMember(node, 'Date', 'now')) return 'Date.now';
  if (isMember(node, 'performance', 'now')) return 'performance.now';
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)
    return 'new Date()';
  if (
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    GLOBAL_TIMERS.has(node.expression.text)
  )
    return `global ${node.expression.text}`;
  if (isImportOf(node, 'timers')) return 'node:timers';
  return undefined;
}

function isMember(node, object, property) {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return false;
  return node.expression.text === object && (property === undefined || node.name.text === property);
}

function isImportOf(node, module) {
  if (!ts.isImportDeclaration(node)) return false;
  return new RegExp(`^(node:)?${module}(/promises)?$`).test(node.moduleSpecifier.text);
}
