// Counts tests in vitest's JSON results. As a program: `node tools/test-count.mjs FAILED_STEPS FILE…` names the failed
// tests and prints the sum, for who is shown just the end of a long output.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
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

/** A line for each test that failed and each file that could not be loaded, with how it failed. */
export function showFailures(file) {
  if (!existsSync(file)) return [`${file}: the tests left no result`];
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter((one) => one.status === 'failed');
      if (failed.length === 0) return [`${relative('.', name)}: ${message}`];
      return failed.map(
        (one) =>
          `${relative('.', name)} > ${one.fullName}\n${one.failureMessages.join('\n').slice(0, 1_500)}`,
      );
    });
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
  for (const failure of files.flatMap(showFailures)) console.log(`FAILED ${failure}`);
  console.log(showCount(sum));
  if (sum.failed > 0) process.exitCode = 1;
}
