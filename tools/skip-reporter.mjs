// Says at the end of a test run what was skipped and why: a skipped test carries its reason in its note.
export default class SkipReporter {
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => ({
        name: test.fullName,
        reason: test.result().note ?? 'no reason given',
      })),
    );
    if (skipped.length === 0) {
      process.stdout.write('\nNothing was skipped.\n');
      return;
    }
    process.stdout.write(`\nSkipped (${skipped.length}):\n`);
    for (const { name, reason } of skipped) process.stdout.write(`  - ${name}: ${reason}\n`);
  }
}
