import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@dreamnet/kit';
import { createVault } from '@dreamnet/os-linker';
import { expect, onTestFinished, test } from 'vitest';
import { examineVault } from '../../src/daemon/examine-vault.js';
import type { DaemonParts } from '../../src/daemon/parts.js';

const PASSPHRASE = 'correct horse battery staple';

/** A real vault on disk, and bindings of which agent to what. */
function partsWith(given: {
  directory?: string;
  passphrase?: string;
  bound?: readonly { environmentId: string; config: Record<string, unknown> }[];
}) {
  const directory = given.directory ?? mkdtempSync(join(tmpdir(), 'dreamnet-doctor-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { passphrase, bound = [] } = given;
  const vault = createVault({ directory, clock: systemClock(), passphrase: async () => passphrase });
  const bindings = bound.map((one, at) => ({ id: `b${at}`, processId: 'a', type: 'secrets', ...one }));
  const fleet = {
    vault: passphrase === undefined ? {} : { passphrase: {} },
    context: { environment: 'development' },
  };
  const parts = { vault, loaded: () => ({ fleet }), linker: { listBindings: () => bindings } };
  return { directory, vault, parts: parts as unknown as DaemonParts };
}

const bound = (config: Record<string, unknown>, environmentId = 'env-a') => ({ environmentId, config });

test('doctor, vault: every secret that somebody is bound to is fetched, and the one without a value is named', async () => {
  const it = partsWith({
    bound: [
      bound({ GOOD: { from: 'vault', key: 'good' }, BAD: { from: 'vault', key: 'missing' } }),
      bound({ ELSEWHERE: { from: 'vault', key: 'not-here' } }, 'env-production'),
      bound({ HOME: { from: 'env', name: 'HOME' } }),
    ],
  });
  await it.vault.set('good', 'value of good');
  const check = await examineVault(it.parts);
  expect(check).toMatchObject({ check: 'vault', isOk: false });
  expect(check.details).toContain("a: BAD: there is no 'missing': dreamnet secrets set missing < FILE");
  expect(check.details).not.toMatch(/GOOD|ELSEWHERE|value of good/);
  await it.vault.set('missing', 'there now');
  expect(await examineVault(it.parts)).toMatchObject({
    isOk: true,
    details: expect.stringContaining('2 of 2 references have a value'),
  });
});

test('doctor, vault: a passphrase is tried by opening, and a wrong one is a finding even when nobody is bound', async () => {
  const right = partsWith({ passphrase: PASSPHRASE });
  await right.vault.set('k', 'v');
  const fresh = partsWith({ directory: right.directory, passphrase: PASSPHRASE });
  expect(await examineVault(fresh.parts)).toMatchObject({
    isOk: true,
    details: expect.stringContaining('and open'),
  });
  const wrong = partsWith({ directory: right.directory, passphrase: 'another passphrase of ours' });
  const check = await examineVault(wrong.parts);
  expect(check).toMatchObject({ isOk: false, details: expect.stringMatching(/passphrase/) });
});

test('doctor, vault: an open vault whose key is under another passphrase than the fleet file names is a finding before the next start', async () => {
  const it = partsWith({ passphrase: PASSPHRASE });
  await it.vault.set('k', 'v');
  await it.vault.lock.seal('another passphrase of ours', PASSPHRASE);
  const check = await examineVault(it.parts);
  expect(check).toMatchObject({
    isOk: false,
    details: expect.stringMatching(/open now.*next start.*secrets seal/),
  });
  // What is open stays so.
  expect(await it.vault.get('k')).toBe('v');
});
