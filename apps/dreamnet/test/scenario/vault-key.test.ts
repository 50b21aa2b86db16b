import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest, startDaemon } from './daemon-process.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
const FIRST = 'canary of a passphrase';
const SECOND = 'another canary of a passphrase';

const mailer = {
  runtime: 'custom',
  command: ['sleep', '1000'],
  bindings: [{ type: 'secrets', config: { TOKEN: { from: 'vault', key: 'token' } } }],
};

/** A command whose standard input is this text. */
function say(it: DaemonProcess, input: string, ...args: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args, '--state', it.stateDir], {
    input,
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}

const isRunning = async (it: DaemonProcess) =>
  (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents[0]?.status === 'running';

test('passphrase: sealed over the command line, locked after a kill -9, unlocked from standard input', async () => {
  const it = await startDaemon({ agents: { mailer } });
  expect(say(it, '', 'secrets', 'key').text).toMatch(/no key yet/);
  await it.client().send('PUT', '/api/vault/token', { value: 'the token' });
  await it.until('the agent to run', () => isRunning(it));
  expect(say(it, 'too short\n', 'secrets', 'seal')).toMatchObject({
    status: 1,
    text: expect.stringContaining('DN_VAULT_PASSPHRASE_UNFIT'),
  });
  expect(say(it, `${FIRST}\n`, 'secrets', 'seal')).toMatchObject({
    status: 0,
    text: expect.stringMatching(/under a passphrase, and unlocked/),
  });
  expect(say(it, `${SECOND}\n`, 'secrets', 'seal').text).toMatch(
    /two lines, the passphrase now and the new one/,
  );

  await it.kill('SIGKILL');
  await it.up();
  expect(await isRunning(it)).toBe(true);
  it.cli('stop', 'mailer');
  const refused = it.cli('start', 'mailer');
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toMatch(/The vault is locked/);
  expect(it.cli('doctor').stdout).toMatch(/locked: dreamnet secrets unlock/);
  expect(it.cli('secrets').stdout).toMatch(/token +1/);
  expect(say(it, `${SECOND}\n`, 'secrets', 'unlock')).toMatchObject({
    status: 1,
    text: expect.stringContaining('DN_VAULT_WRONG_PASSPHRASE'),
  });
  const unlocked = say(it, `${FIRST}\n`, 'secrets', 'unlock');
  expect(unlocked.text).toMatch(/unlocked until the daemon ends\n +mailer: start: it waited, and runs now/);
  expect(await isRunning(it)).toBe(true);
  const kept = readdirSync(it.stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');
  expect(kept).toContain('vault.seal');
  expect(kept).toContain('vault.unlock');
  expect(it.log() + kept).not.toContain('canary');
});

test('passphrase: in a file of its owner alone a daemon opens its vault by itself; readable by others it is refused', async () => {
  const it = daemonOfTest({
    agents: { mailer },
    vault: { passphrase: { from: 'file', path: 'passphrase' } },
  });
  const file = join(it.folder, 'passphrase');
  writeFileSync(file, `${FIRST}\n`, { mode: 0o600 });
  await it.up();
  await it.client().send('PUT', '/api/vault/token', { value: 'the token' });
  expect(readFileSync(join(it.stateDir, 'vault', 'master.key'), 'utf8')).toMatch(/^dreamnet-vault-key-v2\n/);
  await it.kill('SIGKILL');
  chmodSync(file, 0o644);
  await it.up();
  it.cli('stop', 'mailer');
  expect(it.cli('start', 'mailer').stderr).toMatch(/others may use it \(mode 644\)/);
  chmodSync(file, 0o600);
  expect(it.cli('start', 'mailer').status).toBe(0);
});
