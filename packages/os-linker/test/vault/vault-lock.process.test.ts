import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createVault } from '../../src/index.js';
import { loadMasterKey } from '../../src/vault/master-key.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dreamnet-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const FIRST = 'a first long passphrase';
const SECOND = 'another long passphrase';
const keyFile = () => join(directory, 'master.key');
/** As a daemon that starts anew. */
const openVault = (passphrase?: () => Promise<string | undefined>) =>
  createVault({ directory, clock: createFakeClock(), ...(passphrase && { passphrase }) });
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );

test('passphrase: the key is sealed, secrets stay, and only the passphrase opens them again', async () => {
  const vault = openVault();
  await vault.set('a', 'secret value');
  expect(await vault.lock.state()).toBe('plain');
  const before = readFileSync(keyFile(), 'utf8').split('\n')[1] ?? '';
  await vault.lock.seal(FIRST);
  expect(await vault.lock.state()).toBe('unlocked');
  expect(readFileSync(keyFile(), 'utf8')).not.toContain(before);
  expect(readFileSync(keyFile(), 'utf8')).not.toContain(FIRST);
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory).sort()).toEqual(['master.key', 'records']);
  expect(await vault.get('a')).toBe('secret value');

  const next = openVault();
  expect(await next.lock.state()).toBe('locked');
  expect(await code(next.get('a'))).toBe('DN_VAULT_LOCKED');
  expect(await code(next.set('b', 'value'))).toBe('DN_VAULT_LOCKED');
  expect(await next.keys()).toEqual(['a']);
  expect(await code(next.lock.unlock(SECOND))).toBe('DN_VAULT_WRONG_PASSPHRASE');
  expect(await next.lock.state()).toBe('locked');
  await next.lock.unlock(FIRST);
  expect(await next.get('a')).toBe('secret value');
});

test('passphrase: a plain key that a crash left beside the key file is gone once the key is sealed', async () => {
  const vault = openVault();
  await vault.set('a', 'value');
  writeFileSync(join(directory, '.0123456789abcdef.tmp'), readFileSync(keyFile()), { mode: 0o600 });
  await vault.lock.seal(FIRST);
  expect(readdirSync(directory).sort()).toEqual(['master.key', 'records']);
});

test('passphrase: a change needs the one before, wraps the same key anew, and leaves the old one worthless', async () => {
  const vault = openVault();
  await vault.set('a', 'secret value');
  await vault.lock.seal(FIRST);
  expect(await code(vault.lock.seal(SECOND))).toBe('DN_VAULT_LOCKED');
  expect(await code(vault.lock.seal(SECOND, 'a wrong passphrase'))).toBe('DN_VAULT_WRONG_PASSPHRASE');
  // A refused try takes nothing from whoever has the key already.
  expect(await vault.get('a')).toBe('secret value');
  await vault.lock.seal(SECOND, FIRST);
  const next = openVault();
  expect(await code(next.lock.unlock(FIRST))).toBe('DN_VAULT_WRONG_PASSPHRASE');
  await next.lock.unlock(SECOND);
  expect(await next.get('a')).toBe('secret value');
  expect(await code(next.lock.unseal(FIRST))).toBe('DN_VAULT_WRONG_PASSPHRASE');
  await next.lock.unseal(SECOND);
  expect(await openVault().get('a')).toBe('secret value');
});

test('passphrase: one that is known from elsewhere opens the key, and seals a new one', async () => {
  await openVault(async () => FIRST).set('a', 'secret value');
  expect(await openVault().lock.state()).toBe('locked');
  expect(await openVault(async () => FIRST).get('a')).toBe('secret value');
});

test('passphrase: a wrong one from elsewhere is refused, and a right one is taken later', async () => {
  await openVault(async () => FIRST).set('a', 'secret value');
  let given = SECOND;
  const vault = openVault(async () => given);
  const codes = await Promise.all([code(vault.get('a')), code(vault.get('a'))]);
  expect(codes).toEqual(['DN_VAULT_WRONG_PASSPHRASE', 'DN_VAULT_WRONG_PASSPHRASE']);
  given = FIRST;
  expect(await vault.get('a')).toBe('secret value');
});

test('passphrase: what this key file refused already is not tried again, on another file it is', async () => {
  await openVault(async () => FIRST).set('a', 'value');
  const salt = /"salt":"([^"]+)"/.exec(readFileSync(keyFile(), 'utf8'))?.[1] ?? '';
  const load = (refused: { salt: string; passphrase: string }) =>
    code(loadMasterKey({ directory, passphrase: async () => FIRST, refused, mayCreate: async () => false }));
  expect(await load({ salt, passphrase: FIRST })).toBe('DN_VAULT_WRONG_PASSPHRASE');
  expect(await load({ salt: 'of another file', passphrase: FIRST })).toBe('done');
});

test.each([
  ['short', 'fewer than 12'],
  ['x'.repeat(1025), 'more than 1024'],
  ['a passphrase\nof two lines', 'a line break'],
])('passphrase: %s is not taken', async (passphrase, reason) => {
  const vault = openVault();
  await vault.set('a', 'value');
  await expect(vault.lock.seal(passphrase)).rejects.toMatchObject({
    code: 'DN_VAULT_PASSPHRASE_UNFIT',
    message: expect.stringContaining(reason),
  });
  expect(await openVault().get('a')).toBe('value');
});

test('passphrase: letters composed in another way are the same letters', async () => {
  await openVault(async () => 'grüße aus der ferne').set('a', 'value');
  expect(await openVault(async () => 'grüße aus der ferne'.normalize('NFD')).get('a')).toBe('value');
});

test('key file: cut short, altered or readable by others it is refused, and never taken for a wrong passphrase', async () => {
  await openVault(async () => FIRST).set('a', 'value');
  const whole = readFileSync(keyFile(), 'utf8');
  const broken = [
    ...[whole.slice(0, -1), whole.slice(0, 60), whole.replace('"p":3', '"p":4'), `${whole}x`, ''],
    ...[whole.replace('v2', 'v3'), whole.replace(/\n\{.*\}\n/, '\n{}\n')],
  ];
  for (const content of broken) {
    writeFileSync(keyFile(), content);
    expect(await code(openVault(async () => FIRST).get('a'))).toBe('DN_VAULT_KEY_DAMAGED');
  }
  writeFileSync(keyFile(), whole);
  chmodSync(keyFile(), 0o640);
  expect(await code(openVault(async () => FIRST).get('a'))).toBe('DN_VAULT_KEY_EXPOSED');
  expect(await code(openVault().lock.state())).toBe('DN_VAULT_KEY_EXPOSED');
});

test('key file: one that asks for all memory of the machine is refused', async () => {
  const vault = openVault(async () => FIRST);
  await vault.set('a', 'value');
  const { createHash } = await import('node:crypto');
  const [header, line = ''] = readFileSync(keyFile(), 'utf8').split('\n');
  const greedy = line.replace('"N":32768', '"N":1073741824');
  const check = createHash('sha256').update(greedy).digest('hex').slice(0, 16);
  writeFileSync(keyFile(), `${header}\n${greedy}\n${check}\n`);
  expect(await code(openVault(async () => FIRST).get('a'))).toBe('DN_VAULT_KEY_DAMAGED');
});
