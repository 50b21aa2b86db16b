import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IsolationSpec, LocalProcessSpec } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createIsolator } from '../../src/isolation/isolate.js';
import type { IsolationMeans } from '../../src/isolation/means.js';
import { specIn } from '../fixtures/harness.js';

const MEANS: IsolationMeans = {
  ...{ isRoot: true, setpriv: '/bin/setpriv', prlimit: '/bin/prlimit', bash: '/bin/bash', env: '/bin/env' },
  ...{ python: undefined, perl: undefined, bwrap: '/bin/bwrap' },
  ...{ sandboxProblem: undefined, filterProblem: undefined },
};
const SANDBOX: IsolationSpec = {
  ...{ level: 'sandbox', isRequired: false, paths: [], network: { access: 'host' } },
};

function isolatorWith(means: Partial<IsolationMeans>) {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-isolate-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const isolator = createIsolator({
    ...{ instanceId: 'test', gateDir: join(dir, "it's gates"), clock: createFakeClock() },
    publish: () => undefined,
    means: { ...MEANS, ...means },
  });
  const spec = (isolation: IsolationSpec): LocalProcessSpec => specIn(dir)('a', ['true'], { isolation });
  return { isolator, spec };
}

test('filter of system calls: where there is none, a sandbox runs without and says so', () => {
  const { isolator, spec } = isolatorWith({ filterProblem: 'there is none for riscv64' });
  const isolated = isolator.isolate(spec(SANDBOX));
  expect(isolated?.notEnforced).toContain('filter of system calls: there is none for riscv64');
  expect(isolated?.prefix).not.toContain('--seccomp');
});

test('filter of system calls: otherwise it is opened for bubblewrap, whatever its folder is called', (ctx) => {
  if (process.arch !== 'x64' && process.arch !== 'arm64') ctx.skip(`there is none for ${process.arch}`);
  const { isolator, spec } = isolatorWith({});
  const isolated = isolator.isolate(spec(SANDBOX));
  expect(isolated?.notEnforced).toEqual([]);
  expect(isolated?.prefix.join(' ')).toMatch(/exec 9<'[^ ]*it'\\''s gates\/\.calls\.bpf'; .* --seccomp 9 /);
});

test('own user: known before the start, the same at each call, and none where it cannot be set', () => {
  const { isolator, spec } = isolatorWith({});
  const own = { ...SANDBOX, user: 'dynamic' };
  const user = isolator.userOf('a', own);
  expect(user?.uid).toBeGreaterThanOrEqual(61_184);
  expect(isolator.userOf('a', own)).toEqual(user);
  expect(isolator.isolate(spec(own))?.prefix).toContain(`--reuid=${user?.uid}`);
  expect(isolator.userOf('a', SANDBOX)).toBeUndefined();
  expect(isolatorWith({ isRoot: false }).isolator.userOf('a', own)).toBeUndefined();
});
