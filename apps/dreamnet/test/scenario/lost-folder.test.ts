import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertView } from '@dreamnet/contracts';
import { endAgents, hasSpawner } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, type DaemonClient } from '../../src/cli/client.js';
import type { DoctorCheck } from '../../src/http/views.js';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

const AGENTS = { a: { runtime: 'custom', command: ['sleep', '1000'] } };
const ASIDE = 'aside';

interface Running {
  readonly it: DaemonProcess;
  /** Its access is read while there is a folder to read it from. */
  readonly client: DaemonClient;
  readonly access: { url: string; token: string };
  readonly agent: number;
}

async function running(): Promise<Running> {
  const it = prepareDaemon({ agents: AGENTS });
  let mark = '';
  onTestFinished(async () => {
    await it.kill('SIGKILL');
    endAgents(mark);
    await it.until('the spawner to end', () => !hasSpawner(it.stateDir));
    await it.remove();
  });
  await it.up();
  mark = readFileSync(join(it.stateDir, 'instance'), 'utf8').trim();
  await it.until('the agent', () => it.processes().size === 1);
  const access = it.access();
  const agent = it.processes().get('a')?.[0] ?? 0;
  return { it, client: createClient(access), access, agent };
}

const rulesOf = async (client: DaemonClient) =>
  (await client.get<{ alerts: AlertView[] }>('/api/alerts')).alerts.map(({ labels }) => labels.rule ?? '');
const failedChecks = async (client: DaemonClient) =>
  (await client.get<{ checks: DoctorCheck[] }>('/api/doctor')).checks.filter(({ isOk }) => !isOk);

/** What a heartbeat is answered with. */
async function report({ url, token }: Running['access']): Promise<number> {
  const answer = await fetch(`${url}/api/heartbeats`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ subsystem: 'a', status: 'ok' }),
  });
  return answer.status;
}

test('state folder removed under a daemon: no order and no report is confirmed, an alert and doctor say so, SIGTERM ends the fleet', async () => {
  const { it, client, access, agent } = await running();
  expect(await report(access)).toBe(202);
  rmSync(it.stateDir, { recursive: true });
  const refusal = { code: 'DN_STATE_FOLDER_LOST', message: expect.stringMatching(/is gone.*SIGTERM/) };
  await expect(client.send('PUT', '/api/vault/token', { value: 'v' })).rejects.toMatchObject(refusal);
  await expect(client.send('POST', '/api/agents/a/stop')).rejects.toMatchObject(refusal);
  expect(existsSync(it.stateDir)).toBe(false);
  expect(await report(access)).toBe(503);
  await it.until('alerts', async () => {
    const rules = await rulesOf(client);
    return rules.includes('reports_not_kept') && rules.includes('store_failing');
  });
  const failed = await failedChecks(client);
  expect(failed.map(({ check }) => check)).toEqual(expect.arrayContaining(['store', 'open folder']));
  expect(existsSync(`/proc/${agent}`)).toBe(true);
  await it.kill('SIGTERM');
  expect(existsSync(`/proc/${agent}`)).toBe(false);
});

test('state folder moved away and put back: meanwhile nothing is confirmed, then all goes on by itself', async () => {
  const { it, client, access, agent } = await running();
  const aside = join(it.folder, ASIDE);
  renameSync(it.stateDir, aside);
  await expect(client.send('POST', '/api/agents/a/stop')).rejects.toMatchObject({
    code: 'DN_STATE_FOLDER_LOST',
  });
  expect(await failedChecks(client)).not.toEqual([]);
  renameSync(aside, it.stateDir);
  await client.send('PUT', '/api/vault/token', { value: 'v' });
  expect(await report(access)).toBe(202);
  await it.until('the end of the alerts', async () => (await rulesOf(client)).length === 0);
  // What was refused a moment ago is told for a while.
  const left = await it.until('the events that waited to be kept', async () => {
    const failed = await failedChecks(client);
    return failed.every(({ check }) => check === 'store') && failed;
  });
  for (const { details } of left) expect(details).toMatch(/^takes writes now/);
  expect(it.processes().get('a')).toEqual([agent]);
});

test('state folder removed and the daemon killed: the next one in its place ends what ran, and nobody is there twice', async () => {
  const { it, agent } = await running();
  const mark = readFileSync(join(it.stateDir, 'instance'), 'utf8');
  rmSync(it.stateDir, { recursive: true });
  await it.kill('SIGKILL');
  await it.up();
  expect(readFileSync(join(it.stateDir, 'instance'), 'utf8')).toBe(mark);
  const isOther = (pids: readonly number[] = []) => pids.length === 1 && !pids.includes(agent);
  await it.until('another one in its place', () => isOther(it.processes().get('a')));
});
