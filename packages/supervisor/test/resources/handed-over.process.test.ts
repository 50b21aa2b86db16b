import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createId } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { findMeans } from '../../src/isolation/means.js';
import { specIn } from '../fixtures/harness.js';

const DAEMON = fileURLToPath(new URL('../fixtures/daemon.mjs', import.meta.url));
const HIERARCHIES = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids'];
/** Nobody's: what is handed over to it is nobody else's either. */
const USER = 65534;

/** As a service manager does it: a control group of its own for each controller, which the user may write. */
function handOver(name: string): string[] {
  return HIERARCHIES.map((root) => {
    const directory = join(root, name);
    mkdirSync(directory);
    for (const path of [directory, join(directory, 'cgroup.procs')]) chownSync(path, USER, USER);
    return directory;
  });
}

function removeAll(directories: readonly string[], inner: readonly string[]): void {
  for (const directory of directories)
    for (const path of [...inner.map((part) => join(directory, part)), directory])
      if (existsSync(path)) rmdirSync(path);
}

/** A supervisor of an ordinary user inside the handed-over control groups. @returns What it says of its processes */
async function startAsUser(
  directories: readonly string[],
  { dir, specs, instanceId, setpriv }: { dir: string; specs: string; instanceId: string; setpriv: string },
): Promise<{ child: ChildProcess; list: { notEnforced: string[]; identity: { pid: number } }[] }> {
  const enter = directories.map((_, at) => `echo $$ > "\${${at + 1}}/cgroup.procs"`).join('; ');
  const line = `set -e; ${enter}; shift ${directories.length}; exec "$@"`;
  const drop = [setpriv, `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--'];
  const daemon = [process.execPath, DAEMON, dir, specs, instanceId];
  const child = spawn('/bin/sh', ['-c', line, 'sh', ...directories, ...drop, ...daemon], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const text = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(`${data}`)),
  );
  return { child, list: JSON.parse(text).list };
}

test('handed over: an ordinary user’s limits hold in the control groups that were given to the daemon', async (ctx) => {
  const { setpriv, isRoot } = findMeans('');
  if (!isRoot || setpriv === undefined) return ctx.skip('only root can hand control groups over');
  if (!HIERARCHIES.every((path) => existsSync(path))) return ctx.skip('tried with version 1 only');
  const [instanceId, name] = [createId('test'), createId('dreamnet-handed')];
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-handed-over-'));
  chownSync(dir, USER, USER);
  chmodSync(dir, 0o755);
  const directories = handOver(name);
  const specs = JSON.stringify([
    specIn(dir)('a', ['sleep', '1000'], { resources: { pids: 20, memoryBytes: 64 << 20 } }),
  ]);
  const { child, list } = await startAsUser(directories, { dir, specs, instanceId, setpriv });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    const { pid } = list[0]?.identity ?? {};
    if (pid) process.kill(pid, 'SIGKILL');
    const inner = [`dreamnet-${instanceId}/a`, `dreamnet-${instanceId}`];
    // A control group is empty once the kernel has buried what was in it.
    await expect.poll(() => removeAll(directories, inner), { timeout: 5000 }).toBeUndefined();
    rmSync(dir, { recursive: true, force: true });
  });
  const [agent] = list;
  expect(agent?.notEnforced).toEqual([]);
  // It enters them by itself, before it becomes the program; nobody tells of that.
  const own = () => readFileSync(`/proc/${agent?.identity.pid}/cgroup`, 'utf8');
  for (const controller of ['memory', 'pids'])
    await expect.poll(own).toMatch(new RegExp(`:${controller}:.*/${name}/dreamnet-${instanceId}/a\n`));
  const [, pids] = directories;
  expect(readFileSync(join(pids ?? '', `dreamnet-${instanceId}/a/pids.max`), 'utf8').trim()).toBe('20');
});
