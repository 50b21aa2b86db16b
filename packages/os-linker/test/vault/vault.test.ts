import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createVault, type Vault } from '../../src/index.js';

const SECRET = 'sk-live-Zürich-0123456789';
let directory: string;
let vault: Vault;

const open = () => createVault({ directory, clock: createFakeClock() });
const keyPath = () => join(directory, 'master.key');
const recordPath = (key: string, version: number) =>
  join(directory, 'records', Buffer.from(key).toString('hex'), `${String(version).padStart(10, '0')}.json`);
const codeOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const thrown = await promise.then(
    (value) => ({ code: `no error, but ${JSON.stringify(value)}` }),
    (error: unknown) => error,
  );
  expect(`${inspect(thrown, { depth: 9 })}${JSON.stringify(thrown)}`).not.toContain(SECRET);
  return (thrown as { code: string }).code;
};

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'dreamnet-vault-')), 'vault');
  vault = open();
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

test('vault: what is set is got, also by another vault on the same directory', async () => {
  expect(await vault.get('openai')).toBeUndefined();
  expect(await vault.set('openai', SECRET)).toBe(1);
  expect(await vault.get('openai')).toBe(SECRET);
  expect(await open().get('openai')).toBe(SECRET);
});

test('vault: nothing on disk holds the value, and only the owner can read the key', async () => {
  await vault.set('openai', SECRET);
  const record = readFileSync(recordPath('openai', 1), 'utf8');
  for (const form of [SECRET, Buffer.from(SECRET).toString('base64'), Buffer.from(SECRET).toString('hex')])
    expect(record).not.toContain(form);
  expect(statSync(keyPath()).mode & 0o777).toBe(0o600);
  expect(statSync(recordPath('openai', 1)).mode & 0o777).toBe(0o600);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
});

test('vault: reading a vault that was never written makes no key', async () => {
  expect(await vault.keys()).toEqual([]);
  expect(await vault.get('openai')).toBeUndefined();
  expect(() => statSync(keyPath())).toThrow();
});

test('vault: the same value twice gives different ciphertexts', async () => {
  await vault.set('a', SECRET);
  await vault.set('a', SECRET);
  const [first, second] = [1, 2].map((version) => JSON.parse(readFileSync(recordPath('a', version), 'utf8')));
  expect(first.nonce).not.toBe(second.nonce);
  expect(first.ciphertext).not.toBe(second.ciphertext);
});

test('vault: versions are kept, the oldest go', async () => {
  for (let number = 1; number <= 7; number += 1) await vault.set('a', `value ${number}`);
  expect((await vault.versions('a')).map((one) => one.version)).toEqual([3, 4, 5, 6, 7]);
  expect(await vault.get('a')).toBe('value 7');
  expect(await vault.get('a', 4)).toBe('value 4');
  expect(await vault.get('a', 1)).toBeUndefined();
});

test('vault: deleting removes every value and never lets a version number come back', async () => {
  await vault.set('a', 'one');
  await vault.set('a', 'two');
  expect(await vault.delete('a')).toBe(true);
  expect(await vault.delete('a')).toBe(false);
  expect(await vault.delete('never-there')).toBe(false);
  expect([await vault.get('a'), await vault.get('a', 1), await vault.keys()]).toEqual([
    undefined,
    undefined,
    [],
  ]);
  expect(await vault.set('a', 'three')).toBe(4);
  expect(await vault.keys()).toEqual(['a']);
});

test('vault: keys are listed without values, sorted, upper and lower case apart', async () => {
  for (const key of ['b', 'a.b-c_d', 'B']) await vault.set(key, `value of ${key}`);
  expect(await vault.keys()).toEqual(['B', 'a.b-c_d', 'b']);
  expect(await vault.get('B')).toBe('value of B');
});

