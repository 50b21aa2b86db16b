import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkBoundFiles } from '../../src/environment-bindings/bound-files.js';
import { type CheckedBinding, parseEnvironmentBinding } from '../../src/index.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dreamnet-bound-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
const user = { uid: 61_301, gid: 61_301 };

function bound(path: string, mode: 'ro' | 'rw'): Extract<CheckedBinding, { type: 'files' }> {
  const binding = parseEnvironmentBinding({
    ...{ id: 'b', processId: 'agent', environmentId: 'e', type: 'files', config: { path, mode } },
  });
  if (binding.type !== 'files') expect.unreachable();
  return binding;
}

test("bound files: what the agent's own user may not use is named, with what to do", async (ctx) => {
  if (!isRoot) ctx.skip('only root can give an agent a user of its own');
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, 'closed'), { mode: 0o700 });
  mkdirSync(join(directory, 'own'));
  chownSync(join(directory, 'own'), user.uid, user.gid);
  for (const [name, mode] of Object.entries({ open: 0o644, secret: 0o600, 'closed/open': 0o644 })) {
    writeFileSync(join(directory, name), 'text');
    chmodSync(join(directory, name), mode);
  }
  const bindings = [
    ...[bound('open', 'ro'), bound('open', 'rw'), bound('own', 'rw'), bound('secret', 'ro')],
    ...[bound('closed', 'ro'), bound('closed/open', 'ro'), bound('gone', 'ro')],
  ];
  const look = async (isSandbox: boolean) =>
    (await checkBoundFiles(bindings, { directory, user, isSandbox })).map(({ key, observed }) => [
      key,
      observed,
    ]);
  const by = "by the agent's own user 61301";
  const both = [
    ['files:gone', 'not there'],
    ['files:open', `not writable ${by}`],
    ['files:secret', `not readable ${by}`],
    ['files:closed', `not readable ${by}`],
  ];
  expect(await look(false)).toEqual([...both, ['files:closed/open', `not readable ${by}`]]);
  // A sandbox puts the file itself before the agent, whatever the folder above allows.
  expect(await look(true)).toEqual(both);
  const [problem] = await checkBoundFiles([bound('secret', 'ro')], { directory, user, isSandbox: true });
  expect(problem?.remedyHint).toContain(`setfacl -m u:61301:rX ${directory}/secret`);
});

test("bound files: without a user of its own only the daemon's access counts", async () => {
  writeFileSync(join(directory, 'secret'), 'text', { mode: 0o600 });
  const problems = await checkBoundFiles([bound('secret', 'rw'), bound('gone', 'ro')], {
    directory,
    isSandbox: false,
  });
  expect(problems.map(({ key }) => key)).toEqual(['files:gone']);
});
