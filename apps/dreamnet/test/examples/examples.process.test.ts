import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** One that scales waits for what it scales by to have been steady. */
const LONGEST_MS = 58_000;
const EXAMPLES = fileURLToPath(new URL('../../../../examples', import.meta.url));
/** A folder whose program checks itself has one of these; the fleet is a configuration, which the demo and other tests run. */
const PROGRAMS = ['index.mjs', 'run.mjs'];
const programs = readdirSync(EXAMPLES).flatMap((folder) =>
  PROGRAMS.filter((file) => existsSync(join(EXAMPLES, folder, file))).map((file) => ({ folder, file })),
);

test('examples: every folder is run here, or is the fleet', () => {
  expect(
    programs
      .map(({ folder }) => folder)
      .concat('fleet')
      .sort(),
  ).toEqual(readdirSync(EXAMPLES).sort());
});

// They mostly wait for timers of their own, so they wait together.
test.concurrent.for(programs)(
  'examples: $folder does what it states, and prints what its page shows',
  { timeout: LONGEST_MS + 2000 },
  async ({ folder, file }, { expect: expected }) => {
    const { code, output, errors } = await run(join(EXAMPLES, folder, file));

    expected({ code, errors }).toEqual({ code: 0, errors: '' });
    const page = readFileSync(join(EXAMPLES, folder, 'README.md'), 'utf8');
    const shown = /```text\n([\s\S]*?)```/.exec(page)?.[1] ?? 'no output is shown';
    expected(withoutFigures(output)).toBe(withoutFigures(shown));
  },
);

/** Times, counts and digests differ from run to run. */
function withoutFigures(text: string): string {
  return text.replace(/#[0-9a-f]+/g, '#').replace(/\d+(\.\d+)?/g, 'N');
}

function run(program: string): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program], { timeout: LONGEST_MS }, (_error, output, errors) =>
      resolve({ code: child.exitCode, output, errors }),
    );
  });
}
