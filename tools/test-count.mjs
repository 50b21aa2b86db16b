// Counts tests in vitest's JSON results. As a program: `node tools/test-count.mjs FAILED_STEPS FILE…` prints the sum.
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** A result that is not there is one failure, and so is a test file that could not even be loaded. */
export function countTests(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const unloadable = result.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((one) => one.status !== 'failed'),
  ).length;
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + unloadable,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** The closing line that CI reads. */
export function showCount({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [failedSteps, ...files] = process.argv.slice(2);
  const sum = { passed: 0, failed: Number(failedSteps), skipped: 0 };
  for (const count of files.map(countTests)) {
    sum.passed += count.passed;
    sum.failed += count.failed;
    sum.skipped += count.skipped;
  }
  console.log(showCount(sum));
  if (sum.failed > 0) process.exitCode = 1;
}
