import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisProcess } from '../../src/state-lock/process-identity.js';
import { acquireStateLock } from '../../src/state-lock/state-lock.js';

const CONTENDER = fileURLToPath(new URL('./contender.fixture.mjs', import.meta.url));
/** A child has no alias to the sources: it runs the built package, as `npm test` leaves it. */
const BUILT_ENTRY = new URL('../../dist/index.js', import.meta.url).href;

let directory = '';
const children: ChildProcess[] = [];
const claims = () => readdirSync(join(directory, 'daemon.lock'));
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dreamnet-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** A living process that claims the directory by name, as another daemon would. */
async function rival(): Promise<ChildProcess> {
  const program = `
    const { readFileSync, writeFileSync } = require('node:fs');
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    writeFileSync(process.argv[1] + '/' + [boot, process.pid, ticks].join('-'), '');
    process.stdout.write('claimed');
    setInterval(() => {}, 1000);`;
  mkdirSync(join(directory, 'daemon.lock'), { recursive: true });
  const child = spawn(process.execPath, ['-e', program, join(directory, 'daemon.lock')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

test('state lock: the second taker is refused with the pid of the first, a release frees it', async () => {
  const lock = await acquireStateLock(directory);
  await expect(acquireStateLock(directory)).rejects.toMatchObject({
    code: 'DN_STATE_LOCKED',
    details: { pid: process.pid },
  });
  await lock.release();
  await lock.release();
  const again = await acquireStateLock(directory);
  await again.release();
  expect(claims()).toEqual([]);
});

test('state lock: a living holder in another process is respected and its claim left', async () => {
  const child = await rival();
  await expect(acquireStateLock(directory)).rejects.toMatchObject({
    code: 'DN_STATE_LOCKED',
    details: { pid: child.pid },
  });
  expect(claims()).toHaveLength(1);
});

test('state lock: a holder ended with kill -9 blocks nobody', async () => {
  const child = await rival();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await acquireStateLock(directory);
  expect(claims()).toHaveLength(1);
  await lock.release();
});

test('state lock: neither a reused pid nor a claim of an earlier boot blocks', async () => {
  const self = await thisProcess();
  mkdirSync(join(directory, 'daemon.lock'), { recursive: true });
  const child = await rival();
  for (const name of claims()) rmSync(join(directory, 'daemon.lock', name));
  for (const name of [`${self.boot}-${child.pid}-1`, `deadbeef-${child.pid}-77`])
    writeFileSync(join(directory, 'daemon.lock', name), '');
  const lock = await acquireStateLock(directory);
  await lock.release();
  expect(claims()).toEqual([]);
});

test('state lock: a directory that cannot be made is a coded error', async () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  await expect(acquireStateLock(join(file, 'state'))).rejects.toMatchObject({ code: 'DN_STATE_UNUSABLE' });
});

test('state lock: of several started at the same instant exactly one holds it', async () => {
  const contenders = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, [CONTENDER, BUILT_ENTRY, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  });
  const answers = () => Promise.all(contenders.map(async ({ lines }) => (await lines.next()).value));
  expect(await answers()).toEqual(contenders.map(() => 'ready'));
  for (const { child } of contenders) child.stdin.write('go');
  expect((await answers()).sort()).toEqual(['DN_STATE_LOCKED', 'DN_STATE_LOCKED', 'DN_STATE_LOCKED', 'held']);
});
