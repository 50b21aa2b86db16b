import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));

/** Says again and again what it was given, and dies of it once it is told to. */
const SAYS = `
import { existsSync, readFileSync } from 'node:fs';
const given = [process.env.A, process.env.B, process.env.C, process.env.F && readFileSync(process.env.F, 'utf8')];
let count = 0;
setInterval(() => {
  count += 1;
  console.log('said', count, ...given);
  if (!existsSync('die')) return;
  console.error('dying of', ...given);
  process.exit(3);
}, 50);
`;

const canSandbox = spawnSync('bwrap', ['--ro-bind', '/', '/', 'true']).status === 0;

let daemon: DaemonProcess | undefined;
afterEach(async () => {
  await daemon?.remove();
  daemon = undefined;
  delete process.env.CANARY_OF_B;
});

/** An agent that says its secrets, never started again by itself. */
const talker = (config: object, more: object = {}) => ({
  ...{ runtime: 'custom', command: [process.execPath, 'says.mjs'], restart: { policy: 'temporary' } },
  bindings: [{ type: 'secrets', config }],
  ...more,
});

const logsOf = (it: DaemonProcess) => it.cli('logs', 'talker', '-n', '5').stdout;

/** The newest lines, once one of them was written after the ask. */
async function newLines(it: DaemonProcess): Promise<string> {
  const before = logsOf(it);
  return it.until('new lines', () => {
    const now = logsOf(it);
    return now !== before && now;
  });
}

/** All that is stored but the agent's own log, as bytes. */
function stored(it: DaemonProcess): string {
  return readdirSync(it.stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.log'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');
}

async function dies(it: DaemonProcess): Promise<string> {
  writeFileSync(join(it.folder, 'die'), '');
  await it.until('its end', () => it.cli('events', '--json').stdout.includes('process.exited'));
  return it.cli('events', '--json').stdout;
}

async function upWith(config: object, files: Record<string, string> = {}): Promise<DaemonProcess> {
  const it = prepareDaemon(config);
  daemon = it;
  writeFileSync(join(it.folder, 'says.mjs'), SAYS);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(it.folder, name), content);
  await it.up();
  return it;
}

test('a takeover with a locked vault: what the agent was given stays masked in its log, its last words and the store', async () => {
  const it = await upWith({
    agents: {
      talker: talker({ A: { from: 'vault', key: 'a' }, F: { from: 'vault', key: 'f', as: 'file' } }),
    },
  });
  await it.client().send('PUT', '/api/vault/a', { value: 'canary-of-a-71c' });
  await it.client().send('PUT', '/api/vault/f', { value: 'canary-of-f-82d' });
  await it.until('its first line', () => logsOf(it).includes('said'));
  const input = 'a passphrase that is long\n';
  spawnSync(process.execPath, [BIN, 'secrets', 'seal', '--state', it.stateDir], { input });
  await it.kill('SIGKILL');
  await it.up();
  const lines = await newLines(it);
  expect(lines).toContain('<secret>');
  expect(lines).not.toContain('canary');
  const events = await dies(it);
  expect(events).toContain('dying of <secret>');
  expect(events + stored(it)).not.toContain('canary');
});

test('an agent in a sandbox that ended while the vault was lost: its last words are not stored, its log is hidden until the vault is open', async () => {
  const config = { A: { from: 'vault', key: 'a' } };
  const bindings = [
    { type: 'secrets', config },
    { type: 'files', config: { path: '.' } },
  ];
  const isolation = canSandbox ? 'sandbox' : 'none';
  const it = await upWith({ agents: { talker: talker(config, { bindings, isolation }) } });
  await it.client().send('PUT', '/api/vault/a', { value: 'canary-of-a-93e' });
  await it.until('its first line', () => logsOf(it).includes('said'));
  const input = 'a passphrase that is long\n';
  const say = (word: string) =>
    spawnSync(process.execPath, [BIN, 'secrets', word, '--state', it.stateDir], { input });
  say('seal');
  await it.kill('SIGKILL');
  await it.up();
  expect(await newLines(it)).toMatch(/said \d+ <secret>/);
  await it.kill('SIGKILL');
  for (const pids of it.processes().values()) for (const pid of pids) process.kill(pid, 'SIGKILL');
  await it.until('its end', () => it.processes().size === 0);
  await it.up();
  const hidden = '(hidden: the vault is locked, and what this process was given as A is not known)';
  expect(logsOf(it)).toContain(hidden);
  say('unlock');
  expect(logsOf(it)).toMatch(/said \d+ <secret>/);
  expect(logsOf(it) + it.cli('events', '--json').stdout + stored(it)).not.toContain('canary');
});

test('a takeover after values have changed: those that were given are masked, wherever they came from', async () => {
  process.env.CANARY_OF_B = 'canary-of-b-old';
  const config = {
    A: { from: 'vault', key: 'a', onChange: 'none' },
    B: { from: 'env', name: 'CANARY_OF_B' },
    C: { from: 'file', path: 'c.txt' },
    F: { from: 'vault', key: 'gone', as: 'file', onChange: 'none' },
  };
  const it = await upWith({ agents: { talker: talker(config) } }, { 'c.txt': 'canary-of-c-old\n' });
  await it.client().send('PUT', '/api/vault/a', { value: 'canary-of-a-old' });
  await it.client().send('PUT', '/api/vault/gone', { value: 'canary-of-f-old' });
  await it.until('its first line', () => logsOf(it).includes('said'));
  await it.client().send('PUT', '/api/vault/a', { value: 'another-of-a' });
  it.cli('secrets', 'delete', 'gone');
  writeFileSync(join(it.folder, 'c.txt'), 'another-of-c\n');
  process.env.CANARY_OF_B = 'another-of-b';
  await it.kill('SIGKILL');
  await it.up();
  const lines = await newLines(it);
  expect(lines).toMatch(/said \d+ <secret> <secret> <secret> <secret>/);
  const events = await dies(it);
  expect(events).toContain('dying of <secret>');
  expect(lines + events + stored(it)).not.toContain('canary');
});

test('a takeover of a process whose environment cannot be read: its output is hidden until another one is started', async () => {
  process.env.CANARY_OF_B = 'canary-of-b-old';
  // It puts its secret elsewhere and changes its program: nobody can see any more what it holds.
  const hides = 'echo "$A" > held; unset A; exec sh -c "while :; do cat held; sleep 0.05; done"';
  const it = await upWith({
    agents: { talker: talker({ A: { from: 'env', name: 'CANARY_OF_B' } }, { command: ['sh', '-c', hides] }) },
  });
  await it.until('it to hide', () => existsSync(join(it.folder, 'held')));
  await it.kill('SIGKILL');
  process.env.CANARY_OF_B = 'another-of-b';
  await it.up();
  const lines = logsOf(it);
  expect(lines).toContain('(hidden: what this process was given as A is not known)');
  expect(lines).not.toContain('canary');
  it.cli('restart', 'talker');
  await it.until('lines again', () => !logsOf(it).includes('(hidden: '));
});