test.each(['', '.', '..', '../x', 'a/b', '.hidden', 'a\0b', 'a\n', 'a b', '-a', 'x'.repeat(121)])(
  'vault: %j is no key, and the error does not repeat it',
  async (key) => {
    expect(await codeOf(vault.set(key, SECRET))).toBe('DN_VAULT_INVALID_KEY');
    expect(await codeOf(vault.get(key))).toBe('DN_VAULT_INVALID_KEY');
    expect(await codeOf(vault.delete(key))).toBe('DN_VAULT_INVALID_KEY');
  },
);

test.each([
  ['empty', ''],
  ['with a NUL', `${SECRET}\0`],
  ['not Unicode', `${SECRET}\ud800`],
  ['too long', SECRET + 'x'.repeat(65_536)],
])('vault: a value that is %s is refused', async (_, value) => {
  expect(await codeOf(vault.set('a', value))).toBe('DN_VAULT_INVALID_VALUE');
  expect(await vault.keys()).toEqual([]);
});

test('vault: __proto__ is no special key', async () => {
  expect(await codeOf(vault.get('__proto__'))).toBe('DN_VAULT_INVALID_KEY');
  await vault.set('constructor', SECRET);
  expect(await vault.get('constructor')).toBe(SECRET);
});

test('vault: a record cut at any byte is a coded error, never a value', async () => {
  await vault.set('a', SECRET);
  const whole = readFileSync(recordPath('a', 1));
  for (let length = 0; length < whole.length; length += 1) {
    truncateSync(recordPath('a', 1), length);
    expect(await codeOf(vault.get('a'))).toBe('DN_VAULT_RECORD_DAMAGED');
    writeFileSync(recordPath('a', 1), whole);
  }
  expect(await vault.get('a')).toBe(SECRET);
});

test('vault: a master key cut at any byte is a coded error, never a new key', async () => {
  await vault.set('a', SECRET);
  const whole = readFileSync(keyPath());
  for (let length = 0; length < whole.length; length += 1) {
    writeFileSync(keyPath(), whole.subarray(0, length));
    expect(await codeOf(open().get('a'))).toBe('DN_VAULT_KEY_DAMAGED');
    expect(await codeOf(open().set('b', SECRET))).toBe('DN_VAULT_KEY_DAMAGED');
  }
  writeFileSync(keyPath(), whole);
  expect(await open().get('a')).toBe(SECRET);
});

test('vault: a record with any byte changed is never taken for the value', async () => {
  await vault.set('a', SECRET);
  const whole = readFileSync(recordPath('a', 1));
  const codes = new Set<unknown>();
  for (let place = 0; place < whole.length; place += 1) {
    const altered = Buffer.from(whole);
    altered[place] = (altered[place] ?? 0) ^ 1;
    writeFileSync(recordPath('a', 1), altered);
    codes.add(await codeOf(vault.get('a')));
  }
  expect([...codes].sort()).toEqual(['DN_VAULT_RECORD_DAMAGED', 'DN_VAULT_TAMPERED', 'DN_VAULT_WRONG_KEY']);
});

test('vault: a record moved to another key or version is refused', async () => {
  await vault.set('a', SECRET);
  await vault.set('b', 'other');
  await vault.set('b', 'newer');
  copyFileSync(recordPath('a', 1), recordPath('b', 2));
  expect(await codeOf(vault.get('b'))).toBe('DN_VAULT_TAMPERED');
  copyFileSync(recordPath('b', 1), recordPath('b', 2));
  expect(await codeOf(vault.get('b'))).toBe('DN_VAULT_TAMPERED');
  const relabelled = JSON.parse(readFileSync(recordPath('a', 1), 'utf8'));
  writeFileSync(recordPath('b', 2), `${JSON.stringify({ ...relabelled, key: 'b', version: 2 })}\n`);
  expect(await codeOf(vault.get('b'))).toBe('DN_VAULT_TAMPERED');
});

test('vault: a deletion cannot be forged or undone by changing the label', async () => {
  await vault.set('a', SECRET);
  const record = JSON.parse(readFileSync(recordPath('a', 1), 'utf8'));
  writeFileSync(recordPath('a', 1), `${JSON.stringify({ ...record, isDeleted: true })}\n`);
  expect(await codeOf(vault.get('a'))).toBe('DN_VAULT_TAMPERED');
});

