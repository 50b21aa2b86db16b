import type { EnvironmentBinding } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createLockedVault, type LockedVaultParts } from '../../src/daemon/locked-vault.js';

const bound = (processId: string, from: string): EnvironmentBinding => ({
  ...{
    id: `${processId}.s`,
    processId,
    environmentId: 'e',
    type: 'secrets',
    config: { K: { from, key: 'k' } },
  },
});

function partsWith(more: Partial<LockedVaultParts> = {}) {
  const now = { state: 'locked' as 'locked' | 'unlocked', running: ['a', 'c'] };
  const bindings = [bound('a', 'vault'), bound('b', 'vault'), bound('c', 'env')];
  const parts = {
    linker: { listBindings: () => bindings, getProcess: () => undefined },
    supervisor: {
      identityOf: (id: string) => (now.running.includes(id) ? { pid: 1, startTicks: 1, bootId: 'x' } : null),
    },
    vault: { lock: { state: async () => now.state }, get: async () => 'value' },
    isNamed: () => false,
    ...more,
  };
  const problem = createLockedVault(parts);
  const looked = async () => {
    // The first look may still be one of before.
    for (let look = 0; look < 2; look += 1) {
      problem();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return problem();
  };
  return { now, looked };
}

test('locked vault: who runs with a secret of it is named, with the remedy, until it is open', async () => {
  const { now, looked } = partsWith();
  expect(await looked()).toMatch(/would not come back after a crash \(a\): dreamnet secrets unlock/);
  now.state = 'unlocked';
  expect(await looked()).toBeUndefined();
});

test('locked vault: while nobody who runs is bound to it nothing is said', async () => {
  const { now, looked } = partsWith();
  now.running = ['c'];
  expect(await looked()).toBeUndefined();
});

test('locked vault: with a passphrase that is named it is a problem only if that does not open it', async () => {
  expect(await partsWith({ isNamed: () => true }).looked()).toBeUndefined();
  const vault = {
    lock: { state: async () => 'locked' as const },
    get: () => Promise.reject(new TypeError('no')),
  };
  expect(await partsWith({ isNamed: () => true, vault }).looked()).toContain('locked');
});
