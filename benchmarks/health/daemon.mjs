import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../apps/dreamnet/bin/dreamnet.mjs', import.meta.url));

/** A real daemon that watches so many subsystems, in a folder of its own. Reports are not limited by rate. */
export async function startDaemon(subsystems) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const stateDir = join(folder, 'state');
  const names = Array.from({ length: subsystems }, (_, index) => `svc-${index}`);
  const lines = names.map((name) => `  ${name}: { heartbeat: { ttl: 10m } }`);
  const file = join(folder, 'dreamnet.yaml');
  writeFileSync(file, `version: 1\ningest: { rate: 1000000 }\nsubsystems:\n${lines.join('\n')}\n`);
  const child = spawn(process.execPath, [BIN, 'up', '-f', file, '--state', stateDir, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const record = () => JSON.parse(readFileSync(join(stateDir, 'daemon.json'), 'utf8'));
  for (let tries = 0; !(await isReady(stateDir, record)); tries += 1) {
    if (tries > 600 || child.exitCode !== null) throw new Error('the daemon did not start');
    await sleep(50);
  }
  return {
    names,
    stateDir,
    pid: child.pid,
    url: record().url,
    token: readFileSync(join(stateDir, 'tokens', 'admin'), 'utf8').trim(),
    rssMiB: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isReady(stateDir, record) {
  if (!existsSync(join(stateDir, 'daemon.json'))) return false;
  return fetch(`${record().url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}