test('vault: a shortened authentication tag is refused', async () => {
  await vault.set('a', SECRET);
  const record = JSON.parse(readFileSync(recordPath('a', 1), 'utf8'));
  const tag = Buffer.from(record.tag, 'base64').subarray(0, 4).toString('base64');
  writeFileSync(recordPath('a', 1), `${JSON.stringify({ ...record, tag })}\n`);
  expect(await codeOf(vault.get('a'))).toBe('DN_VAULT_TAMPERED');
});

test('vault: another master key is told from tampering', async () => {
  await vault.set('a', SECRET);
  const other = mkdtempSync(join(directory, '..', 'other-'));
  await createVault({ directory: join(other, 'vault'), clock: createFakeClock() }).set('x', 'y');
  copyFileSync(join(other, 'vault', 'master.key'), keyPath());
  expect(await codeOf(open().get('a'))).toBe('DN_VAULT_WRONG_KEY');
});

test('vault: a lost master key is never replaced while there are secrets', async () => {
  await vault.set('a', SECRET);
  rmSync(keyPath());
  expect(await codeOf(open().get('a'))).toBe('DN_VAULT_KEY_MISSING');
  expect(await codeOf(open().set('b', SECRET))).toBe('DN_VAULT_KEY_MISSING');
});

test.each([0o640, 0o604, 0o660, 0o620])('vault: a master key of mode %o is refused', async (mode) => {
  await vault.set('a', SECRET);
  chmodSync(keyPath(), mode);
  expect(await codeOf(open().get('a'))).toBe('DN_VAULT_KEY_EXPOSED');
  chmodSync(keyPath(), 0o600);
  expect(await open().get('a')).toBe(SECRET);
});

test('vault: a directory others may write to is refused', async () => {
  await vault.set('a', SECRET);
  chmodSync(directory, 0o777);
  expect(await codeOf(open().get('a'))).toBe('DN_VAULT_KEY_EXPOSED');
});

test('vault: a failure is not remembered once its cause is mended', async () => {
  await vault.set('a', SECRET);
  const same = open();
  chmodSync(keyPath(), 0o644);
  expect(await codeOf(same.get('a'))).toBe('DN_VAULT_KEY_EXPOSED');
  chmodSync(keyPath(), 0o600);
  expect(await same.get('a')).toBe(SECRET);
});

test('vault: two writers at once lose nothing and agree on one key', async () => {
  const writers = [open(), open()];
  const versions = await Promise.all(
    Array.from({ length: 20 }, (_, number) => writers[number % 2]?.set('shared', `value ${number}`)),
  );
  expect(new Set(versions).size).toBe(20);
  expect(Math.max(...versions.map(Number))).toBe(20);
  const last = versions.indexOf(20);
  expect(await open().get('shared')).toBe(`value ${last}`);
  expect(readdirSync(directory).sort()).toEqual(['master.key', 'records']);
  expect(readdirSync(join(directory, 'records', Buffer.from('shared').toString('hex')))).toHaveLength(5);
});

test('vault: a writer that died half-way left a temporary file, which nobody reads', async () => {
  await vault.set('a', SECRET);
  writeFileSync(join(recordPath('a', 1), '..', '.0123456789abcdef.tmp'), 'half a rec');
  expect(await vault.get('a')).toBe(SECRET);
  expect(await vault.set('a', 'next')).toBe(2);
});

test('vault: a damaged secret can be replaced and deleted', async () => {
  await vault.set('a', SECRET);
  truncateSync(recordPath('a', 1), 10);
  expect(await vault.keys()).toEqual(['a']);
  expect(await vault.set('a', 'new')).toBe(2);
  expect(await vault.get('a')).toBe('new');
  truncateSync(recordPath('a', 2), 10);
  expect(await vault.delete('a')).toBe(true);
  expect(await vault.keys()).toEqual([]);
});
