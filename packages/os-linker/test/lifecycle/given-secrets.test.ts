import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SECRETS_VARIABLE } from '../../src/environment-bindings/resolve-environment.js';
import { createVault } from '../../src/index.js';
import { createLinkerBench, describeAgent, type LinkerBench, PLAN } from '../fixtures/linker-bench.js';

let bench: LinkerBench;
let variables: Record<string, string>;
beforeEach(async () => {
  variables = {};
  bench = createLinkerBench({ lookupVariable: (name) => variables[name] });
  await bench.linker.open();
  await bench.linker.registerProcess(describeAgent('agent'), PLAN);
  await bench.linker.bindEnvironment({
    processId: 'agent',
    type: 'secrets',
    config: { V: { from: 'vault', key: 'v' }, E: { from: 'env', name: 'OF_DAEMON' } },
  });
});
afterEach(() => bench.dispose());

const known = { unknown: [], unsure: [], isLocked: false };
const isMasked = (text: string) => bench.redactor.redact(text) === '<secret>';

test('given secrets: what a process was given is learnt from its environment by the names in it, bound today or not', async () => {
  const environment = {
    V: 'old-value',
    X: 'of-another-binding',
    [SECRETS_VARIABLE]: 'V X',
    PATH: '/usr/bin',
  };
  expect(await bench.linker.learnGivenSecrets('agent', [environment])).toEqual(known);
  expect(['old-value', 'of-another-binding', '/usr/bin'].map(isMasked)).toEqual([true, true, false]);
});

test('given secrets: without the names in its environment those bound count', async () => {
  const environment = { V: 'old-value', E: 'old-of-daemon', LEVEL: 'debugging' };
  expect(await bench.linker.learnGivenSecrets('agent', [environment])).toEqual(known);
  expect(['old-value', 'old-of-daemon', 'debugging'].map(isMasked)).toEqual([true, true, false]);
});

test('given secrets: what cannot be read is unknown, but for what the vault keeps every version of', async () => {
  await bench.vault.set('v', 'first-value');
  await bench.vault.set('v', 'second-value');
  expect(await bench.linker.learnGivenSecrets('agent', [undefined])).toEqual({ ...known, unknown: ['E'] });
  expect(['first-value', 'second-value'].map(isMasked)).toEqual([true, true]);
  await bench.vault.delete('v');
  await bench.vault.set('v', 'third-value');
  expect(await bench.linker.learnGivenSecrets('agent', [undefined])).toMatchObject({ unknown: ['V', 'E'] });
});

test('given secrets: of a process that is gone today’s values are known, and what may have been another is told', async () => {
  variables = { OF_DAEMON: 'of-daemon-today' };
  await bench.vault.set('v', 'first-value');
  expect(await bench.linker.learnGivenSecrets('agent', [])).toEqual({ ...known, unsure: ['E'] });
  expect(isMasked('of-daemon-today')).toBe(true);
  variables = {};
  expect(await bench.linker.learnGivenSecrets('agent', [])).toMatchObject({ unknown: ['E'] });
});

test('given secrets: a locked vault is told', async () => {
  await bench.vault.set('v', 'first-value');
  await bench.vault.lock.seal('a passphrase that is long', undefined);
  const vault = createVault({ directory: join(bench.directory, 'vault'), clock: bench.clock });
  const locked = bench.reborn({ vault });
  await locked.open();
  expect(await locked.learnGivenSecrets('agent', [undefined])).toMatchObject({
    unknown: ['V', 'E'],
    isLocked: true,
  });
});

test('given secrets: a process that is bound to none has nothing unknown', async () => {
  await bench.linker.registerProcess(describeAgent('plain'), PLAN);
  expect(await bench.linker.learnGivenSecrets('plain', [undefined])).toEqual(known);
  expect(await bench.linker.learnGivenSecrets('plain', [])).toEqual(known);
});
