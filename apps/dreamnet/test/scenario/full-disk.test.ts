import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AlertView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createClient } from '../../src/cli/client.js';
import { fillDisk, needSmallDisk, onOwnDisk, until } from './small-disk.js';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));

interface Answer {
  status: number;
  code: string | undefined;
}

/** Starts the daemon with its state on a small disk. @returns when it says where it is reached */
async function startOn(disk: string, config: string) {
  // The disk is gone when the daemon ends.
  const line = 'exec "$3" "$4" up -f "$5" --state "$1/state" --port 0 --json';
  const args = [...onOwnDisk({ folder: disk, size: '4m' }, line), process.execPath, BIN, config];
  const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (part) => {
    output += part;
  });
  child.stderr.on('data', (part) => {
    errors += part;
  });
  const { url, pid } = await until('the daemon to run', async () => {
    if (child.exitCode !== null) throw new TypeError(`the daemon ended: ${errors}`);
    return output.includes('\n') && (JSON.parse(output.split('\n')[0] ?? '') as { url: string; pid: number });
  });
  // Its disk is seen through its own root only.
  const inside = (path: string) => join(`/proc/${pid}/root`, disk, path);
  const token = readFileSync(inside('state/tokens/admin'), 'utf8').trim();
  return { child, client: createClient({ url, token }), url, token, inside, errors: () => errors };
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

test('full disk: nothing is acknowledged that is not kept, health goes on, an alert says so, and it recovers by itself', async ({
  skip,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-full-'));
  const disk = mkdtempSync(join(tmpdir(), 'dreamnet-disk-'));
  let child: ChildProcess | undefined;
  try {
    needSmallDisk({ skip });
    const config = join(folder, 'dreamnet.yaml');
    const subsystems = { mail: { heartbeat: { ttl: '10m' } } };
    writeFileSync(config, JSON.stringify({ version: 1, subsystems }));
    const own = await startOn(disk, config);
    child = own.child;
    const report = async (status: string): Promise<Answer> => {
      const answer = await fetch(`${own.url}/api/heartbeats`, {
        method: 'POST',
        headers: { authorization: `Bearer ${own.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ subsystem: 'mail', status, details: 'x'.repeat(900) }),
      });
      const { error } = (await answer.json()) as { error?: { code: string } };
      return { status: answer.status, code: error?.code };
    };
    const rules = async () => {
      const { alerts } = await own.client.get<{ alerts: AlertView[] }>('/api/alerts');
      return alerts.map(({ labels }) => labels.rule ?? '');
    };
    expect(await report('ok')).toEqual({ status: 202, code: undefined });
    expect(await rules()).toEqual([]);

    fillDisk(own.inside('ballast'));
    const refused = await until('a refusal', async () => {
      const answer = await report('error');
      return answer.status !== 202 && answer;
    });
    expect(refused.code).toBe('DN_REPORT_LOG_FULL');
    // In memory health goes on.
    const { subsystems: seen } = await own.client.get<{ subsystems: { name: string; status: string }[] }>(
      '/api/subsystems',
    );
    expect(seen.find(({ name }) => name === 'mail')?.status).toBe('error');
    await until('both alerts', async () => {
      const found = await rules();
      return found.includes('store_failing') && found.includes('reports_not_kept');
    });

    rmSync(own.inside('ballast'));
    await until('an acknowledgement', async () => (await report('ok')).status === 202);
    await until('the end of the alerts', async () => (await rules()).length === 0);
    expect(await report('ok')).toEqual({ status: 202, code: undefined });
    // The same trouble over and over is one line in ten seconds, and all of this takes less than thirty.
    expect(own.errors().split('events: journal failed').length - 1).toBeLessThanOrEqual(4);
  } finally {
    await end(child);
    rmSync(folder, { recursive: true });
    rmSync(disk, { recursive: true });
  }
});
