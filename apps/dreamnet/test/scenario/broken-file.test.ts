import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Alert, PsEntry } from '@dreamnet/contracts';
import { expect, onTestFinished, test } from 'vitest';
import type { DoctorCheck } from '../../src/http/views.js';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const steady = { runtime: 'custom', command: ['sh', '-c', 'while :; do sleep 0.1; done'], protocol: 'none' };

async function agents(it: DaemonProcess): Promise<PsEntry[]> {
  return (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents;
}

async function fleetFileCheck(it: DaemonProcess): Promise<DoctorCheck | undefined> {
  const { checks } = await it.client().get<{ checks: DoctorCheck[] }>('/api/doctor');
  return checks.find(({ check }) => check === 'fleet file');
}

test('a broken fleet file: a killed daemon comes back with what was in force, says so, and takes the mended file', async () => {
  const it = await startDaemon({ agents: { a: steady } });
  const [before] = await agents(it);
  await it.kill('SIGKILL');
  const file = join(it.folder, 'dreamnet.yaml');
  writeFileSync(file, '{ "version": 1, "agents": ');
  await it.up();
  expect((await agents(it)).map(({ name, pid }) => ({ name, pid }))).toEqual([
    { name: 'a', pid: before?.pid },
  ]);
  expect(it.log()).toContain('DN_CONFIG_SYNTAX');
  expect(await fleetFileCheck(it)).toMatchObject({ isOk: false });
  const refused = () =>
    it
      .client()
      .get<{ alerts: Alert[] }>('/api/alerts')
      .then(({ alerts }) =>
        alerts.find(({ fingerprint, state }) => fingerprint === 'config/refused' && state === 'active'),
      );
  await it.until('an alert', refused);
  writeFileSync(file, JSON.stringify({ version: 1, agents: { a: steady, b: steady } }));
  await it.until('the mended file to be taken', async () => (await fleetFileCheck(it))?.isOk);
  expect(await agents(it)).toHaveLength(2);
  await it.until('the alert to be over', async () => (await refused()) === undefined);
});

test('a taken port: a killed daemon comes back for the other agents, and says whose port it is', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await new Promise((resolve) => other.close(resolve));
  const web = { ...steady, protocol: 'http', endpoint: `http://127.0.0.1:${port}` };
  const it = await startDaemon({ agents: { a: steady, web } });
  const running = await agents(it);
  await it.kill('SIGKILL');
  process.kill(-(running.find(({ name }) => name === 'web')?.pid ?? Number.NaN), 'SIGKILL');
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  await it.up();
  expect(it.log()).toContain('DN_CONFIG_PORT_IN_USE');
  const pidOfA = (list: PsEntry[]) => list.find(({ name }) => name === 'a')?.pid;
  expect(pidOfA(await agents(it))).toBe(pidOfA(running));
});
